"""The steps that need root, as a person would type them: without what only a program needs to say."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from ..model import Run, Step


def by_hand(do: Sequence[Step], unsaid: Sequence[str], *, has_sudo: bool) -> str:
    """One line that does `do` as root; `unsaid` are words that it does without."""
    line = " && ".join(shlex.join(_plain(step, unsaid)) for step in do if isinstance(step, Run))
    if not has_sudo:
        return f"su -c {shlex.quote(line)}"
    return f"sudo sh -c {shlex.quote(line)}" if " && " in line else f"sudo {line}"


def _plain(step: Run, unsaid: Sequence[str]) -> list[str]:
    program, *words = (word for word in step.argv)
    kept: list[str] = []
    skip = False
    for word in words:
        if skip or word in ("-y", "-q", *unsaid):
            skip = False
        elif word == "-o":
            skip = True
        else:
            kept.append(word)
    return [Path(program).name, *kept]
