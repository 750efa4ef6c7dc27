"""What the scenarios of the test suite show of the commands: the exit codes of each."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from aim_lib.cli import translate
from aim_lib.engine.catalogue import Catalogue
from aim_lib.errors import AimError

SCENARIOS = Path(__file__).parents[2] / "tests" / "scenarios"


def exit_codes(catalogue: Catalogue) -> dict[str, tuple[int, ...]]:
    """Command → the exit codes that scenarios have of it, in order."""
    found: dict[str, set[int]] = {}
    for path in sorted(SCENARIOS.glob("*.txt")):
        for line, code in _runs(path.read_text(encoding="utf-8")):
            name = command_of(line, catalogue)
            if name:
                found.setdefault(name, set()).add(code)
    return {name: tuple(sorted(codes)) for name, codes in found.items()}


def command_of(line: str, catalogue: Catalogue) -> str:
    """The full name of the command that `aim …` runs, "" for one that is none."""
    words = [word for word in shlex.split(line)[1:] if not word.startswith("-")]
    try:
        return catalogue.resolve(translate(words, catalogue.collection)[0]) if words else ""
    except AimError:
        return ""


def _runs(script: str) -> Iterator[tuple[str, int]]:
    """Each `$ aim …` before the script's files, with its exit code: that of the `? N` below it, else 0."""
    lines = script.partition("\n-- ")[0]
    for block in re.split(r"^\$ ", lines, flags=re.MULTILINE)[1:]:
        line, _, expected = block.partition("\n")
        code = re.search(r"^\? (\d+)$", expected, re.MULTILINE)
        if line.startswith("aim "):
            yield line, int(code[1]) if code else 0
