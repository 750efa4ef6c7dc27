"""Which files have the same content: by size, then by the hash of their first 16 KiB, then by that of all of them.

Nothing is opened whose size is its own. One thread: with warm caches more are slower (each system call takes
microseconds, and handing over the interpreter costs as much). On a cold disk the files are read in the order of their
inodes, with the next ones announced to the kernel.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from .content_hash import algorithm, streaming
from .digest_store import Known
from .walking import NONE, Tree, join, reason_of

HEAD = 16 * 1024
BLOCK = 1024 * 1024
_PROBED, _COLD_S, _WINDOW = 200, 0.0001, 256
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_FLAGS |= getattr(os, "O_CLOEXEC", 0)
_FOLDER = _FLAGS | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", 0)

_READV = getattr(os, "readv", None)  # not on Windows

Alike = dict[bytes | tuple[int, bytes], list[int]]


class Group(NamedTuple):
    """Files with one content, as rows of the tree, each on disk of its own: `digest` is that of the whole content."""

    size: int
    digest: bytes
    rows: tuple[int, ...]

    @property
    def wasted(self) -> int:
        """Bytes that would be had back if there were one of them."""
        return self.size * (len(self.rows) - 1)


@dataclass(slots=True)
class Compared:
    """The groups; what changed while it was read, or could not be: (path, reason).

    `heads` and `wholes` are the hashes to remember, by row; `read` says how often a file was opened.
    """

    groups: list[Group] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    heads: dict[int, bytes] = field(default_factory=dict)
    wholes: dict[int, bytes] = field(default_factory=dict)
    read: int = 0


def compare(tree: Tree, wanted: Iterable[int], known: Known, settled_ns: int, cold_s: float = _COLD_S) -> Compared:
    """Group the files `wanted`, rows of `tree`, by content; empty ones are left out.

    `known` is asked before a file is read; what has changed at `settled_ns` or later is not to be remembered. A disk is
    cold when a read takes `cold_s` seconds or more.
    """
    work = _Work(tree, known, settled_ns, cold_s)
    sizes, later = tree.sizes, tree.later_names
    rows = [row for row in wanted if sizes[row] and row not in later] if later else [r for r in wanted if sizes[r]]
    counts = Counter(map(sizes.__getitem__, rows))
    for key, members in work.by_heads([row for row in rows if counts[sizes[row]] > 1]).items():
        if len(members) < 2:
            continue
        if isinstance(key, bytes):
            work.compared.groups.append(Group(sizes[members[0]], key, tuple(members)))
        else:
            work.add_by_whole(key[0], members)
    return work.compared


class _Opener:
    """Opens files from the handle of their folder, kept for the next one: a tenth less than each from the root."""

    __slots__ = ("handle", "home", "prefix", "tree")

    def __init__(self, tree: Tree) -> None:
        self.tree, self.home, self.prefix = tree, NONE, ""
        self.handle: int | None = None  # None: by the whole path, which also says why a folder cannot be opened

    def open(self, row: int) -> int:
        """A handle to read `row` from; raises OSError."""
        tree = self.tree
        if tree.homes[row] != self.home:
            self._enter(tree.homes[row])
        return os.open(self.prefix + tree.names[row], _FLAGS, dir_fd=self.handle)

    def close(self) -> None:
        if self.handle is not None:
            os.close(self.handle)
        self.home, self.handle = NONE, None

    def _enter(self, home: int) -> None:
        self.close()
        folder = self.tree.folders[home]
        with contextlib.suppress(OSError):
            self.handle = os.open(folder, _FOLDER) if os.open in os.supports_dir_fd else None
        self.home, self.prefix = home, join(folder, "") if self.handle is None else ""


class _Work:
    """One comparison as it goes on."""

    __slots__ = ("buffer", "cold_s", "compared", "hash", "known", "settled_ns", "tree")

    def __init__(self, tree: Tree, known: Known, settled_ns: int, cold_s: float) -> None:
        self.tree, self.known, self.settled_ns, self.cold_s = tree, known, settled_ns, cold_s
        self.compared = Compared()
        self.hash = algorithm()[1]
        self.buffer = memoryview(bytearray(BLOCK))

    def by_heads(self, rows: Sequence[int]) -> Alike:
        """Rows by the hash of their head: that says all of a small file; of a larger one its size goes with it."""
        found: Alike = {}
        sizes, kept, unread = self.tree.sizes, self.compared.heads, []
        for row, digest in zip(rows, self.known.heads(self.tree, rows), strict=True):
            if digest is None:
                unread.append(row)
                continue
            kept[row] = digest
            key = digest if sizes[row] <= HEAD else (sizes[row], digest)
            if key in found:
                found[key].append(row)
            else:
                found[key] = [row]
        self._read_heads(unread, found)
        return found

    def _read_heads(self, rows: list[int], found: Alike) -> None:
        """The first files tell whether the disk is cold."""
        began = time.perf_counter()
        self._read_each(rows[:_PROBED], found)
        spent, rest = time.perf_counter() - began, rows[_PROBED:]
        if spent < self.cold_s * _PROBED or not hasattr(os, "posix_fadvise"):
            self._read_each(rest, found)
            return
        rest.sort(key=self.tree.inodes.__getitem__)
        waiting = iter(rest)
        while window := list(islice(waiting, _WINDOW)):
            self._announce(window)
            self._read_each(window, found)

    def _announce(self, rows: Sequence[int]) -> None:
        for row in rows:
            try:
                handle = os.open(self.tree.path(row), _FLAGS)
            except OSError:
                continue  # reading it says why
            os.posix_fadvise(handle, 0, HEAD, os.POSIX_FADV_WILLNEED)
            os.close(handle)

    def _read_each(self, rows: Collection[int], found: Alike) -> None:
        """The second hot loop: as few looks, calls and new values for each file as can be."""
        tree, make_hash, sizes = self.tree, self.hash, self.tree.sizes
        read, close, kept = os.read, os.close, self.compared.heads
        # A later change must show in the file's times; one in the same tick of the clock need not.
        mtimes, ctimes, settled_ns = tree.mtimes, tree.ctimes, self.settled_ns
        self.compared.read += len(rows)
        with contextlib.closing(_Opener(tree)) as opener:
            for row in rows:
                size = sizes[row]
                try:
                    handle = opener.open(row)
                    try:
                        # One byte more than it should have: a file that grew is noticed.
                        data = read(handle, size + 1 if size <= HEAD else HEAD)
                    finally:
                        close(handle)
                except OSError as error:
                    self._failed(row, reason_of(error))
                    continue
                if len(data) != size and size <= HEAD:
                    self._failed(row, "it changed while it was read")
                    continue
                digest = make_hash(data)
                if ctimes[row] < settled_ns and mtimes[row] < settled_ns:
                    kept[row] = digest
                key = digest if size <= HEAD else (size, digest)
                if key in found:
                    found[key].append(row)
                else:
                    found[key] = [row]

    def add_by_whole(self, size: int, rows: Sequence[int]) -> None:
        """Group files of one size and head by the hash of all of them."""
        found: dict[bytes, list[int]] = {}
        for row in rows:
            digest = self.known.whole(self.tree, row) or self._read_whole(row, size)
            if digest is not None:
                if row in self.compared.heads:
                    self.compared.wholes[row] = digest
                found.setdefault(digest, []).append(row)
        same = [(digest, members) for digest, members in found.items() if len(members) > 1]
        self.compared.groups += [Group(size, digest, tuple(members)) for digest, members in same]

    def _read_whole(self, row: int, size: int) -> bytes | None:
        self.compared.read += 1
        try:
            handle = os.open(self.tree.path(row), _FLAGS)
        except OSError as error:
            self._failed(row, reason_of(error))
            return None
        try:
            digest, count = self._hash_all(handle, size)
        except OSError as error:
            self._failed(row, reason_of(error))
            return None
        finally:
            os.close(handle)
        if count != size:
            self._failed(row, "it changed while it was read")
            return None
        return digest

    def _hash_all(self, handle: int, size: int) -> tuple[bytes, int]:
        """The hash of a whole file and its size now."""
        if size < BLOCK and _READV is not None:
            # Into one buffer: a fresh one for each file costs a page fault every 4 KiB.
            count = _READV(handle, (self.buffer,))
            if count >= size:
                return self.hash(self.buffer[:count]), count
            os.lseek(handle, 0, os.SEEK_SET)
        state, count = streaming(), 0
        with os.fdopen(os.dup(handle), "rb", buffering=0) as file:
            while got := file.readinto(self.buffer):
                state.update(self.buffer[:got])
                count += got
        return state.digest(), count

    def _failed(self, row: int, reason: str) -> None:
        self.compared.failures.append((self.tree.path(row), reason))
