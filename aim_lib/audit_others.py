"""Puts away files of other programs when they are large or old: renamed now, compressed the next time.

A program that keeps its file open goes on writing to the renamed one; by the next time it has surely let go of it.
"""

from __future__ import annotations

import os
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from . import audit_lock as lock
from .audit_append import sync_folder, write_all
from .audit_zstd import blocks_of, frames, pack
from .errors import BadConfig
from .model import Frozen

_STAMPED = re.compile(r"\.\d{8}T\d{6}(\d{3})?Z")


class Other(Frozen, frozen=True):
    """A file and its limits; 0 bytes is any size, 0 days no age, `keep` 0 keeps all that were put away."""

    path: Path
    max_bytes: int
    max_age_days: int
    keep: int


class Done(Frozen, frozen=True):
    """What became of one file: where it is now, and how that came."""

    path: Path
    what: str  # renamed, compressed, removed


def put_away(other: Other, now: datetime) -> list[Done]:
    """Compress what was renamed before, rename the file if it is due, remove what is more than is kept."""
    done = [Done(path=_packed(each), what="compressed") for each in _earlier(other, packed=False)]
    if _is_due(other, now):
        target = other.path.with_name(f"{other.path.name}.{now.strftime('%Y%m%dT%H%M%S%f')[:-3]}Z")
        other.path.rename(target)
        sync_folder(target.parent)
        done.append(Done(path=target, what="renamed"))
    kept = _earlier(other, packed=True)
    for path in kept[: -other.keep] if other.keep else ():
        path.unlink()
        done.append(Done(path=path, what="removed"))
    return done


def _is_due(other: Other, now: datetime) -> bool:
    try:
        told = other.path.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(told.st_mode):
        raise BadConfig(f"{other.path} is no file", remedy="name the file itself in [[audit.rotate]]")
    age = now - datetime.fromtimestamp(told.st_mtime, UTC)
    is_old = other.max_age_days > 0 and age > timedelta(days=other.max_age_days)
    return told.st_size > 0 and (told.st_size >= other.max_bytes or is_old)


def _earlier(other: Other, *, packed: bool) -> list[Path]:
    """What was put away, oldest first."""
    found = []
    for path in other.path.parent.glob(f"{glob_safe(other.path.name)}.*"):
        rest = path.name.removeprefix(other.path.name)
        if _STAMPED.fullmatch(rest.removesuffix(".zst")) and (rest.endswith(".zst") is packed):
            found.append(path)
    return sorted(found)


def glob_safe(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def _packed(path: Path) -> Path:
    """Compress one file; it goes only when the compressed one was read back."""
    content = path.read_bytes()
    target, part = path.with_name(f"{path.name}.zst"), path.with_name(f"{path.name}.zst.part")
    handle = lock.open_private(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        write_all(handle, b"".join(pack(blocks_of(content))))
        os.fsync(handle)
    finally:
        os.close(handle)
    part.replace(target)
    sync_folder(target.parent)
    if b"".join(each for _, each in frames(target.read_bytes(), target)) == content == path.read_bytes():
        path.unlink()
    return target
