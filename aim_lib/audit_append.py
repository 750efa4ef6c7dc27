"""Appends to the event log under its lock; what a killed writer or a full disk left behind is set right first.

A torn last line is kept aside in `audit.torn`, an event says so in its place, and the chain goes on behind the last
whole line. Lines without a chain, such as those of earlier versions, stay where they are and are sealed by an event.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from . import audit_chain as chain
from . import audit_lock as lock
from . import audit_segments as segments

TORN = "audit.torn"
_CHUNK = 2048
Marker = Callable[[str, str, str, Mapping[str, Any]], bytes]  # type, message, severity, details -> the event's body


class Tail(NamedTuple):
    """How a log ends: the last line of its chain, where whole lines end, and what stands behind them.

    `loose` are whole lines behind the head that are in no chain; `torn` is what follows the last newline, which is not
    one that only lacks it (`lacks_newline`).
    """

    head: chain.Head
    end: int
    loose: bytes = b""
    torn: bytes = b""
    lacks_newline: bool = False


def append(path: Path, body: bytes, marker: Marker, *, is_durable: bool, wait_s: float = lock.WAIT_S) -> int:
    """Append one event; with `is_durable` it is on disk afterwards. Returns the log's size in bytes.

    Raises LockHeld, and OSError: the log is as it was before, unless it was the disk that refused to sync.
    """
    folder = _folder(path)
    with lock.held(folder, wait_s=wait_s) as held:
        handle = lock.open_private(path, os.O_RDWR | os.O_CREAT)
        try:
            noted = lock.noted(held)
            tail = read_tail(handle, folder, noted)
            content, head = _content(tail, body, marker, noted)
            _put(handle, tail, content, path, lambda: lock.note(held, head))
        except BaseException:
            os.close(handle)
            raise
    try:
        if is_durable:  # others may write meanwhile: what they put behind this is none of ours
            sync(handle)
            if not tail.end:
                sync_folder(folder)
    finally:
        os.close(handle)
    return tail.end + len(content)


@cache
def _folder(path: Path) -> Path:
    return path.parent


def sync(handle: int) -> None:
    """See what was written on disk; the file's times may follow later."""
    getattr(os, "fdatasync", os.fsync)(handle)


def sync_folder(folder: Path) -> None:
    """See the names of a folder on disk; Windows does that by itself."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _content(tail: Tail, body: bytes, marker: Marker, noted: chain.Head | None) -> tuple[bytes, chain.Head]:
    lines, head = [b"\n"] if tail.lacks_newline else [], tail.head
    for event in _markers(tail, marker):
        line, head = chain.link(event, head)
        lines.append(line)
    if noted and (noted.seq > tail.head.seq or (noted.seq == tail.head.seq and noted.hash != tail.head.hash)):
        told = {"expected_seq": noted.seq, "expected_hash": noted.hash, "found_seq": tail.head.seq}
        cut = marker("log.cut", "events at the end of the log are gone or were changed", "error", told)
        line, head = chain.link(cut, chain.Head(max(noted.seq, head.seq), head.hash))
        lines.append(line)
    line, head = chain.link(body, head)
    return b"".join((*lines, line)), head


def _markers(tail: Tail, marker: Marker) -> Iterator[bytes]:
    if tail.loose:
        told = {"lines": tail.loose.count(b"\n"), "sha256": sha256(tail.loose).hexdigest()}
        what = "the log goes on behind lines without a chain"
        yield marker("log.continued", what, "info" if tail.head == chain.START else "warning", told)
    if tail.torn:
        told = {"bytes": len(tail.torn), "sha256": sha256(tail.torn).hexdigest(), "kept_in": TORN}
        yield marker("log.torn", "the last line was cut short; it is kept aside", "warning", told)


def _put(handle: int, tail: Tail, content: bytes, path: Path, note: Callable[[], None]) -> None:
    """Write behind the whole lines, over what is torn, and `note` it. Puts the file back when one of them fails."""
    if tail.torn:
        _keep_aside(tail.torn, path.with_name(TORN))
    try:
        os.lseek(handle, tail.end, os.SEEK_SET)
        write_all(handle, content)
        if tail.torn:
            os.ftruncate(handle, tail.end + len(content))
        note()
    except OSError:
        os.ftruncate(handle, tail.end)  # a full disk took a part of it, or the event but not its note
        if tail.torn:
            os.lseek(handle, tail.end, os.SEEK_SET)
            os.write(handle, tail.torn)
        raise


def write_all(handle: int, content: bytes) -> None:
    """Write all of `content`, however little is taken at once."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _keep_aside(torn: bytes, path: Path) -> None:
    handle = lock.open_private(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        write_all(handle, torn + b"\n")
        sync(handle)
    finally:
        os.close(handle)


def read_tail(handle: int, folder: Path, noted: chain.Head | None) -> Tail:
    """How the open log ends; most end with the head that is `noted`. An empty one goes on where the newest segment of
    `folder` ends."""
    size = os.lseek(handle, 0, os.SEEK_END)
    if not size:
        return Tail(segments.newest_head(folder), 0)
    ending = max(0, size - chain.END_BYTES)
    if noted and chain.ends_with(_read(handle, ending, size - ending), noted):
        return Tail(noted, size)
    want = _CHUNK
    while True:
        start = max(0, size - want)
        found = _ending(_read(handle, start, size - start), start, size)
        if found is not None:
            return found
        if not start:
            return _unchained(_read(handle, 0, size), folder)
        want *= 8


def _ending(chunk: bytes, start: int, size: int) -> Tail | None:
    """The tail, when `chunk`, which begins at `start`, has the last line of the chain as a whole."""
    lines = chunk.split(b"\n")
    rest = lines.pop()
    known = lines[1:] if start else lines  # the first may have begun before
    if rest and (start == 0 or lines):
        linked = chain.place(rest)
        if linked and chain.is_whole(rest):  # only its newline is missing
            return Tail(linked.head, size, lacks_newline=True)
    loose: list[bytes] = []
    for line in reversed(known):
        linked = chain.place(line)
        if linked:
            kept = b"".join(each + b"\n" for each in reversed(loose))
            return Tail(linked.head, size - len(rest), kept, rest)
        loose.append(line)
    return None


def _unchained(content: bytes, folder: Path) -> Tail:
    """A log in which no line is in a chain."""
    whole = content[: content.rfind(b"\n") + 1]
    return Tail(segments.newest_head(folder), len(whole), whole, content[len(whole) :])


def _read(handle: int, start: int, size: int) -> bytes:
    pieces = []
    while size > 0 and (piece := lock.read_at(handle, size, start)):
        pieces.append(piece)
        size -= len(piece)
        start += len(piece)
    return b"".join(pieces)
