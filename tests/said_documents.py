"""Plays every scenario and writes the keys of all JSON documents into docs/reference/documents.md.

python -m tests.said_documents             every scenario: what nobody prints any more goes
python -m tests.said_documents NAME...     only these: what they print is added
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from docs._make import documents, reference
from tests.test_scenarios import DOCUMENTS, FOLDER, play

Said = list[tuple[str, dict[str, str]]]


def said_in(path: Path) -> Said:
    """Command and keys of each document that a scenario prints; of one that fails none, which is said."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            # Lines break where the folder's name is long: two scenarios expect them as in pytest's folders.
            stage = play(path.read_text(encoding="utf-8"), Path(folder).resolve() / "as-long-as-those-of-pytest-are")
        except AssertionError as failure:
            sys.stderr.write(f"{path.name} fails, its documents are left out: {failure}\n")
            return []
    return [(document["command"], documents.keys(document)) for document in stage.documents]


def main(names: Sequence[str]) -> None:
    found = documents.read_keys(DOCUMENTS) if names else {}
    paths = [FOLDER / f"{name}.txt" for name in names] or sorted(FOLDER.glob("*.txt"))
    with ThreadPoolExecutor(2) as pool:
        for command, keys in (each for said in pool.map(said_in, paths) for each in said):
            found.setdefault(command, {}).update(keys)
    text = documents.page(DOCUMENTS, {command: keys for command, keys in found.items() if keys})
    DOCUMENTS.write_text(f"{reference.MADE}\n{text}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
