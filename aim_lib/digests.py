"""Which files have the same content: by size, then by the hash of their first 16 KiB, then by that of all of them.

Nothing is opened whose size is its own. Many files are read by several processes. On a cold disk one reads them in the
order of their inodes, with the next ones announced to the kernel.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from .crew import Crew
from .digest_store import Known
from .listing import NONE
from .readers import Readers
from .reading import FLAGS, HEAD, Answer, Batch
from .walking import Tree

_PROBED, _COLD_S, _WINDOW = 200, 0.0001, 256
# What a portion of files to read costs: each as much as reading so many bytes more.
_PORTION, _FILE = 4 * 1024 * 1024, 16 * 1024

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


def compare(
    tree: Tree,
    wanted: Iterable[int],
    known: Known,
    settled_ns: int,
    crew: Crew | None = None,
    cold_s: float = _COLD_S,
) -> Compared:
    """Group the files `wanted`, rows of `tree`, by content; empty ones are left out.

    `known` is asked before a file is read; what has changed at `settled_ns` or later is not to be remembered. A disk is
    cold when a read takes `cold_s` seconds or more: the helpers of `crew` are for warm ones.
    """
    sizes, later = tree.sizes, tree.later_names
    rows = [row for row in wanted if sizes[row] and row not in later] if later else [r for r in wanted if sizes[r]]
    counts = Counter(map(sizes.__getitem__, rows))
    work = _Work(tree, known, settled_ns, cold_s, Readers(crew or Crew()))
    alike = []
    for key, members in work.by_heads([row for row in rows if counts[sizes[row]] > 1]).items():
        if len(members) < 2:
            continue
        if isinstance(key, bytes):
            work.compared.groups.append(Group(sizes[members[0]], key, tuple(members)))
        else:
            alike.append(members)
    work.add_by_wholes(alike)
    return work.compared


class _Work:
    """One comparison as it goes on."""

    __slots__ = ("cold_s", "compared", "is_cold", "known", "readers", "settled_ns", "tree")

    def __init__(self, tree: Tree, known: Known, settled_ns: int, cold_s: float, readers: Readers) -> None:
        self.tree, self.known, self.settled_ns, self.cold_s, self.readers = tree, known, settled_ns, cold_s, readers
        self.compared, self.is_cold = Compared(), False

    def by_heads(self, rows: Sequence[int]) -> Alike:
        """Rows by the hash of their head: that says all of a small file; of a larger one its size goes with it."""
        found: Alike = {}
        tree, kept = self.tree, self.compared.heads
        sizes, mtimes, ctimes, settled_ns = tree.sizes, tree.mtimes, tree.ctimes, self.settled_ns
        digests = self.known.heads(tree, rows)
        read = iter(self._read_heads([row for row, digest in zip(rows, digests, strict=True) if digest is None]))
        for row, known in zip(rows, digests, strict=True):
            size = sizes[row]
            if known is None:
                digest = next(read)
                if isinstance(digest, str):
                    self._failed(row, digest)
                    continue
                # A later change must show in the file's times; one in the same tick of the clock need not.
                if ctimes[row] < settled_ns and mtimes[row] < settled_ns:
                    kept[row] = digest
            else:
                kept[row] = digest = known
            key = digest if size <= HEAD else (size, digest)
            if key in found:
                found[key].append(row)
            else:
                found[key] = [row]
        return found

    def _read_heads(self, rows: Sequence[int]) -> list[Answer]:
        """The first files tell whether the disk is cold."""
        first, rest = rows[:_PROBED], rows[_PROBED:]
        self.compared.read += len(rows)
        began = time.perf_counter()
        answers = self._read(first, is_alone=True)
        self.is_cold = time.perf_counter() - began >= self.cold_s * _PROBED and hasattr(os, "posix_fadvise")
        return answers + (self._read_cold(rest) if self.is_cold else self._read(rest))

    def _read_cold(self, rows: Sequence[int]) -> list[Answer]:
        found: dict[int, Answer] = {}
        waiting = iter(sorted(rows, key=self.tree.inodes.__getitem__))
        while window := list(islice(waiting, _WINDOW)):
            self._announce(window)
            found.update(zip(window, self._read(window, is_alone=True), strict=True))
        return [found[row] for row in rows]

    def _announce(self, rows: Sequence[int]) -> None:
        for row in rows:
            try:
                handle = os.open(self.tree.path(row), FLAGS)
            except OSError:
                continue  # reading it says why
            os.posix_fadvise(handle, 0, HEAD, os.POSIX_FADV_WILLNEED)
            os.close(handle)

    def _read(self, rows: Sequence[int], *, is_whole: bool = False, is_alone: bool = False) -> list[Answer]:
        return self.readers.read(_batches(self.tree, rows, is_whole=is_whole), is_whole=is_whole, is_alone=is_alone)

    def add_by_wholes(self, alike: Iterable[Sequence[int]]) -> None:
        """Group files that are of one size and head by the hash of all of them."""
        known = {row: self.known.whole(self.tree, row) for rows in alike for row in rows}
        unread = sorted(row for row, digest in known.items() if digest is None)
        self.compared.read += len(unread)
        read = self._read(unread, is_whole=True, is_alone=self.is_cold)
        digests: dict[int, Answer | None] = {**known, **dict(zip(unread, read, strict=True))}
        for rows in alike:
            self._add_group(rows, digests)

    def _add_group(self, rows: Sequence[int], digests: Mapping[int, Answer | None]) -> None:
        found: dict[bytes, list[int]] = {}
        for row in rows:
            digest = digests[row]
            if isinstance(digest, bytes):
                if row in self.compared.heads:
                    self.compared.wholes[row] = digest
                found.setdefault(digest, []).append(row)
            elif digest is not None:
                self._failed(row, digest)
        size = self.tree.sizes[rows[0]]
        same = [(digest, members) for digest, members in found.items() if len(members) > 1]
        self.compared.groups += [Group(size, digest, tuple(members)) for digest, members in same]

    def _failed(self, row: int, reason: str) -> None:
        self.compared.failures.append((self.tree.path(row), reason))


def _batches(tree: Tree, rows: Sequence[int], *, is_whole: bool) -> list[Batch]:
    """`rows` by folder, in portions that take about as long as each other."""
    found: list[Batch] = []
    names, sizes, homes = tree.names, tree.sizes, tree.homes
    home, left = NONE, 0
    for row in rows:
        size = sizes[row]
        if left <= 0:
            home, left = NONE, _PORTION
            found.append([])
        if homes[row] != home:
            home = homes[row]
            some_names: list[str] = []
            some_sizes: list[int] = []
            found[-1].append((tree.folders[home], some_names, some_sizes))
        some_names.append(names[row])
        some_sizes.append(size)
        left -= _FILE + size if is_whole else _FILE
    return found
