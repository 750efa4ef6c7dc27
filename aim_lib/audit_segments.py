"""The files of an event log: `audit.jsonl`, which is written to, and segments, compressed in blocks with an index.

A segment is named after the first number in it. Its index says of each block where it lies and which numbers, times
and types are in it, and counts the events of the whole: questions open only the blocks they need.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from . import audit_chain as chain
from . import audit_counts
from .audit_counts import UNREADABLE, Counts
from .model import Frozen

PLAIN, PACKED, INDEX = ".jsonl", ".jsonl.zst", ".index.json"


class Event(msgspec.Struct, frozen=True):
    """An event as it is read back; fields that an earlier version, or another program, left out are empty."""

    event_type: str = ""
    timestamp: str = ""
    severity: str = ""
    message: str = ""
    details: dict[str, Any] = {}
    user: str = ""
    session_id: str = ""
    host: str = ""
    version: str = ""
    asked_by: str = ""
    seq: int = 0
    prev: str = ""
    hash: str = ""


class Block(Frozen, frozen=True, array_like=True):
    """One block of a segment: where it lies in the file, its lines, numbers, times (ISO 8601, UTC) and types."""

    offset: int
    size: int
    lines: int
    first_seq: int
    last_seq: int
    since: str
    until: str
    types: tuple[str, ...] = ()


class Index(Frozen, frozen=True):
    """What a segment holds. `latest` is the latest time up to its end, older segments included: clocks are set back."""

    first_seq: int
    last_seq: int
    last_hash: str
    since: str
    until: str
    latest: str
    lines: int
    sha256: str
    blocks: tuple[Block, ...]
    counts: Counts


class Segment(Frozen, frozen=True):
    """A sealed part of the log: its number's name, and whether it is compressed yet."""

    path: Path
    first_seq: int
    is_packed: bool

    @property
    def index_path(self) -> Path:
        return _with(self.path, INDEX)


def _with(path: Path, ending: str) -> Path:
    return path.with_name(path.name.partition(".")[0] + ending)


def segment_path(folder: Path, first_seq: int) -> Path:
    return folder / f"audit-{first_seq:012}{PLAIN}"


def packed_path(path: Path) -> Path:
    return _with(path, PACKED)


def segments(folder: Path) -> list[Segment]:
    """Every sealed part, oldest first; where both forms lie there, the compressed one: it is complete."""
    found: dict[int, Segment] = {}
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names alone, and fast
    except FileNotFoundError:
        return []
    for name in names:
        stem, _, ending = name.partition(".")
        number = stem.removeprefix("audit-")
        if stem != number and number.isdecimal() and f".{ending}" in (PLAIN, PACKED):
            found[int(number)] = Segment(path=folder / name, first_seq=int(number), is_packed=f".{ending}" == PACKED)
    return [found[number] for number in sorted(found)]


def newest_head(folder: Path) -> chain.Head:
    """The last line of the newest segment, or the beginning of a chain."""
    try:
        return _newest_head(folder)
    except FileNotFoundError:  # the plain part was compressed meanwhile
        return _newest_head(folder)


def _newest_head(folder: Path) -> chain.Head:
    sealed = segments(folder)
    if not sealed:
        return chain.START
    if sealed[-1].is_packed:
        index = read_index(sealed[-1])
        return chain.Head(index.last_seq, index.last_hash)
    lines = reversed(sealed[-1].path.read_bytes().split(b"\n"))
    return next((linked.head for linked in map(chain.place, lines) if linked), chain.START)


def read_index(segment: Segment) -> Index:
    """The index of a compressed segment; made anew in memory when it is gone or cannot be read."""
    try:
        return msgspec.json.decode(segment.index_path.read_bytes(), type=Index)
    except (OSError, *UNREADABLE):
        return make_index(segment.path.read_bytes(), "")


def latest_in(segment: Segment) -> str:
    """The latest time of a segment's own events, or ""; one that was listed as plain may be compressed by now."""
    with contextlib.suppress(FileNotFoundError):
        if not segment.is_packed:
            return audit_counts.stamps(audit_counts.briefs(segment.path.read_bytes()))[1]
    packed = Segment(path=packed_path(segment.path), first_seq=segment.first_seq, is_packed=True)
    with contextlib.suppress(FileNotFoundError):
        return read_index(packed).until
    return ""


def make_index(packed: bytes, latest_before: str, pieces: Iterable[tuple[int, bytes]] = ()) -> Index:
    """The index of a segment's bytes, block by block; `pieces` are their frames when they were read already."""
    from hashlib import sha256

    from .audit_zstd import frames

    counts, blocks = audit_counts.none(), list[Block]()
    head, offset = chain.START, 0
    for size, content in pieces or frames(packed):
        block, last = describe(content, offset, size, counts)
        head = last or head
        blocks.append(block)
        offset += size
    times = [each for each in blocks if each.since]
    until = max((each.until for each in times), default="")
    return Index(
        first_seq=next((each.first_seq for each in blocks if each.first_seq), 0),
        last_seq=head.seq,
        last_hash=head.hash,
        since=min((each.since for each in times), default=""),
        until=until,
        latest=max(until, latest_before),
        lines=sum(each.lines for each in blocks),
        sha256=sha256(packed).hexdigest(),
        blocks=tuple(blocks),
        counts=counts,
    )


def describe(content: bytes, offset: int, size: int, counts: Counts) -> tuple[Block, chain.Head | None]:
    """A block's entry, with its events added to `counts`, and the last line of the chain in it."""
    lines = content.split(b"\n")[:-1]
    first = next((linked for linked in map(chain.place, lines) if linked), None)
    last = next((linked for linked in map(chain.place, reversed(lines)) if linked), None)
    events = audit_counts.briefs(content)
    audit_counts.count(events, counts)
    since, until = audit_counts.stamps(events)
    block = Block(
        offset=offset,
        size=size,
        lines=len(lines),
        first_seq=first.seq if first else 0,
        last_seq=last.seq if last else 0,
        since=since,
        until=until,
        types=tuple(sorted({event.event_type for event in events})),
    )
    return block, last.head if last else None
