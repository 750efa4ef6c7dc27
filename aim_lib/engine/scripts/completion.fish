# Completion of @PROGRAMS@ for fish 3.0 or newer. Where nothing is known to fit, file names are offered.
function __complete_@PROGRAM@
    set -l before (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (string unescape -- (commandline --current-token --cut-at-cursor))
    set -l found (@PYTHON@ -I -S @COMPLETE@ fish @CACHE@ @SOURCE@ $before "$current" 2>/dev/null)
    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path "$current"
    end
end
for program in @PROGRAMS@
    complete --command $program --no-files --arguments '(__complete_@PROGRAM@)'
end
