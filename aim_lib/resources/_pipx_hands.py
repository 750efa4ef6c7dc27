"""A program of its own, run with our pipx: `install SPEC` installs all tools of a `pipx list --json` file, or none.

`pipx install-all` installs them side by side, and goes on when one fails. What it installed goes again then: they are
tried in smaller groups, until the one that cannot be installed stands alone and says why.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path


def main(words: list[str]) -> int:
    """Do it; the exit code is pipx's own, and not 0 when any of them failed."""
    import sysconfig

    # Filled once, before pipx's threads ask for it all at the same moment: until Python 3.13 some of them get None.
    sysconfig.get_config_vars()
    spec = Path(words[1])
    names = list(json.loads(spec.read_bytes())["venvs"])
    code = 1
    try:
        code = pipx("install-all", str(spec))
    finally:
        if code:
            withdraw(names)
    return code


def pipx(*words: str) -> int:
    """A call of pipx, in this process; its exit code."""
    from pipx.main import cli

    sys.argv = ["pipx", *words]
    return int(cli() or 0)


def withdraw(names: Iterable[str]) -> None:
    """Away with what was installed; what was not is none of pipx's, and what it says of that is of no interest."""
    for name in names:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            pipx("uninstall", name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
