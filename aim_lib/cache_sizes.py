"""What caches take on disk: asked of the disk for one, or of a walk that has seen them all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .caches import Cache
from .listing import HAS_BLOCKS, NONE, reason_of
from .walking import Tree


class Size(NamedTuple):
    """What a cache takes on disk, in bytes and files; the newest change in it, in nanoseconds since 1970."""

    size_bytes: int = 0
    files: int = 0
    newest_ns: int = 0
    failures: tuple[tuple[str, str], ...] = ()


def size_of(path: str) -> Size:
    """What lies at `path`, links not followed, a file of several names once."""
    total, files, newest = 0, 0, 0
    failures: list[tuple[str, str]] = []
    seen: set[tuple[int, int]] = set()
    stack = [path]
    while stack:
        folder = stack.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(entry.path)
                        continue
                    found = entry.stat(follow_symlinks=False)
                    if not found.st_ino:  # Windows tells which file it is only when asked for that one
                        found = os.lstat(entry.path)
                    if found.st_nlink > 1:
                        if (found.st_dev, found.st_ino) in seen:
                            continue
                        seen.add((found.st_dev, found.st_ino))
                    total += _allocated(found)
                    files += 1
                    if found.st_mtime_ns > newest:
                        newest = found.st_mtime_ns
        except OSError as error:
            if folder == path and os.path.lexists(path) and not os.path.isdir(path):  # a file; asked when it is one
                found = os.lstat(path)
                return Size(_allocated(found), 1, found.st_mtime_ns)
            failures.append((folder, reason_of(error)))
    return Size(total, files, newest, tuple(failures))


def _allocated(found: os.stat_result) -> int:
    return found.st_blocks * 512 if HAS_BLOCKS else found.st_size


def sizes_in(tree: Tree, found: Iterable[Cache]) -> Mapping[str, Size]:
    """The sizes of caches from the columns of the walk; a file alone is asked."""
    sizes: dict[str, Size] = {}
    places = {each.path: each for each in found}
    inside: list[str] = []
    for folder, parent in zip(tree.folders, tree.parents, strict=True):
        inside.append(folder if folder in places else inside[parent] if parent != NONE else "")
    totals = {path: [0, 0, 0] for path in places}
    later, blocks, times = tree.later_names, tree.allocated, tree.mtimes
    for row, home in enumerate(tree.homes):
        path = inside[home]
        if path and row not in later:
            total = totals[path]
            total[0] += blocks[row]
            total[1] += 1
            total[2] = max(total[2], times[row])
    for path, each in places.items():
        sizes[path] = Size(totals[path][0], totals[path][1], totals[path][2]) if each.is_folder else size_of(path)
    return sizes
