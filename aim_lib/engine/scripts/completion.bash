# Completion of @PROGRAMS@ for bash 3.2 or newer. Where nothing is known to fit, file names are offered.
_complete_@PROGRAM@() {
    local rest="${COMP_LINE:0:$COMP_POINT}" bare word place before=""
    local -a words
    local last=-1
    # bash also cuts words at "=" and ":"; what stands together is one word, and the last ends at the cursor.
    for ((place = 0; place <= COMP_CWORD; place++)); do
        bare="${rest#"${rest%%[![:space:]]*}"}"
        word="${COMP_WORDS[place]}"
        ((place == COMP_CWORD)) && word="$bare"
        if ((place > 0)) && [[ -n "$rest" && "$bare" == "$rest" ]]; then
            words[last]="${words[last]}$word"
        else
            words[++last]="$word"
        fi
        rest="${bare#"$word"}"
    done
    # Readline replaces only what stands behind the "=".
    [[ "${words[last]}" == *=* && "$COMP_WORDBREAKS" == *=* ]] && before="${words[last]%%=*}="
    COMPREPLY=()
    while IFS= read -r word; do
        COMPREPLY[${#COMPREPLY[@]}]="${word#"$before"}"
    done < <(@PYTHON@ -I -S @COMPLETE@ bash @CACHE@ @SOURCE@ "${words[@]}" 2>/dev/null)
}
complete -o default -F _complete_@PROGRAM@ @PROGRAMS@
