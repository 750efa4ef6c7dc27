"""The pages of docs/reference/, by path: each is made by one module of this folder. Nothing is written here."""

from __future__ import annotations

from pathlib import Path

from docs._make import commands, documents, environment, exits, findings, settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "reference"
MADE = "<!-- made from the code by `python3 aim.py dev reference`; do not edit -->\n"


def pages() -> dict[Path, str]:
    """Every page and its whole text."""
    made = {
        "commands": commands.page(),
        "configuration": settings.page(),
        "documents": documents.page(FOLDER / "documents.md"),
        "environment": environment.page(),
        "exit-codes": exits.page(),
        "health-codes": findings.page(),
    }
    return {FOLDER / f"{name}.md": f"{MADE}\n{text}" for name, text in made.items()}


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
