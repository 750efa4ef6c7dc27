"""Where the `aim` command begins: the quick way for what stands alone, the whole program for the rest."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

INTERRUPTED = 130  # as Interrupted has it, whose import may be what is interrupted


def main() -> NoReturn:
    """Run the command line of this process and exit with one of our codes."""
    try:
        if os.name == "nt":
            speak_utf_8()
        sys.exit(_run())
    except KeyboardInterrupt:  # before anything has begun, or when all has ended: a run handles its own
        sys.exit(INTERRUPTED)


def _run() -> int:
    from . import quick

    code = quick.answer(sys.argv[1:])
    if code is None:
        from .cli import main as whole_program

        whole_program()
    return code


def speak_utf_8() -> None:
    """Into pipes and files, where Windows would turn letters into question marks, and a line's end into two characters.

    A terminal knows its letters itself, and PYTHONIOENCODING is somebody's wish.
    """
    from locale import getencoding

    for stream in (sys.stdout, sys.stderr):
        if not stream.isatty() and stream.encoding.lower() == getencoding().lower():
            stream.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
