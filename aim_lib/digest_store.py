"""What is remembered of files that were read, from one scan to the next: their hashes, by identity.

A file is the one that was read when device, inode, size and both times are the same. Written whole, in columns, and
read whole; what cannot be understood is as good as nothing. It holds no names and no contents.
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .walking import Tree

VERSION = 1
DIGEST = 16  # bytes of one hash
MOST_FILES = 20  # kept in the folder: one for each set of roots and filters
_COLUMNS = "QQqqq"  # device, inode, size, mtime, ctime
_NONE = bytes(DIGEST)


class Known:
    """What an earlier scan has left."""

    __slots__ = ("columns", "head_digests", "places", "whole_digests")

    def __init__(self, columns: Sequence[array[int]] = (), heads: bytes = b"", wholes: bytes = b"") -> None:
        self.columns = tuple(columns) or tuple(array(code) for code in _COLUMNS)
        self.head_digests, self.whole_digests = heads, wholes
        inodes = self.columns[1]
        self.places = dict(zip(inodes, range(len(inodes)), strict=True))

    def heads(self, tree: Tree, rows: Sequence[int]) -> list[bytes | None]:
        """The hash of the head of each of `rows`, None where it is not known."""
        if not self.places:
            return [None] * len(rows)
        digests = self.head_digests
        return [
            None if place is None else digests[place * DIGEST : place * DIGEST + DIGEST]
            for place in self._places_of(tree, rows)
        ]

    def whole(self, tree: Tree, row: int) -> bytes | None:
        """The hash of all of a file, None where it is not known."""
        (place,) = self._places_of(tree, (row,))
        if place is None:
            return None
        digest = self.whole_digests[place * DIGEST : place * DIGEST + DIGEST]
        return None if digest == _NONE else digest

    def _places_of(self, tree: Tree, rows: Sequence[int]) -> Iterable[int | None]:
        devices, _, sizes, mtimes, ctimes = self.columns
        place_of, inodes = self.places.get, tree.inodes
        for row in rows:
            place = place_of(inodes[row])
            if place is not None and (
                ctimes[place] != tree.ctimes[row]
                or mtimes[place] != tree.mtimes[row]
                or sizes[place] != tree.sizes[row]
                or devices[place] != tree.devices[row]
            ):
                place = None
            yield place


class Recall(NamedTuple):
    """What was known, and why nothing is when there was something unfit: "" when all is well."""

    known: Known
    flaw: str = ""


def file_for(folder: Path, words: Iterable[str]) -> Path:
    """Where the scan that `words` (roots, filters, the hash's name) describe keeps what it remembers."""
    name = hashlib.sha256("\0".join(words).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return folder / f"digests-{name}.bin"


def load(path: Path) -> Recall:
    """What is remembered in `path`; nothing when it is not there."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Recall(Known())
    except OSError as error:
        return Recall(Known(), f"{path} cannot be read: {error.strerror}")
    body = memoryview(data)[len(_magic()) + DIGEST :]
    width = sum(array(code).itemsize for code in _COLUMNS) + 2 * DIGEST
    if not data.startswith(_magic()) or len(body) % width or _sum(body) != data[len(_magic()) :][:DIGEST]:
        return Recall(Known(), f"{path} is damaged, or of another version: every file is read again")
    count, columns, begin = len(body) // width, [], 0
    for code in _COLUMNS:
        column = array(code)
        column.frombytes(body[begin : begin + count * column.itemsize])
        begin += count * column.itemsize
        columns.append(column)
    middle = begin + count * DIGEST
    return Recall(Known(columns, bytes(body[begin:middle]), bytes(body[middle:])))


def save(path: Path, tree: Tree, heads: Mapping[int, bytes], wholes: Mapping[int, bytes]) -> None:
    """Keep the hashes `heads` and `wholes` by rows of `tree`; scans that have not been made for long are forgotten."""
    from . import files

    sources = (tree.devices, tree.inodes, tree.sizes, tree.mtimes, tree.ctimes)
    columns = (array(code, map(source.__getitem__, heads)) for code, source in zip(_COLUMNS, sources, strict=True))
    pieces = [column.tobytes() for column in columns]
    pieces += [b"".join(heads.values()), b"".join(wholes.get(row, _NONE) for row in heads)]
    body = b"".join(pieces)
    files.make_folder(path.parent)
    files.write_pieces(path, (_magic(), _sum(body), body), files.PRIVATE_FILE)
    found = sorted(path.parent.glob("digests-*.bin"), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in found[MOST_FILES:]:
        old.unlink(missing_ok=True)


def _magic() -> bytes:
    return f"aim digests {VERSION} {sys.byteorder}\n".encode()


def _sum(body: bytes | memoryview) -> bytes:
    """To see damage, not intent."""
    return hashlib.blake2b(body, digest_size=DIGEST).digest()
