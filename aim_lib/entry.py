"""Where the `aim` command begins: the quick way for what stands alone, the whole program for the rest."""

from __future__ import annotations

import sys
from typing import NoReturn

from . import quick


def main() -> NoReturn:
    """Run the command line of this process and exit with one of our codes."""
    code = quick.answer(sys.argv[1:])
    if code is None:
        from .cli import main as whole_program

        whole_program()
    sys.exit(code)
