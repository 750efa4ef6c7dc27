"""Linux tells when something in a folder changes (inotify(7)), folder by folder, so that most need not be watched.

What it tells is a hint: events are lost when nobody reads them, and the number of watches is limited. Both are said.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_ATTRIB, _CLOSE_WRITE, _MOVED_FROM, _MOVED_TO = 0x4, 0x8, 0x40, 0x80
_CREATE, _DELETE, _IGNORED, _OVERFLOW = 0x100, 0x200, 0x8000, 0x4000
_ONLYDIR, _DONT_FOLLOW, _EXCL_UNLINK = 0x01000000, 0x02000000, 0x04000000
NAMES = _CREATE | _MOVED_TO | _MOVED_FROM | _DELETE
CONTENTS = NAMES | _CLOSE_WRITE | _ATTRIB
_HOW = _ONLYDIR | _DONT_FOLLOW | _EXCL_UNLINK
_NONBLOCK, _CLOEXEC = os.O_NONBLOCK if hasattr(os, "O_NONBLOCK") else 0, getattr(os, "O_CLOEXEC", 0)
_HEAD = struct.Struct("iIII")
_READ = 1 << 16
LIMIT = Path("/proc/sys/fs/inotify/max_user_watches")


@dataclass(slots=True)
class Told:
    """What was heard: folders in which something happened; `is_overflow`: events were lost."""

    folders: set[str] = field(default_factory=set)
    is_overflow: bool = False


@dataclass(slots=True)
class Inotify:
    """One instance. `most` is how many folders to watch at most, beside what the system allows; 0: no limit of ours.

    `unwatched` are the folders that are not watched for want of a watch.
    """

    handle: int
    library: ctypes.CDLL
    mask: int = NAMES
    most: int = 0
    paths: dict[int, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    unwatched: set[str] = field(default_factory=set)

    @property
    def is_limited(self) -> bool:
        return bool(self.unwatched)

    def add(self, folder: str, mask: int = 0) -> None:
        """Watch `folder`, for `mask` when that is given; one that is gone is left, one too many is noted."""
        if self.most and len(self.paths) >= self.most and folder not in self.numbers:
            self.unwatched.add(folder)
            return
        what = ctypes.c_uint32((mask or self.mask) | _HOW)
        number: int = self.library.inotify_add_watch(self.handle, os.fsencode(folder), what)
        if number < 0:
            if ctypes.get_errno() == errno.ENOSPC:
                self.unwatched.add(folder)
            else:
                self.unwatched.discard(folder)
            return
        # One folder has one number: under a new name it is told by that.
        self.numbers.pop(self.paths.get(number, ""), None)
        self.paths[number], self.numbers[folder] = folder, number
        self.unwatched.discard(folder)

    def remove(self, folder: str) -> None:
        """Watch it no more; the system has done it already when it is gone."""
        self.unwatched.discard(folder)
        number = self.numbers.pop(folder, None)
        if number is not None and self.paths.get(number) == folder:
            del self.paths[number]
            self.library.inotify_rm_watch(self.handle, number)

    def read(self) -> Told:
        """Everything that has been told since; never waits."""
        told = Told()
        while True:
            try:
                data = os.read(self.handle, _READ)
            except BlockingIOError:
                return told
            place = 0
            while place < len(data):
                number, mask, _, size = _HEAD.unpack_from(data, place)
                place += _HEAD.size + size
                if mask & _OVERFLOW:
                    told.is_overflow = True
                elif mask & _IGNORED:
                    self._lost(number)
                elif number in self.paths:
                    told.folders.add(self.paths[number])

    def _lost(self, number: int) -> None:
        path = self.paths.pop(number, None)
        if path is not None and self.numbers.get(path) == number:
            del self.numbers[path]

    def close(self) -> None:
        os.close(self.handle)


def start(most: int = 0, *, mask: int = NAMES) -> Inotify | None:
    """An instance, or None where there is none to be had."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        handle: int = library.inotify_init1(_NONBLOCK | _CLOEXEC)
    except (OSError, AttributeError, TypeError):
        return None
    return Inotify(handle, library, mask, most) if handle >= 0 else None


def limits() -> Mapping[str, int]:
    """How many watches this user may have in all; nothing where that is not told."""
    try:
        return {"max_user_watches": int(LIMIT.read_text(encoding="ascii"))}
    except (OSError, ValueError):
        return {}
