"""Which files have the same content: by size, then by the hash of their first 16 KiB, then by that of all of them.

Nothing is opened whose size is its own. One thread: with warm caches more are slower (each system call takes
microseconds, and handing over the interpreter costs as much). On a cold disk the files are read in the order of their
inodes, with the next ones announced to the kernel.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, Protocol

from .digest_store import Known
from .walking import Tree, reason_of

HEAD = 16 * 1024
BLOCK = 1024 * 1024
_PROBED, _COLD_S, _WINDOW = 200, 0.0001, 256
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_FLAGS |= getattr(os, "O_CLOEXEC", 0)

_READV = getattr(os, "readv", None)  # not on Windows

Hash = Callable[[bytes | memoryview], bytes]


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


def algorithm() -> tuple[str, Hash]:
    """The hash and its name: xxh3 where it is installed, else one of Python's own."""
    try:
        from xxhash import xxh3_128_digest
    except ImportError:  # no wheel for this platform
        import hashlib

        return "blake2b-128", lambda data: hashlib.blake2b(data, digest_size=16).digest()
    return "xxh3-128", xxh3_128_digest


def compare(tree: Tree, wanted: Iterable[int], known: Known, settled_ns: int) -> Compared:
    """Group the files `wanted`, rows of `tree`, by content; empty ones are left out.

    `known` is asked before a file is read; what has changed at `settled_ns` or later is not to be remembered.
    """
    work = _Work(tree, known, settled_ns)
    sizes, later = tree.sizes, tree.later_names
    rows = [row for row in wanted if sizes[row] and row not in later] if later else [r for r in wanted if sizes[r]]
    counts = Counter(map(sizes.__getitem__, rows))
    heads = work.heads([row for row in rows if counts[sizes[row]] > 1])
    for (size, digest), members in heads.items():
        if len(members) < 2:
            continue
        if size <= HEAD:
            work.compared.groups.append(Group(size, digest, tuple(members)))
        else:
            work.add_by_whole(size, members)
    return work.compared


class Streaming(Protocol):
    """A hash that is fed piece by piece."""

    def update(self, data: memoryview, /) -> None: ...
    def digest(self) -> bytes: ...


class _Work:
    """One comparison as it goes on."""

    __slots__ = ("buffer", "compared", "hash", "known", "settled_ns", "tree")

    def __init__(self, tree: Tree, known: Known, settled_ns: int) -> None:
        self.tree, self.known, self.settled_ns = tree, known, settled_ns
        self.compared = Compared()
        self.hash = algorithm()[1]
        self.buffer = memoryview(bytearray(BLOCK))

    def heads(self, rows: Sequence[int]) -> dict[tuple[int, bytes], list[int]]:
        """Rows by size and the hash of their head, which is all of a small file."""
        found: dict[tuple[int, bytes], list[int]] = {}
        sizes, kept, unread = self.tree.sizes, self.compared.heads, []
        for row, digest in zip(rows, self.known.heads(self.tree, rows), strict=True):
            if digest is None:
                unread.append(row)
            else:
                kept[row] = digest
                found.setdefault((sizes[row], digest), []).append(row)
        for row, digest in self._read_heads(unread):
            found.setdefault((sizes[row], digest), []).append(row)
        return found

    def _read_heads(self, rows: list[int]) -> Iterator[tuple[int, bytes]]:
        """The hash of each head. The first files tell whether the disk is cold."""
        began = time.perf_counter()
        yield from self._read_each(rows[:_PROBED])
        spent, rest = time.perf_counter() - began, rows[_PROBED:]
        if spent < _COLD_S * _PROBED or not hasattr(os, "posix_fadvise"):
            yield from self._read_each(rest)
            return
        rest.sort(key=self.tree.inodes.__getitem__)
        waiting = iter(rest)
        while window := list(islice(waiting, _WINDOW)):
            self._announce(window)
            yield from self._read_each(window)

    def _announce(self, rows: Sequence[int]) -> None:
        for row in rows:
            try:
                handle = os.open(self.tree.path(row), _FLAGS)
            except OSError:
                continue  # reading it says why
            os.posix_fadvise(handle, 0, HEAD, os.POSIX_FADV_WILLNEED)
            os.close(handle)

    def _read_each(self, rows: Collection[int]) -> Iterator[tuple[int, bytes]]:
        tree, make_hash = self.tree, self.hash
        folders, homes, names, sizes = tree.folders, tree.homes, tree.names, tree.sizes
        open_, read, close, separator, kept = os.open, os.read, os.close, os.sep, self.compared.heads
        # A later change must show in the file's times; one in the same tick of the clock need not.
        mtimes, ctimes, settled_ns = tree.mtimes, tree.ctimes, self.settled_ns
        self.compared.read += len(rows)
        for row in rows:
            size = sizes[row]
            try:
                handle = open_(folders[homes[row]] + separator + names[row], _FLAGS)
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
            yield row, digest

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
        state, count = _streaming(), 0
        with os.fdopen(os.dup(handle), "rb", buffering=0) as file:
            while got := file.readinto(self.buffer):
                state.update(self.buffer[:got])
                count += got
        return state.digest(), count

    def _failed(self, row: int, reason: str) -> None:
        self.compared.failures.append((self.tree.path(row), reason))


def _streaming() -> Streaming:
    try:
        from xxhash import xxh3_128
    except ImportError:
        import hashlib

        return hashlib.blake2b(digest_size=16)
    return xxh3_128()
