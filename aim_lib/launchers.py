"""Launchers: small files that start one program by its absolute path. Their text, and what one says of itself.

What is passed on arrives as it was given: on POSIX whatever bytes; what a batch file cannot pass on is refused.
"""

from __future__ import annotations

import json
import ntpath
import os
import re
import shlex
import stat
from typing import NamedTuple

from .errors import Unsupported
from .model import Frozen

MARK = "aim launcher "
BEGINNINGS = (f"# {MARK}".encode(), f"@rem {MARK}".encode())
LARGEST = 65_536  # bytes: no launcher is larger
MADE_BY = "Made by `aim wrappers rebuild`; `aim wrappers clean` removes it. What is written here by hand is lost."


class Launcher(Frozen, frozen=True):
    """What a launcher starts: `target` by its absolute path, with `words` before those it is given.

    `through` is the program, with its words, that starts the target in the end; `by` is the configuration that asked
    for it; `env` are variables for the target alone.
    """

    command: str
    target: str
    by: str = ""
    words: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    through: tuple[str, ...] = ()


class Mark(NamedTuple):
    """What a launcher says of itself."""

    target: str
    by: str


def file_name(command: str, *, is_windows: bool) -> str:
    """What the launcher of a command is called."""
    return f"{command}.cmd" if is_windows else command


def text_of(launcher: Launcher, folder: str, *, is_windows: bool) -> str:
    """The launcher that will lie in `folder`. Raises Unsupported, with the reason, for what it could not pass on."""
    return _batch(launcher, folder) if is_windows else _script(launcher)


def read(path: str) -> Mark | None:
    """What the launcher at `path` says of itself; None for whatever is none of ours, a link to one included."""
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return None
        with open(path, "rb") as file:  # noqa: PTH123 - a Path each would cost more than the look
            head = file.read(LARGEST)
    except OSError:
        return None
    return marked(head)


def real_path(path: str) -> str:
    """Where the links of a copy lead, through a launcher of ours too."""
    real = os.path.realpath(path)
    launcher = read(real)
    return os.path.realpath(launcher.target) if launcher else real


def marked(content: bytes) -> Mark | None:
    """The mark in the first two lines of a launcher, or None."""
    for line in content.split(b"\n", 2)[:2]:
        beginning = next((each for each in BEGINNINGS if line.startswith(each)), None)
        if beginning:
            return _mark(line[len(beginning) :])
    return None


def _mark(line: bytes) -> Mark | None:
    try:
        said = json.loads(line)
        target, by = said["target"], said["by"]
    except (ValueError, KeyError, TypeError):
        return None
    return Mark(target, by) if isinstance(target, str) and isinstance(by, str) else None


def _said(launcher: Launcher) -> str:
    """The mark: one line of ASCII in which neither sh nor cmd.exe sees anything of theirs."""
    text = json.dumps({"target": launcher.target, "by": launcher.by})
    return re.sub(r"[%!^&|<>`$\x7f]", lambda found: f"\\u{ord(found[0]):04x}", text)


# --- POSIX ------------------------------------------------------------------------------------------------------


def _script(launcher: Launcher) -> str:
    words = (*launcher.through, launcher.target, *launcher.words)
    for word in (*words, *(value for _, value in launcher.env)):
        if "\0" in word or not _is_utf8(word):
            raise Unsupported(f"{word!r} cannot stand in a launcher: it is no UTF-8")
    lines = ["#!/bin/sh", f"# {MARK}{_said(launcher)}", f"# {MADE_BY}"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in launcher.env]
    # `exec`: no shell stays between, so that signals, the terminal and the exit code are the program's own.
    return "\n".join([*lines, f'exec {" ".join(map(shlex.quote, words))} "$@"', ""])


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# --- Windows ----------------------------------------------------------------------------------------------------


def _batch(launcher: Launcher, folder: str) -> str:
    """A batch file; its last line is the program, whose exit code so is its own: `%errorlevel%` may be a variable.

    `%*` are the words as they were typed and are not looked at again for `%`; "!" is nobody's without delayed
    expansion. No `call` before a target that is a batch file itself: it would double every "^".
    """
    words = (*launcher.through, launcher.target, *launcher.words)
    for word in (*words, *(value for _, value in launcher.env)):
        _refuse_in_batch(word)
    lines = [f"@rem {MARK}{_said(launcher)}", f"@rem {MADE_BY}", "@setlocal EnableExtensions DisableDelayedExpansion"]
    lines += [f'@set "{name}={_ascii(value).replace("%", "%%")}"' for name, value in launcher.env]
    placed = [_placed(word, folder) for word in words]
    command = f"@{' '.join(placed)} %*"
    if not any(word.startswith('"%aim_folder%') for word in placed):
        return "\r\n".join([*lines, command, ""])
    # %~dp0 is wrong for a batch file that was called in quotes, but not in a subroutine of it.
    here = ["@call :folder", "@goto start", ":folder", '@set "aim_folder=%~dp0"', "@exit /b 0", ":start"]
    return "\r\n".join([*lines, *here, command, ""])


def _placed(word: str, folder: str) -> str:
    """A word in quotes, as the program reads it; a path that is not ASCII by the way to it from the launcher's folder.

    cmd.exe reads a batch file in the code page of its console, which nobody knows beforehand.
    """
    if not word.isascii() and ntpath.isabs(word) and ntpath.splitdrive(word)[0] == ntpath.splitdrive(folder)[0]:
        way = ntpath.relpath(word, folder)
        if way.isascii():
            return f'"%aim_folder%{way.replace("%", "%%")}"'
    text = _ascii(word).replace("%", "%%")
    return f'"{text}{_backslashes_at_end(text)}"'


def _backslashes_at_end(text: str) -> str:
    return text[len(text.rstrip("\\")) :]


def _ascii(text: str) -> str:
    if not text.isascii():
        raise Unsupported(
            f"{text!r} cannot stand in a batch file: cmd.exe reads it in the code page of its console",
            remedy="put it into a folder with a plain name, or set wrappers.folder beside it",
        )
    return text


def _refuse_in_batch(word: str) -> None:
    bad = next((sign for sign in '"\r\n\0' if sign in word), None)
    if bad is not None:
        raise Unsupported(f"{word!r} cannot stand in a batch file: it has {bad!r}")
