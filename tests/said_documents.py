"""Plays every scenario and writes the keys of all JSON documents into docs/reference/documents.md.

python -m tests.said_documents
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from docs._make import documents, reference
from tests.test_scenarios import DOCUMENTS, FOLDER, play


def said_in(path: Path) -> list[tuple[str, dict[str, str]]]:
    """Command and keys of each document that a scenario prints; of one that fails none, which is said."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            stage = play(path.read_text(encoding="utf-8"), Path(folder).resolve())
        except AssertionError as failure:
            sys.stderr.write(f"{path.name} fails, its documents are left out: {failure}\n")
            return []
    return [(document["command"], documents.keys(document)) for document in stage.documents]


def main() -> None:
    found: dict[str, dict[str, str]] = {}
    with ThreadPoolExecutor(2) as pool:
        for said in pool.map(said_in, sorted(FOLDER.glob("*.txt"))):
            for command, keys in said:
                found.setdefault(command, {}).update(keys)
    text = documents.page(DOCUMENTS, {command: keys for command, keys in found.items() if keys})
    DOCUMENTS.write_text(f"{reference.MADE}\n{text}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
