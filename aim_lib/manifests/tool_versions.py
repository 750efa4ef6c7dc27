""".tool-versions, by asdf and mise: a name and its versions a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from . import Entry, Malformed, Reading, Remark, Writing, joined
from ._mise_names import KINDS as KINDS
from ._mise_names import key_of, read_tool, unsaid, version_of, written

FILES = (".tool-versions", "tool-versions")
SYSTEM = "this"
_LINE = re.compile(r"[\w@][^\s=\"']*( +(latest|system|v?\d[^\s=,:]*|(ref|path|prefix):\S+|\d?[a-z][\w.-]*))+")


def looks_like(text: str) -> bool:
    lines = [line for _, line in _lines(text)]
    return bool(lines) and all(_LINE.fullmatch(line) and not re.match(r"\S+ v\d\S*$", line) for line in lines)


def read(text: str) -> Reading:
    return joined(_read(place, line) for place, line in _lines(text))


def write(entries: Sequence[Entry]) -> Writing:
    text, left = written(entries, lambda entry: f"{key_of(entry)} {version_of(entry)}\n", _unsaid)
    return Writing(text=text, left_out=left)


def _unsaid(entry: Entry) -> Iterator[Remark]:
    yield from unsaid(entry)
    if entry.extras:
        yield Remark(what=entry.id, why=f"not said: with {', '.join(entry.extras)}", is_part=True)


def _lines(text: str) -> list[tuple[int, str]]:
    """The lines that say something, numbered, without comments."""
    bare = ((place, line.partition("#")[0].strip()) for place, line in enumerate(text.splitlines(), 1))
    return [(place, re.sub(r"\s+", " ", line)) for place, line in bare if line]


def _read(place: int, line: str) -> Reading:
    key, *versions = line.split(" ")
    if not versions:
        raise Malformed(f"{key!r} has no version", place)
    return read_tool(key, versions, {}, place)
