"""What somebody may have meant by a name no index has: from a curated list and from what is declared. No search."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ECOSYSTEMS = ("pypi", "npm", "cargo")
KINDS: Mapping[str, str] = {"pypi": "pipx", "npm": "npm", "cargo": "cargo"}  # the manager to name for an ecosystem
FILE_NAME = "known_tools.toml"


@dataclass(frozen=True, slots=True)
class Known:
    """One tool: its packages by ecosystem, and what else it is called."""

    title: str
    packages: Mapping[str, str]
    also: tuple[str, ...] = ()
    own_commands: tuple[str, ...] = ()

    @property
    def commands(self) -> tuple[str, ...]:
        """What people type: its own commands, else the names of its packages."""
        named = (name.rpartition("/")[2] for name in self.packages.values())
        return self.own_commands or tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The curated list; `strangers` are packages that are not what their name says, by `ecosystem:name`."""

    known: tuple[Known, ...] = ()
    strangers: Mapping[str, str] = field(default_factory=dict)


def read(folder: Path) -> Catalogue:
    """The list that lies in `folder`."""
    document = tomllib.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    known = tuple(
        Known(
            entry["title"],
            {key: entry[key] for key in ECOSYSTEMS if key in entry},
            tuple(entry.get("also", ())),
            tuple(entry.get("commands", ())),
        )
        for entry in document["known"]
    )
    return Catalogue(known, {entry["package"]: entry["is"] for entry in document["stranger"]})


def suggest(name: str, ecosystem: str, catalogue: Catalogue, declared: Iterable[str] = ()) -> tuple[str, ...]:
    """Names to try instead, the likeliest first, at most three: `@google/gemini-cli`, or `uv (pipx)` elsewhere.

    `declared` are names of the same ecosystem that are known to be right.
    """
    low = name.lower()
    meant = [one for one in catalogue.known if low in (*one.also, one.title.lower(), *one.packages.values())]
    named = [_in_words(one, ecosystem) for one in meant]
    right = {one.packages[ecosystem] for one in catalogue.known if ecosystem in one.packages} | set(declared)
    close = difflib.get_close_matches(low, sorted(right - {name}), n=2, cutoff=0.75)
    if not named and not close:
        close = _by_other_names(low, ecosystem, catalogue)
    return tuple(dict.fromkeys(each for each in (*named, *close) if each != name))[:3]


def stranger(name: str, ecosystem: str, catalogue: Catalogue) -> str:
    """What a package of this name really is, when that is not what people think; else ""."""
    return catalogue.strangers.get(f"{ecosystem}:{name}", "")


def _by_other_names(name: str, ecosystem: str, catalogue: Catalogue) -> list[str]:
    """Tools of which another name is close to this one."""
    others = {also: one for one in catalogue.known for also in one.also}
    found = difflib.get_close_matches(name, sorted(others), n=2, cutoff=0.8)
    return [_in_words(others[also], ecosystem) for also in found]


def _in_words(tool: Known, ecosystem: str) -> str:
    if ecosystem in tool.packages:
        return tool.packages[ecosystem]
    where, package = next(iter(tool.packages.items()))
    return f"{package} ({KINDS[where]})"
