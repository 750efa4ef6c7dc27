"""What is remembered of files that were read, from one scan to the next: their hashes, by identity.

A file is the one that was read when device, inode, size and both times are the same. Written whole, in columns, and
read whole; what cannot be understood is as good as nothing. It holds no names and no contents.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
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

    __slots__ = ("_places", "columns", "head_digests", "whole_digests")

    def __init__(self, columns: Sequence[array[int]] = (), heads: bytes = b"", wholes: bytes = b"") -> None:
        self.columns = tuple(columns) or tuple(array(code) for code in _COLUMNS)
        self.head_digests, self.whole_digests = heads, wholes
        self._places: dict[int, int] | None = None

    @property
    def places(self) -> dict[int, int]:
        """Where each inode's row is; made when first needed."""
        if self._places is None:
            inodes = self.columns[1]
            self._places = dict(zip(inodes, range(len(inodes)), strict=True))
        return self._places

    def heads(self, tree: Tree, rows: Sequence[int]) -> list[bytes | None]:
        """The hash of the head of each of `rows`, None where it is not known."""
        digests = self.head_digests
        if not digests:
            return [None] * len(rows)
        if self._are_all(tree, rows):
            return [digests[begin : begin + DIGEST] for begin in range(0, len(digests), DIGEST)]
        return [
            None if place is None else digests[place * DIGEST : place * DIGEST + DIGEST]
            for place in self._places_of(tree, rows)
        ]

    def _are_all(self, tree: Tree, rows: Sequence[int]) -> bool:
        """Whether `rows` are just what is known, in its order: then nothing has changed, and that is seen at once."""
        return len(rows) == len(self.columns[0]) and all(
            column == array(code, list(map(source.__getitem__, rows)))
            for code, column, source in zip(_COLUMNS, self.columns, _columns_of(tree), strict=True)
        )

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

    rows = sorted(heads)  # as they are walked: the next walk may well find them so
    pieces = [
        array(code, list(map(source.__getitem__, rows))).tobytes()
        for code, source in zip(_COLUMNS, _columns_of(tree), strict=True)
    ]
    large = bytearray(DIGEST * len(rows))  # few files are so large that they have one
    for place, row in enumerate(rows):
        if row in wholes:
            large[place * DIGEST : place * DIGEST + DIGEST] = wholes[row]
    body = b"".join((*pieces, b"".join([heads[row] for row in rows]), large))
    files.make_folder(path.parent)
    _replace(path, (_magic(), _sum(body), body))
    found = sorted(path.parent.glob("digests-*.bin"), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in found[MOST_FILES:]:
        old.unlink(missing_ok=True)


def _columns_of(tree: Tree) -> tuple[array[int], ...]:
    return (tree.devices, tree.inodes, tree.sizes, tree.mtimes, tree.ctimes)


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    """In one step, and without waiting for the disk: what a power cut leaves of it is seen to be damaged."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _magic() -> bytes:
    return f"aim digests {VERSION} {sys.byteorder}\n".encode()


def _sum(body: bytes | memoryview) -> bytes:
    """To see damage, not intent."""
    return hashlib.blake2b(body, digest_size=DIGEST).digest()
