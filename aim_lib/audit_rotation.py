"""Seals the event log when it is large or old, compresses sealed parts, and removes what need no longer be kept.

Sealing is one rename under the log's lock. Compressing works beside it: the plain part goes only when the compressed
one is on disk and was read back, so a kill at any moment leaves a whole copy, and the next run goes on from there.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from . import audit_chain as chain
from . import audit_lock as lock
from . import audit_segments as segments
from .audit_append import sync_folder, write_all
from .audit_counts import brief
from .audit_segments import INDEX, Index, Segment
from .errors import Failed, LockHeld

PACKING = "audit.rotate.lock"


def seal(path: Path, min_bytes: int = 1) -> Path | None:
    """Rename the log to a segment, when it has `min_bytes` and ends in a whole line; None when nothing was done."""
    with lock.held(path.parent):
        try:
            if path.stat().st_size < min_bytes:
                return None
            first = _first_seq(path)
            if not first:
                return None
            sealed = segments.segment_path(path.parent, first)
            path.rename(sealed)
        except (FileNotFoundError, PermissionError):  # on Windows somebody reads it now: the next one will
            return None
        sync_folder(path.parent)
        return sealed


def _first_seq(path: Path) -> int:
    """The first number in a log; 0 when it has none, or when its last line is torn: the next event mends that first."""
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            return 0
        file.seek(0)
        return next((linked.seq for linked in map(_linked, file) if linked), 0)


def _linked(line: bytes) -> chain.Link | None:
    return chain.place(line.rstrip(b"\n"))


def first_time(path: Path) -> str:
    """The time of the log's first event, or ""."""
    try:
        with path.open("rb") as file:
            event = brief(file.readline())
    except OSError:
        return ""
    return event.timestamp if event else ""


def is_older(stamp: str, days: int, now: str) -> bool:
    """Whether `stamp` is more than `days` before `now`, both ISO 8601; 0 days is never."""
    try:
        return bool(days and stamp) and datetime.fromisoformat(now) - datetime.fromisoformat(stamp) > timedelta(days)
    except (ValueError, TypeError):  # no time, or one without a zone
        return False


def pack_sealed(folder: Path) -> list[Segment]:
    """Compress every sealed part that is plain; those that were. Empty while another process does it."""
    waiting = [each for each in segments.segments(folder) if not each.is_packed]
    if not waiting and not _leftovers(folder) and not _twice(folder):
        return []
    try:
        with lock.held(folder, PACKING, 0):
            for path in _leftovers(folder):
                path.unlink(missing_ok=True)
            for plain in _twice(folder):
                _settle(plain)
            return [_pack(each) for each in segments.segments(folder) if not each.is_packed]
    except LockHeld:
        return []


def _leftovers(folder: Path) -> list[Path]:
    """What a killed run left: unfinished files, and indexes of segments that were removed."""
    known = {each.index_path for each in segments.segments(folder)}
    return [*folder.glob("audit-*.part"), *(path for path in folder.glob(f"audit-*{INDEX}") if path not in known)]


def _twice(folder: Path) -> list[Path]:
    """Plain parts whose compressed form lies there, too."""
    done = [each for each in segments.segments(folder) if each.is_packed]
    return [path for each in done if (path := segments.segment_path(folder, each.first_seq)).exists()]


def _settle(plain: Path) -> None:
    """Remove one of two forms: the plain one, when the other can be read. That was on disk before it had its name."""
    from .audit_zstd import frames

    packed = segments.packed_path(plain)
    try:
        for _ in frames(packed.read_bytes()):
            pass
    except Failed:
        packed.unlink()
    else:
        plain.unlink()


def _pack(segment: Segment) -> Segment:
    from .audit_zstd import blocks_of, frames, pack

    content = segment.path.read_bytes()
    packed = b"".join(pack(blocks_of(content)))
    index = segments.make_index(packed, _latest_before(segment))
    target = segments.packed_path(segment.path)
    _write(segment.index_path, msgspec.json.encode(index))
    _write(target, packed)
    if b"".join(found for _, found in frames(target.read_bytes(), target)) != content:
        target.unlink()
        remedy = "nothing is lost; look at the disk and the memory of this machine"
        raise Failed(f"{segment.path} was compressed, and is another when it is read back", remedy=remedy)
    segment.path.unlink()
    return Segment(path=target, first_seq=segment.first_seq, is_packed=True)


def _write(path: Path, content: bytes) -> None:
    """On disk as a whole, or not at all."""
    part = path.with_name(f"{path.name}.part")
    handle = lock.open_private(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        write_all(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    part.replace(path)
    sync_folder(path.parent)


def _latest_before(segment: Segment) -> str:
    """The latest time in any older segment, also in one that could not be compressed."""
    older = [each for each in segments.segments(segment.path.parent) if each.first_seq < segment.first_seq]
    latest = ""
    for each in reversed(older):
        if each.is_packed:
            return max(latest, segments.read_index(each).latest)
        latest = max(latest, segments.latest_in(each))
    return latest


def expired(folder: Path, keep_days: int, now: str) -> list[tuple[Segment, Index]]:
    """Compressed segments whose last event is more than `keep_days` old, oldest first; none for 0 days."""
    found = []
    for segment in segments.segments(folder) if keep_days else ():
        index = segments.read_index(segment) if segment.is_packed else None
        if index is None or not is_older(index.latest, keep_days, now):
            break
        found.append((segment, index))
    return found


def remove(segment: Segment) -> None:
    """Remove one segment, after an event has said so."""
    segment.path.unlink(missing_ok=True)
    segment.index_path.unlink(missing_ok=True)
