"""The blocks of an event log, newest first: only those are opened that may have what is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Protocol

from . import audit_chain as chain
from . import audit_segments as segments
from .audit_segments import Block
from .audit_zstd import BLOCK_BYTES, frames, unpack

_STAMP = re.compile(rb'"timestamp":"([^"\\]*)"')
Load = Callable[[], bytes]


class Filter(Protocol):
    """What is asked of a block; times are ISO 8601 in UTC, "" is any."""

    @property
    def since(self) -> str: ...

    @property
    def until(self) -> str: ...

    def may_have(self, block: Block) -> bool: ...


def blocks(path: Path, question: Filter) -> Iterator[Load]:
    """Blocks of whole lines that may have what is asked for, newest first."""
    current = read(path)  # before the segments are listed: what is sealed meanwhile is in both, and left out once
    sealed = segments.segments(path.parent)
    first = first_seq(current)
    yield from _plain(current, question)
    for segment in reversed(sealed):
        if first and segment.first_seq >= first:
            continue
        if not segment.is_packed:
            yield from _plain(read(segment.path, segments.packed_path(segment.path)), question)
            continue
        index = segments.read_index(segment)
        wanted = (block for block in reversed(index.blocks) if question.may_have(block))
        yield from (partial(_unpacked, segment.path, block) for block in wanted)
        if question.since and index.latest < question.since:
            return  # and so is everything before


def _unpacked(path: Path, block: Block) -> bytes:
    with path.open("rb") as file:
        file.seek(block.offset)
        return unpack(file.read(block.size))


def _plain(content: bytes, question: Filter) -> Iterator[Load]:
    """Blocks of plain lines, newest first; those without a time that was asked for are left out."""
    end = content.rfind(b"\n") + 1
    while end > 0:
        start = content.rfind(b"\n", 0, max(0, end - BLOCK_BYTES)) + 1
        block = content[start:end]
        if not (question.since or question.until) or _has_time(block, question):
            yield partial(bytes, block)
        end = start


def _has_time(block: bytes, question: Filter) -> bool:
    since, until = question.since.encode(), question.until.encode()
    return any(stamp >= since and (not until or stamp <= until) for stamp in _STAMP.findall(block))


def times(content: bytes) -> tuple[str, str]:
    """The first and the last time in plain lines, "" when there is none."""
    found = _STAMP.findall(content)
    return (min(found).decode(), max(found).decode()) if found else ("", "")


def read(path: Path, otherwise: Path | None = None) -> bytes:
    """A file's bytes, empty when it is not there; a segment that was compressed meanwhile is read as that."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        if otherwise is None or not otherwise.exists():
            return b""
    return b"".join(content for _, content in frames(otherwise.read_bytes()))


def first_seq(content: bytes) -> int:
    """The first number in plain lines, 0 when there is none."""
    at = 0
    while (end := content.find(b"\n", at)) >= 0:
        linked = chain.place(content[at:end])
        if linked:
            return linked.seq
        at = end + 1
    return 0
