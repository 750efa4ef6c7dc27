"""The blocks of an event log, newest first: only those are opened that may have what is asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from . import audit_chain as chain
from . import audit_segments as segments
from .audit_segments import Block, Index
from .audit_zstd import BLOCK_BYTES, frames, unpack

_STAMP = b'"timestamp":"'
Load = Callable[[], bytes]


class Filter(Protocol):
    """What is asked of a segment and of a block; times are ISO 8601 in UTC, "" is any."""

    @property
    def since(self) -> str: ...

    @property
    def until(self) -> str: ...

    def may_be_in(self, index: Index) -> bool: ...

    def may_have(self, block: Block) -> bool: ...


class Part(NamedTuple):
    """One file of the log: a compressed segment with its index, or the plain lines of another."""

    path: Path
    listed: Index | None
    content: bytes = b""


def parts(path: Path) -> Iterator[Part]:
    """The files of the log, newest first, each event in one of them, also while they are sealed and compressed."""
    current = read(path)  # before the segments are listed: what is sealed meanwhile is in both, and left out once
    sealed = segments.segments(path.parent)
    first = first_seq(current)
    yield Part(path, None, current)
    for segment in reversed(sealed):
        if first and segment.first_seq >= first:
            continue
        if not segment.is_packed:
            yield Part(segment.path, None, read(segment.path, segments.packed_path(segment.path)))
            continue
        with contextlib.suppress(FileNotFoundError):  # removed meanwhile, for its age
            yield Part(segment.path, segments.read_index(segment))


def blocks(path: Path, question: Filter) -> Iterator[Load]:
    """Blocks of whole lines that may have what is asked for, newest first."""
    for part in parts(path):
        yield from blocks_in(part, question)
        if is_before(part, question):
            return


def is_before(part: Part, question: Filter) -> bool:
    """Whether this part, and so every older one, is from before the time that is asked for."""
    return bool(part.listed and question.since and part.listed.latest < question.since)


def blocks_in(part: Part, question: Filter) -> Iterator[Load]:
    """The blocks of one part that may have what is asked for, newest first."""
    if part.listed is None:
        yield from _plain(part.content, question)
    elif question.may_be_in(part.listed):
        wanted = (block for block in reversed(part.listed.blocks) if question.may_have(block))
        yield from (partial(_unpacked, part.path, block) for block in wanted)


def _unpacked(path: Path, block: Block) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(block.offset)
            return unpack(file.read(block.size), path)
    except FileNotFoundError:  # removed meanwhile, for its age
        return b""


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
    """Whether one of the times in a block is asked for, or lies between two that are around it."""
    begun = block.split(_STAMP)[1:]  # each begins with a time: a search by pattern takes four times as long
    if not begun or _stamp(max(begun)) < question.since:
        return False
    return not question.until or _stamp(min(begun)) <= question.until


def _stamp(begun: bytes) -> str:
    return begun.partition(b'"')[0].decode(errors="replace")


def read(path: Path, otherwise: Path | None = None) -> bytes:
    """A file's bytes, empty when it is not there; a segment that was compressed meanwhile is read as that."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        if otherwise is None or not otherwise.exists():
            return b""
    return b"".join(content for _, content in frames(otherwise.read_bytes(), otherwise))


def first_seq(content: bytes) -> int:
    """The first number in plain lines, 0 when there is none."""
    at = 0
    while (end := content.find(b"\n", at)) >= 0:
        linked = chain.place(content[at:end])
        if linked:
            return linked.seq
        at = end + 1
    return 0
