"""The files of a folder tree, and what stands in one; links are never followed, and what could not be read is told."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MOST_BYTES = 32 * 1024 * 1024  # of one file; it is in memory as a whole, with a copy or two
_SNIFFED = 8192
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
# Other people's code: no key of ours is expected there, and many that only look like one.
_PACKAGES = ("node_modules", "bower_components", "site-packages", "dist-packages")
FOREIGN = frozenset((*_PACKAGES, "__pycache__", ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache"))
_PACKED = frozenset(("objects", "lfs"))  # of a Git folder: compressed, so nothing can be seen in them


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one file, UTF-16 as UTF-8. `is_foreign`: in a folder of other people's code."""

    path: str
    data: bytes = field(repr=False)
    is_text: bool = True
    is_foreign: bool = False


@dataclass(slots=True)
class Tally:
    """What was searched, and what was not; paths as the system has them."""

    files: int = 0
    size_bytes: int = 0
    links: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    too_large: list[str] = field(default_factory=list)


def read_tree(root: str, tally: Tally) -> Iterator[Content]:
    """Every plain file below `root`, or `root` itself when it is one, in order of their names; counts in `tally`."""
    if not os.path.isdir(root):  # noqa: PTH112 - names that are no UTF-8 stay as they are
        yield from read_file(root, tally)
        return
    folders = [(root, False)]
    while folders:
        folder, is_foreign = folders.pop()
        below = []
        for entry in _entries(folder, tally):
            if entry.is_symlink():
                tally.links += 1
            elif entry.is_dir(follow_symlinks=False):
                if not (entry.name in _PACKED and ".git" in Path(folder).parts):
                    below.append((entry.path, is_foreign or entry.name in FOREIGN))
            elif entry.is_file(follow_symlinks=False):
                yield from read_file(entry.path, tally, is_foreign=is_foreign)
        folders += reversed(below)


def _entries(folder: str, tally: Tally) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        tally.unreadable.append((folder, error.strerror or type(error).__name__))
        return []


def read_file(path: str, tally: Tally, *, is_foreign: bool = False) -> Iterator[Content]:
    """That file, or nothing when it is not there, is no plain file or a link, is too large or cannot be read."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                return
            if found.st_size > MOST_BYTES:
                tally.too_large.append(path)
                return
            data = file.read(MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        if os.path.islink(path):  # noqa: PTH114
            tally.links += 1
        else:
            tally.unreadable.append((path, error.strerror or type(error).__name__))
        return
    tally.files += 1
    tally.size_bytes += len(data)
    yield content_of(path, data, is_foreign=is_foreign)


def content_of(path: str, data: bytes, *, is_foreign: bool = False) -> Content:
    """`data` as text where it is one. PowerShell 5 writes UTF-16 with a mark."""
    encoding = _UTF16.get(data[:2])
    if encoding:
        return Content(path, data[2:].decode(encoding, "replace").encode("utf-8", "replace"), is_foreign=is_foreign)
    return Content(path, data, b"\0" not in data[:_SNIFFED], is_foreign)
