"""Every line of an event log, oldest first, with the file and line where it stands; damage on the way is a break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from . import audit_chain as chain
from . import audit_lock as lock
from . import audit_segments as segments
from .audit_blocks import first_seq, read
from .audit_counts import UNREADABLE
from .audit_segments import PACKED
from .audit_zstd import frames
from .errors import Failed, LockHeld
from .model import Frozen


class Break(Frozen, frozen=True):
    """Where the chain breaks. `kind` is torn, edit, deletion, reordering or insertion; lines count from 1."""

    kind: str
    file: str
    line: int
    text: str


class Broken(Exception):
    """The walk has found the first break."""

    def __init__(self, kind: str, where: tuple[Path, int], text: str) -> None:
        super().__init__(text)
        self.found = Break(kind=kind, file=str(where[0]), line=where[1], text=text)


class Run(NamedTuple):
    """Lines that stand one behind the other, without their newlines; `torn` had none. The first is number `number`."""

    path: Path
    number: int
    lines: list[bytes]
    torn: bytes = b""


def runs(path: Path) -> Iterator[Run]:
    """Every line, oldest first; the last may be torn."""
    current = _current(path)  # first: what is sealed meanwhile is then in both, and the segment is left out
    own = first_seq(current)
    latest = ""
    for segment in segments.segments(path.parent):
        if own and segment.first_seq >= own:
            continue
        number = 1
        for content in _contents(segment, latest):
            lines = content.split(b"\n")[:-1]
            yield Run(segment.path, number, lines)
            number += len(lines)
        latest = max(latest, segments.latest_in(segment))
    *whole, torn = current.split(b"\n")
    yield Run(path, 1, whole, torn)


def _current(path: Path) -> bytes:
    """The newest file, under the lock: what somebody is just writing is not torn."""
    if not path.exists():
        return b""
    try:
        with lock.held(path.parent):
            return read(path)
    except (OSError, LockHeld):  # somebody else's log, or one on a medium that takes no writing
        return read(path)


def _contents(segment: segments.Segment, latest: str) -> Iterator[bytes]:
    """The blocks of a segment; damage to the file, or an index that is not what belongs to it, is a break."""
    content = read(segment.path, None if segment.is_packed else segments.packed_path(segment.path))
    if not segment.is_packed:
        yield content
        return
    line, pieces = 1, list[tuple[int, bytes]]()
    try:
        for size, block in frames(content):
            pieces.append((size, block))
            yield block
            line += block.count(b"\n")
    except Failed as error:
        raise Broken("edit", (segment.path, line), error.message) from error
    try:
        told = msgspec.json.decode(segment.index_path.read_bytes(), type=segments.Index)
    except FileNotFoundError:
        return  # nothing is lost: it can be made again
    except (OSError, *UNREADABLE) as error:
        raise Broken("edit", (segment.index_path, 1), "the index of a segment cannot be read") from error
    # What is older may have been removed since: its latest time is in no file any more.
    is_oldest_left = not latest and segment.first_seq > 1
    before = told.latest if is_oldest_left and told.latest >= told.until else latest
    if told != segments.make_index(content, before, pieces):
        raise Broken(
            "edit", (segment.index_path, 1), "the segment or its index was changed: they do not belong together"
        )


def numbers(path: Path) -> frozenset[int]:
    """Every number that some line of the log has, as far as it can be read."""
    found: set[int] = set()
    for each in (*(segment.path for segment in segments.segments(path.parent)), path):
        content = read(each)
        if each.name.endswith(PACKED):
            try:
                content = b"".join(block for _, block in frames(content))
            except Failed:
                continue
        found.update(linked.seq for linked in map(chain.place, content.split(b"\n")) if linked)
    return frozenset(found)
