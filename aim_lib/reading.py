"""Reads files and says what their hash is.

Nothing is imported here that takes longer than it takes to read some thousand files: a helper starts with this.
"""

from __future__ import annotations

import contextlib
import os

from .content_hash import algorithm, streaming
from .listing import reason_of

TYPE_CHECKING = False  # not typing's: its import is a third of a helper's start
if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD = 16 * 1024
BLOCK = 1024 * 1024
CHANGED = "it changed while it was read"
FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
FLAGS |= getattr(os, "O_CLOEXEC", 0)
_FOLDER = FLAGS | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", 0)
_BY_HANDLE = os.open in os.supports_dir_fd
_READV = getattr(os, "readv", None)  # not on Windows

Job = tuple[str, list[str], list[int]]  # a folder, names in it, and the size that each of these files should have
Batch = list[Job]
Answer = bytes | str  # a hash, or why there is none


class Reader:
    """Hashes files. It keeps one buffer: a fresh one for each file costs a page fault every 4 KiB."""

    def __init__(self) -> None:
        self._hash = algorithm()[1]
        self._buffer = memoryview(bytearray(BLOCK))

    def answers(self, batch: Batch, *, is_whole: bool) -> list[Answer]:
        """A hash of each file in turn: of its first `HEAD` bytes, or of all of it."""
        found: list[Answer] = []
        for folder, names, sizes in batch:
            handle = _opened(folder)
            prefix = "" if handle is not None else os.path.join(folder, "")
            try:
                (self._wholes if is_whole else self._heads)(found, prefix, handle, names, sizes)
            finally:
                if handle is not None:
                    os.close(handle)
        return found

    def _heads(
        self, found: list[Answer], prefix: str, folder: int | None, names: Sequence[str], sizes: Sequence[int]
    ) -> None:
        """The second hot loop: as few looks, calls and new values for each file as can be."""
        make_hash, add, open_, read, close = self._hash, found.append, os.open, os.read, os.close
        for name, size in zip(names, sizes, strict=True):
            try:
                handle = open_(prefix + name, FLAGS, dir_fd=folder)
                try:
                    # One byte more than it should have: a file that grew is noticed.
                    data = read(handle, size + 1 if size <= HEAD else HEAD)
                finally:
                    close(handle)
            except OSError as error:
                add(reason_of(error))
                continue
            add(make_hash(data) if len(data) == size or size > HEAD else CHANGED)

    def _wholes(
        self, found: list[Answer], prefix: str, folder: int | None, names: Sequence[str], sizes: Sequence[int]
    ) -> None:
        for name, size in zip(names, sizes, strict=True):
            try:
                handle = os.open(prefix + name, FLAGS, dir_fd=folder)
                try:
                    digest, count = self._hash_all(handle, size)
                finally:
                    os.close(handle)
            except OSError as error:
                found.append(reason_of(error))
                continue
            found.append(digest if count == size else CHANGED)

    def _hash_all(self, handle: int, size: int) -> tuple[bytes, int]:
        """The hash of a whole file and its size now."""
        if size < BLOCK and _READV is not None:
            count = _READV(handle, (self._buffer,))
            if count >= size:
                return self._hash(self._buffer[:count]), count
            os.lseek(handle, 0, os.SEEK_SET)
        state, count = streaming(), 0
        with os.fdopen(os.dup(handle), "rb", buffering=0) as file:
            while got := file.readinto(self._buffer):
                state.update(self._buffer[:got])
                count += got
        return state.digest(), count


def _opened(folder: str) -> int | None:
    """By a handle each file is found from its folder, not from the root again: a tenth of the time of reading heads."""
    with contextlib.suppress(OSError):  # by the whole path it is said why
        return os.open(folder, _FOLDER) if _BY_HANDLE else None
    return None
