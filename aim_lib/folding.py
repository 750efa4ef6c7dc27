"""Many equal files as few things to look at: the largest folders that are equal as a whole, and whose the rest is.

Every wasted byte is counted once: in a folder group, with the owner of the place where it lies, or in a file group.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .digests import Group
from .listing import NONE, join
from .walking import Tree

_EMPTY = -2  # content of every empty file
FILE, LINK, FOLDER = 0, 1, 2


@dataclass(frozen=True, slots=True)
class FolderGroup:
    """Folders with the same names and contents all the way down, as rows; `wasted` bytes lie in the `spare` ones.

    `owner` is the name of the place that all spare ones lie in, one of `OWNERS`, or "".
    """

    folders: tuple[int, ...]
    spare: tuple[int, ...]
    wasted: int
    files: int
    owner: str = ""


class FileGroup(NamedTuple):
    """A group of which `wasted` bytes in `files` copies are told by nothing larger."""

    group: Group
    wasted: int
    files: int


@dataclass(slots=True)
class Owned:
    """Copies in folders that a package manager or Git looks after: they are its to share.

    Of the `wasted` bytes those `loose` are in no folder group.
    """

    owner: str
    wasted: int = 0
    loose: int = 0
    files: int = 0
    places: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Folded:
    """What there is to look at, the largest first."""

    folders: tuple[FolderGroup, ...]
    owned: tuple[Owned, ...]
    files: tuple[FileGroup, ...]


def fold(tree: Tree, groups: Sequence[Group]) -> Folded:
    """Fold file groups; links are read to compare them."""
    alike = _alike(tree, _contents(tree, groups))
    top, spare = _outermost(tree, alike)
    return _attributed(tree, groups, alike, top, spare)


def _contents(tree: Tree, groups: Sequence[Group]) -> list[int]:
    """For each file a number, the same for the same content; NONE where it is nobody else's."""
    found = [NONE] * len(tree.names)
    for number, group in enumerate(groups):
        for row in group.rows:
            found[row] = number
    for row in tree.shared:
        first = tree.later_names.get(row, row)
        found[row] = found[first] if found[first] != NONE else len(groups) + first
    for row, size in enumerate(tree.sizes):
        if not size:
            found[row] = _EMPTY
    return found


def _alike(tree: Tree, contents: Sequence[int]) -> list[tuple[int, ...]]:
    """Groups of two and more folders that are equal as a whole."""
    is_single = bytearray(tree.is_mixed)
    for home, content in zip(tree.homes, contents, strict=True):
        if content == NONE:
            is_single[home] = 1
    parents = tree.parents
    for row in range(len(parents) - 1, -1, -1):
        if is_single[row] and parents[row] != NONE:
            is_single[parents[row]] = 1
    inside = _entries(tree, contents, is_single)
    kinds: dict[tuple[tuple[str, int, object], ...], int] = {}
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row in range(len(parents) - 1, -1, -1):
        if is_single[row]:
            continue
        kind = kinds.setdefault(tuple(sorted(inside.pop(row, ()))), len(kinds))
        members[kind].append(row)
        parent = parents[row]
        if parent != NONE and not is_single[parent]:
            inside.setdefault(parent, []).append((os.path.basename(tree.folders[row]), FOLDER, kind))
    return [tuple(sorted(rows, key=tree.folders.__getitem__)) for rows in members.values() if len(rows) > 1]


def _entries(tree: Tree, contents: Sequence[int], is_single: bytearray) -> dict[int, list[tuple[str, int, object]]]:
    """What is in each folder that may have an equal, but for folders."""
    found: dict[int, list[tuple[str, int, object]]] = {}
    for home, name, content in zip(tree.homes, tree.names, contents, strict=True):
        if not is_single[home]:
            found.setdefault(home, []).append((name, FILE, content))
    for home, name in tree.links:
        if not is_single[home]:
            found.setdefault(home, []).append((name, LINK, _target(join(tree.folders[home], name))))
    return found


def _target(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return f"{path}\0"  # it went meanwhile: like no other


def _outermost(tree: Tree, alike: Sequence[tuple[int, ...]]) -> tuple[list[int], dict[int, int]]:
    """For each folder the outermost one around it that has an equal, or NONE; and the spare ones with their group."""
    is_alike = bytearray(len(tree.folders))
    for rows in alike:
        for row in rows:
            is_alike[row] = 1
    top = [NONE] * len(tree.folders)
    for row, parent in enumerate(tree.parents):
        around = top[parent] if parent != NONE else NONE
        top[row] = around if around != NONE else row if is_alike[row] else NONE
    spare: dict[int, int] = {}
    for number, rows in enumerate(alike):
        outer = [row for row in rows if top[row] == row]
        # One stays: where there is one inside something else that has an equal, it is not one of these.
        spare.update(dict.fromkeys(outer[1:] if len(outer) == len(rows) else outer, number))
    return top, spare


def _attributed(
    tree: Tree, groups: Sequence[Group], alike: Sequence[tuple[int, ...]], top: Sequence[int], spare: dict[int, int]
) -> Folded:
    told = _Told(tree, len(alike), top, spare)
    left = [told_by for group in groups if (told_by := told.add(group)).files]
    folders = [
        _folder_group(tree, rows, spare, told.folder_bytes[number], told.folder_files[number])
        for number, rows in enumerate(alike)
        if told.folder_bytes[number]
    ]
    return Folded(
        tuple(sorted(folders, key=lambda each: (-each.wasted, tree.folders[each.folders[0]]))),
        tuple(sorted(told.owned(), key=lambda each: (-each.wasted, each.owner))),
        tuple(sorted(left, key=lambda each: (-each.wasted, each.group.digest))),
    )


class _Told:
    """Sums of what each folder group and each owner tells of; what concerns folders is looked up once for each."""

    __slots__ = ("folder_bytes", "folder_files", "homes", "numbers", "owners", "ranks", "sums", "tree")

    def __init__(self, tree: Tree, count: int, top: Sequence[int], spare: dict[int, int]) -> None:
        self.tree, self.homes = tree, tree.homes
        self.folder_bytes, self.folder_files = [0] * count, [0] * count
        self.numbers = [NONE if around == NONE else spare.get(around, NONE) for around in top]
        owned_by = tree.owned_by
        # Of copies one is to stay: nobody else's first, and not in a folder that is spare itself.
        self.ranks = [
            2 * (number != NONE) + (owner != NONE) for number, owner in zip(self.numbers, owned_by, strict=True)
        ]
        # The owner that tells of what lies in a folder: none where that goes with a group around the owner's place.
        self.owners = [
            owner if number == NONE or owned_by[around] != NONE else NONE
            for owner, number, around in zip(owned_by, self.numbers, top, strict=True)
        ]
        self.sums: dict[int, list[int]] = {}

    def add(self, group: Group) -> FileGroup:
        """Sum up the spare copies; what is told by nothing larger is given back."""
        size, ranks, numbers, owners = group.size, self.ranks, self.numbers, self.owners
        homes = [self.homes[row] for row in group.rows]
        worth = [ranks[home] for home in homes]
        del homes[worth.index(min(worth))]
        files = 0
        for home in homes:
            number, owner = numbers[home], owners[home]
            if number != NONE:
                self.folder_bytes[number] += size
                self.folder_files[number] += 1
            elif owner == NONE:
                files += 1
            if owner != NONE:
                sums = self.sums.get(owner)
                if sums is None:
                    sums = self.sums[owner] = [0, 0, 0]
                sums[0] += size
                sums[1] += 1
                if number == NONE:
                    sums[2] += size
        return FileGroup(group, size * files, files)

    def owned(self) -> Iterable[Owned]:
        found: dict[str, Owned] = {}
        for row, (wasted, files, loose) in self.sums.items():
            name = os.path.basename(self.tree.folders[row])
            each = found.setdefault(name, Owned(name))
            each.wasted += wasted
            each.files += files
            each.loose += loose
            each.places.add(row)
        return found.values()


def _folder_group(tree: Tree, rows: tuple[int, ...], spare: dict[int, int], wasted: int, files: int) -> FolderGroup:
    to_spare = tuple(row for row in rows if row in spare)
    owners = {tree.owned_by[row] for row in to_spare}
    owner = os.path.basename(tree.folders[min(owners)]) if NONE not in owners else ""
    return FolderGroup(rows, to_spare, wasted, files, owner)
