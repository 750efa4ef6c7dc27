"""The text of a first `aim.toml`: from the built-in list, or from what is installed now."""

from __future__ import annotations

from collections.abc import Iterable

from .config import default_folder
from .manifests import Entry

HEADER = "# What this project needs. `aim plan` shows what would change, `aim install` does it.\nschema_version = 1\n"
COMMENTS = {
    "apt": "Packages of Debian and Ubuntu.",
    "brew": "Formulae and casks of Homebrew, which installs the newest alone.",
    "cargo": "Programs built by `cargo install`.",
    "npm": "Commands from npm packages.",
    "pipx": "Python applications, installed by pipx.",
    "pnpm": "Commands from npm packages, in pnpm's global store.",
    "scoop": "Apps of Scoop's buckets.",
    "uv": "Python applications, installed by `uv tool`.",
    "winget": "Packages of winget.",
}


def from_default() -> str:
    """The built-in list with its comments, as a file of one's own."""
    text = (default_folder() / "default.toml").read_text(encoding="utf-8")
    _, _, tables = text.partition("schema_version = 1\n")
    return f"{HEADER}{tables}"


def from_entries(entries: Iterable[Entry]) -> str:
    """A file that declares `entries`, a table for each kind."""
    from .declaring import new_tables

    return f"{HEADER}{new_tables(entries, COMMENTS)}"


def with_secrets(text: str, names: Iterable[str]) -> str:
    """`text` with a table of the secrets that are required; without names as it is."""
    from json import dumps

    listed = ", ".join(dumps(name) for name in names)
    return f"{text}\n[secrets]\nrequired = [{listed}]\n" if listed else text
