"""The text of a first `aim.toml`: from the built-in list, or from what is installed now."""

from __future__ import annotations

from collections.abc import Iterable

from .config import default_folder
from .kinds import is_shared, tool_kinds
from .model import Present

HEADER = "# What this project needs. `aim plan` shows what would change, `aim install` does it.\nschema_version = 1\n"


def from_default() -> str:
    """The built-in list with its comments, as a file of one's own."""
    text = (default_folder() / "default.toml").read_text(encoding="utf-8")
    _, _, tables = text.partition("schema_version = 1\n")
    return f"{HEADER}{tables}"


def from_present(present: Iterable[Present]) -> str:
    """Every tool that is installed and whole, at its exact version; not what is the whole machine's."""
    import tomli_w

    kinds = {kind for kind in tool_kinds() if not is_shared(kind)}
    whole = [item for item in present if item.version and not item.flaw and item.kind in kinds]
    tools: dict[str, dict[str, str]] = {}
    for item in sorted(whole, key=lambda item: item.id):
        tools.setdefault(item.kind, {})[item.name] = item.version
    return f"{HEADER}\n{tomli_w.dumps({'tools': tools})}" if tools else HEADER
