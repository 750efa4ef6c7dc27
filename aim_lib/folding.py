"""Many equal files as few things to look at: the largest folders that are equal as a whole, and whose the rest is.

Every wasted byte is counted once: in a folder group, with the owner of the place where it lies, or in a file group.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from .digests import Group
from .walking import NONE, Tree, join

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


@dataclass(frozen=True, slots=True)
class FileGroup:
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
    folder_bytes, folder_files = [0] * len(alike), [0] * len(alike)
    owned: dict[str, Owned] = {}
    left: list[FileGroup] = []
    homes, owned_by = tree.homes, tree.owned_by
    for group in groups:
        size, wasted, files = group.size, 0, 0
        for row in _spare_copies(tree, group, top, spare):
            home = homes[row]
            around, owner = top[home], owned_by[home]
            number = spare.get(around) if around != NONE else None
            if number is not None:
                folder_bytes[number] += size
                folder_files[number] += 1
            elif owner == NONE:
                wasted += size
                files += 1
            if owner != NONE and (number is None or owned_by[around] != NONE):
                _add_owned(tree, owned, owner, size, is_loose=number is None)
        if files:
            left.append(FileGroup(group, wasted, files))
    folders = [
        _folder_group(tree, rows, spare, folder_bytes[number], folder_files[number])
        for number, rows in enumerate(alike)
        if folder_bytes[number]
    ]
    return Folded(
        tuple(sorted(folders, key=lambda each: (-each.wasted, tree.folders[each.folders[0]]))),
        tuple(sorted(owned.values(), key=lambda each: (-each.wasted, each.owner))),
        tuple(sorted(left, key=lambda each: (-each.wasted, each.group.digest))),
    )


def _folder_group(tree: Tree, rows: tuple[int, ...], spare: dict[int, int], wasted: int, files: int) -> FolderGroup:
    to_spare = tuple(row for row in rows if row in spare)
    owners = {tree.owned_by[row] for row in to_spare}
    owner = os.path.basename(tree.folders[min(owners)]) if NONE not in owners else ""
    return FolderGroup(rows, to_spare, wasted, files, owner)


def _spare_copies(tree: Tree, group: Group, top: Sequence[int], spare: dict[int, int]) -> list[int]:
    """All but the one that is to stay: nobody's else first, and not in a folder that is spare itself."""
    rows = list(group.rows)
    place = min(range(len(rows)), key=lambda each: _rank(tree, rows[each], top, spare))
    del rows[place]
    return rows


def _rank(tree: Tree, row: int, top: Sequence[int], spare: dict[int, int]) -> int:
    home = tree.homes[row]
    return 2 * (top[home] in spare) + (tree.owned_by[home] != NONE)


def _add_owned(tree: Tree, owned: dict[str, Owned], owner: int, size: int, *, is_loose: bool) -> None:
    path = tree.folders[owner]
    name = os.path.basename(path)
    found = owned.get(name)
    if found is None:
        found = owned[name] = Owned(name)
    found.wasted += size
    found.loose += size * is_loose
    found.files += 1
    found.places.add(owner)
