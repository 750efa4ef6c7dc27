"""What is known of one folder between two sweeps, what tells its states apart, and what a sweep finds."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from .listing import BY_HANDLE, FOLDER

Stamp = tuple[int, int, int, int]  # device, inode, both times


@dataclass(slots=True)
class Folder:
    """One folder as it was listed: `noted` are (name, whether it is a folder) of entries that the rules name.

    `files` are the other entries with what tells one state of them from another; only where files count.
    """

    stamp: Stamp
    children: tuple[str, ...] = ()
    noted: tuple[tuple[str, bool], ...] = ()
    files: dict[str, tuple[int, ...]] = field(default_factory=dict)
    is_settled: bool = False


@dataclass(slots=True)
class Swept:
    """What one sweep found: folders that hold something else, that are new, and that are gone; files by what they did.

    `reads` is how many folders were listed for it.
    """

    listed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)  # "made", "changed" or "gone", and a path
    reads: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.listed or self.removed or self.files)


def list_folder(path: str) -> list[os.DirEntry[str]]:
    """What is in a folder; each can be asked whether it is a folder after this has ended."""
    if not BY_HANDLE:
        with os.scandir(path) as found:
            return list(found)
    handle = os.open(path, FOLDER)
    try:
        with os.scandir(handle) as found:
            there = list(found)
            for entry in there:
                entry.is_dir(follow_symlinks=False)  # asked while the handle is open, where the listing does not tell
            return there
    finally:
        os.close(handle)


def is_a_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def stamp_of(found: os.stat_result) -> Stamp:
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def file_stamp(path: str) -> tuple[int, ...]:
    """What tells one state of a file from another; () when it is gone."""
    try:
        found = os.lstat(path)
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_mode, found.st_uid
