#compdef @PROGRAMS@
# Completion of @PROGRAMS@ for zsh. Where nothing is known to fit, file names are offered.
_@PROGRAM@() {
    local -a found
    found=("${(@f)$(@PYTHON@ -I -S @COMPLETE@ zsh @CACHE@ @SOURCE@ "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    found=("${(@)found:#}")
    if (( $#found )); then
        _describe -t commands '@PROGRAM@' found
    else
        _files
    fi
}
if [[ "$funcstack[1]" == _@PROGRAM@ ]]; then
    _@PROGRAM@ "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i; }
    compdef _@PROGRAM@ @PROGRAMS@
fi
