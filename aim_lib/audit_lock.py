"""The lock of the event log, and the head that is noted in it: one writer at a time, on every system.

The head is written behind each event. It shows when lines were cut off the log's end, as long as nobody cuts it too.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from . import files
from .audit_chain import Head
from .errors import LockHeld

LOCK = "audit.lock"
WAIT_S = 10.0  # a writer holds it for well under a millisecond: a longer wait means that one is stopped
_SIZE = 86  # 20 digits, a space, 64 hex digits, a newline
_ALWAYS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FAR = 1 << 40  # Windows locks bytes, also against readers: one that nobody reads


@contextlib.contextmanager
def held(folder: Path, name: str = LOCK, wait_s: float = WAIT_S) -> Iterator[int]:
    """Hold the lock of `folder`; gives the open lock file. Raises LockHeld after `wait_s` seconds, and OSError."""
    path = _lock_path(folder, name)
    handle = open_private(path, os.O_RDWR | os.O_CREAT)
    try:
        _acquire(handle, path, wait_s)
        try:
            yield handle
        finally:
            _release(handle)
    finally:
        os.close(handle)


@cache
def _lock_path(folder: Path, name: str) -> Path:
    return folder / name  # making a path takes as long as opening its file


def open_private(path: Path, flags: int) -> int:
    """Open a file for one user's eyes; its folder is made when it is not there."""
    try:
        return os.open(path, flags | _ALWAYS, files.PRIVATE_FILE)
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
        files.make_folder(path.parent)
        return os.open(path, flags | _ALWAYS, files.PRIVATE_FILE)


def _acquire(handle: int, path: Path, wait_s: float) -> None:
    pause_s, until = 0.0002, 0.0
    while not _try(handle):
        now = time.monotonic()
        until = until or now + wait_s
        if now >= until:
            raise LockHeld(f"another process holds {path}", remedy="end the process that hangs, or run it again")
        # Not blocking in the kernel: whoever stopped (SIGSTOP) while holding it would stop everybody.
        time.sleep(pause_s * (time.monotonic_ns() % 997) / 997)  # so that many do not ask at once
        pause_s = min(pause_s * 1.5, 0.001)


if os.name == "nt":
    from importlib import import_module

    msvcrt: Any = import_module("msvcrt")  # its names are unknown to a checker elsewhere

    def _try(handle: int) -> bool:
        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _release(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

    def read_at(handle: int, size: int, place: int) -> bytes:
        os.lseek(handle, place, os.SEEK_SET)
        return os.read(handle, size)

    def write_at(handle: int, content: bytes, place: int) -> int:
        os.lseek(handle, place, os.SEEK_SET)
        return os.write(handle, content)

else:
    import fcntl

    def _try(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)

    def read_at(handle: int, size: int, place: int) -> bytes:
        return os.pread(handle, size, place)

    def write_at(handle: int, content: bytes, place: int) -> int:
        return os.pwrite(handle, content, place)


def note(handle: int, head: Head) -> None:
    """Note the head in the held lock file. Raises OSError, also when there is room for a part of it only."""
    if write_at(handle, b"%020d %b\n" % (head.seq, head.hash.encode()), 0) != _SIZE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def noted(handle: int) -> Head | None:
    """The head that was noted last; None when there is none that can be read."""
    number, _, digest = read_at(handle, _SIZE, 0).decode("ascii", "replace").strip().partition(" ")
    return Head(int(number), digest) if number.isdecimal() and len(digest) == 64 else None


def noted_in(folder: Path) -> Head | None:
    """As `noted`, for who holds no lock; None when there is no lock file."""
    try:
        handle = open_private(folder / LOCK, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return noted(handle)
    finally:
        os.close(handle)
