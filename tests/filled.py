"""Writes what the console examples of pages print below each command: python -m tests.filled docs/tutorial.md

What was there is replaced, with placeholders where one run differs from the next.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from tests import pages
from tests.test_scenarios import Stage

DIFFERS = {
    r"\bage1[0-9a-z]{50,}": "[KEY]",
    r"\d+\.\d s\b": "[SECONDS] s",
    r"\d+\.\d GB free": "[SIZE] free",
    r"\bPython 3\.\d+\.\d+\b": "Python [VERSION]",
    r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?Z?": "[TIME]",
    r"\b20\d\d-\d\d-\d\d\b": "[DATE]",
}


def filled(path: Path, root: Path) -> str:
    """The page with the output of its commands."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found: list[tuple[int, int, list[str]]] = []

    def note(stage: Stage, block: pages.Block, _page: str) -> None:
        code = 0
        for line, typed, expected in pages.exchanges(block) if block.language == "console" else ():
            said, code = pages.typed_into_shell(stage, typed, code)
            found.append(
                (line + typed.count("\n"), len(expected), [differing(each.rstrip()) for each in said.splitlines()])
            )

    pages.play_page(path, root, note)
    for line, count, said in reversed(found):
        lines[line : line + count] = said
    return "\n".join(lines) + "\n"


def differing(text: str) -> str:
    """What was printed, with placeholders for what another run would say otherwise, and no space at ends of lines."""
    for pattern, placeholder in DIFFERS.items():
        text = re.sub(pattern, placeholder, text)
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)


def main(names: list[str]) -> None:
    for name in names:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            text = filled(Path(name).resolve(), Path(folder).resolve())
        Path(name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
