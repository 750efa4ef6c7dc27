"""The one file that a user's shells read: variables, and our folders first on PATH, without a program being started."""

from __future__ import annotations

import shlex

from ..exports import render
from . import Vars

HEAD = "# made by aim env apply, from [env] of aim.toml; it is replaced as a whole\n"
# For every shell of POSIX, zsh too. A folder that is on PATH already moves to the front; empty entries stay.
_SH_FIRST = """_aim_first() {
    _aim_rest=":${PATH-}:"
    while :; do
        case $_aim_rest in
            *:"$1":*) _aim_rest="${_aim_rest%%:"$1":*}:${_aim_rest#*:"$1":}" ;;
            *) break ;;
        esac
    done
    _aim_rest="${_aim_rest#:}"
    _aim_rest="${_aim_rest%:}"
    PATH="$1${_aim_rest:+":$_aim_rest"}"
}
"""
_FISH_FIRST = """for _aim_folder in {folders}
    set -l _aim_rest
    for _aim_entry in $PATH
        test "$_aim_entry" = "$_aim_folder"; or set _aim_rest $_aim_rest "$_aim_entry"
    end
    set -gx PATH "$_aim_folder" $_aim_rest
end
set -e _aim_folder _aim_entry
"""


def sh_file(wanted: Vars) -> str:
    calls = "".join(f"_aim_first {shlex.quote(folder)}\n" for folder in reversed(wanted.first))
    end = "export PATH\nunset -f _aim_first\nunset _aim_rest\n"
    path = f"{_SH_FIRST}{calls}{end}" if wanted.first else ""
    return f"{HEAD}{render('bash', dict(wanted.values))}{path}"


def fish_file(wanted: Vars) -> str:
    quoted = " ".join(fish_word(folder) for folder in reversed(wanted.first))
    path = _FISH_FIRST.format(folders=quoted) if wanted.first else ""
    return f"{HEAD}{render('fish', dict(wanted.values))}{path}"


def sh_block(file: str) -> str:
    """What a profile has between our marks; it ends well also when the file is gone."""
    word = shlex.quote(file)
    return f"# written by aim env apply; aim env apply --undo takes it away\nif [ -r {word} ]; then . {word}; fi\n"


def fish_block(file: str) -> str:
    word = fish_word(file)
    return (
        f"# written by aim env apply; aim env apply --undo takes it away\nif test -r {word}\n    source {word}\nend\n"
    )


def fish_word(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def environment_d(wanted: Vars) -> str:
    """environment.d(5), for programs that systemd starts; PATH refers to the one of before."""
    lines = [f"{name}={_in_quotes(value)}\n" for name, value in wanted.values]
    if wanted.first:
        lines.append(f"PATH={_in_quotes(':'.join(wanted.first))}:${{PATH:-/usr/local/bin:/usr/bin:/bin}}\n")
    return HEAD + "".join(lines)


def _in_quotes(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`").replace("$", "$$")
    return f'"{escaped}"'
