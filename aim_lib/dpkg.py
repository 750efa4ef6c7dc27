"""dpkg's database as values: what is installed, what came as a dependency, which commands a package has. Reads only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

_HEAD = re.compile(r"\n?Package: (\S+)\n(?:(?:Essential|Protected): .*\n)*Status: (\S+) (\S+) (\S+)\n")
_AUTOMATIC = re.compile(r"^Package: (\S+)\nArchitecture: (\S+)\nAuto-Installed: 1$", re.MULTILINE)


class Stanza(NamedTuple):
    """One package in the database; a `NamedTuple` because there are a thousand of them at every start."""

    package: str
    architecture: str
    version: str
    want: str
    error: str
    status: str


def read_stanzas(database: Path) -> tuple[Stanza, ...]:
    """Every package; what an interrupted dpkg has not merged yet, in its journal, counts after `status`."""
    texts = [read_text(database / "status"), *map(read_text, journal(database))]
    found = (_stanza(text) for whole in texts for text in whole.split("\n\n"))
    return tuple({stanza[:2]: stanza for stanza in found if stanza}.values())


def journal(database: Path) -> list[Path]:
    """What dpkg wrote and has not merged: it is running, or it was interrupted."""
    folder = database / "updates"
    return [folder / name for name in sorted(names_in(folder)) if name.isdecimal()]


def automatic_packages(states: Path) -> frozenset[tuple[str, str]]:
    """Package and architecture of all that came as a dependency, from apt's `extended_states`.

    apt writes a package for "all" architectures there as one of the machine's own: it is in the answer as both.
    """
    found = _AUTOMATIC.findall(read_text(states))
    return frozenset([*found, *((package, "all") for package, _ in found)])


def own_architecture(stanzas: Iterable[Stanza]) -> str:
    """The machine's: one that has two of them has few packages of the second."""
    counts = Counter(each.architecture for each in stanzas if each.architecture != "all")
    return counts.most_common(1)[0][0] if counts else ""


def names_below(listing: Path, folders: Iterable[str]) -> tuple[str, ...]:
    """What lies directly in `folders` by the list of a package's files."""
    text = read_text(listing)
    return tuple(sorted({name for folder in folders for name in _below(text, folder)}))


def names_in(folder: Path) -> frozenset[str]:
    """The names in a folder; none when it is not there."""
    try:
        return frozenset(entry.name for entry in folder.iterdir())
    except OSError:
        return frozenset()


def read_text(path: Path) -> str:
    """A text of the system's, "" when it is not there; a byte that is not UTF-8 spoils nothing but its own name."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def _stanza(text: str) -> Stanza | None:
    head = _HEAD.match(text)
    if head is None:
        return None
    package, want, error, status = head.groups()
    return Stanza(package, _field(text, "\nArchitecture: "), _field(text, "\nVersion: "), want, error, status)


def _field(text: str, mark: str) -> str:
    begin = text.find(mark) + len(mark)
    end = text.find("\n", begin)
    return "" if begin < len(mark) else text[begin : end if end >= 0 else len(text)]


def _below(text: str, folder: str) -> Iterator[str]:
    """The names directly in `folder` among the lines of `text`."""
    mark = f"\n{folder}"
    place = text.find(mark)
    while place >= 0:
        end = text.find("\n", place + 1)
        name = text[place + len(mark) : end if end >= 0 else len(text)]
        if name and "/" not in name:
            yield name
        place = text.find(mark, place + 1)
