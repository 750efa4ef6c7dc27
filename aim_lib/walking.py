"""One pass over folder trees, in columns: every file with its identity, every folder, link, mount point and failure.

Links are never followed; of a file with several names the later ones are known as such. Nothing is opened.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .listing import NONE, Listing, Rules, join, listed, reason_of

if TYPE_CHECKING:
    from .crew import Crew

# Folders whose content a package manager or Git owns.
OWNERS = ("node_modules", "bower_components", "site-packages", "dist-packages", ".git")
QUARANTINE = ".aim-quarantine"  # where we keep what was cleared away of a project: never entered
_OWNERS = frozenset(OWNERS)
_PORTION = 2000  # entries, listed in about 10 ms: smaller ones are shared more evenly, and each costs a message


def _ints() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Tree:
    """What one walk found. A file is a row: place in `names`, `homes` (its folder), `sizes`, `devices`, `inodes`, …

    Folders are rows of their own, a parent always before its children; `parents` is NONE for a root. Sizes are
    apparent, and what is `allocated` for them on disk, in bytes; times in nanoseconds. `later_names` has for a further
    name of a file the row of its first one; `shared` are all rows with several names. `owned_by` is the outermost
    folder of `OWNERS` that a folder lies in, or NONE; `is_mixed` says that not all in a folder can be compared: a
    socket, what was excluded, what could not be read. `noted` are (folder, name, whether it is a folder) of what was to
    be noted.
    """

    folders: list[str] = field(default_factory=list)
    parents: array[int] = field(default_factory=_ints)
    owned_by: array[int] = field(default_factory=_ints)
    is_mixed: bytearray = field(default_factory=bytearray)
    names: list[str] = field(default_factory=list)
    homes: array[int] = field(default_factory=_ints)
    sizes: array[int] = field(default_factory=_ints)
    allocated: array[int] = field(default_factory=_ints)
    devices: array[int] = field(default_factory=lambda: array("Q"))
    inodes: array[int] = field(default_factory=lambda: array("Q"))
    mtimes: array[int] = field(default_factory=_ints)
    ctimes: array[int] = field(default_factory=_ints)
    shared: list[int] = field(default_factory=list)
    later_names: dict[int, int] = field(default_factory=dict)
    links: list[tuple[int, str]] = field(default_factory=list)
    noted: list[tuple[int, str, bool]] = field(default_factory=list)
    special: int = 0
    excluded: int = 0
    mounts: list[str] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def path(self, row: int) -> str:
        """The path of a file, as the system has it."""
        return join(self.folders[self.homes[row]], self.names[row])


def walk(roots: Iterable[str], rules: Rules, crew: Crew | None = None) -> Tree:
    """Walk `roots`, absolute paths; one that lies in another is walked once. A root that is no folder is a failure.

    A `crew` shares the work.
    """
    tree, portions = Tree(), []
    for root in outermost(roots):
        try:
            portions.append(_Portion((root,), os.stat(root).st_dev, None, ()))
        except OSError as error:
            tree.failures.append((root, reason_of(error)))
    (crew.do if crew else _do_alone)(_Listers(rules), portions)
    assembly, waiting = _Assembly(tree), portions[::-1]
    while waiting:
        portion = waiting.pop()
        assembly.add(portion)
        waiting += reversed(portion.below)
    tree.owned_by.extend(_owners(tree.folders, tree.parents))
    return tree


def _do_alone(listers: _Listers, portions: Iterable[_Portion]) -> None:
    waiting = list(portions)
    while waiting:
        portion = waiting.pop()
        waiting += listers.done(portion, listers.here(portion))


def outermost(roots: Iterable[str]) -> tuple[str, ...]:
    """`roots` without repetitions, links in them, and those that lie in another; also those that are not there."""
    kept: list[str] = []
    for root in sorted({os.path.realpath(root) for root in roots}):
        if not any(is_in(root, other) for other in kept):
            kept.append(root)
    return tuple(kept)


def is_in(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies in it, by their parts: `cache2` is not in `cache`."""
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


class _Portion:
    """Folders to list, at their rows in what `above` has listed, or roots; and what came of it."""

    __slots__ = ("above", "below", "device", "folders", "listing", "places", "rows")

    def __init__(self, folders: Sequence[str], device: int, above: _Portion | None, places: Sequence[int]) -> None:
        self.folders, self.device, self.above, self.places = folders, device, above, places
        self.listing: Listing | None = None
        self.below: tuple[_Portion, ...] = ()
        self.rows: Sequence[int] = ()  # in the tree, of all folders that it knows


class _Listers:
    """Lists portions, as the work of a crew. What comes of one is the same whoever lists it, and so is the order."""

    def __init__(self, rules: Rules) -> None:
        self._rules, self._told, self._seen = rules, rules.told(), 0

    def size(self) -> int:
        return self._seen if self._told else 0

    def here(self, job: _Portion) -> Listing:
        return listed(job.folders, job.device, self._rules, _PORTION)

    def question(self, job: _Portion) -> tuple[object, ...]:
        return "list", job.folders, job.device, self._told, _PORTION

    def done(self, job: _Portion, answer: Any) -> Iterable[_Portion]:
        job.listing = found = answer if isinstance(answer, Listing) else Listing.heard(answer)
        self._seen += found.counts[2]
        # Every second one: those at the end lie deepest, and have less below.
        halves = (found.left[::2], found.left[1::2])
        job.below = tuple(self._portion(job, found, half) for half in halves if half)
        return reversed(job.below)

    def _portion(self, above: _Portion, found: Listing, rows: Sequence[int]) -> _Portion:
        first = len(above.folders)
        paths = [above.folders[row] if row < first else found.folders[row - first] for row in rows]
        return _Portion(paths, above.device, above, rows)


class _Assembly:
    """Puts listings together, in an order that depends on the tree alone."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._first: dict[tuple[int, int], int] = {}
        self._names: dict[str, str] = {}

    def add(self, portion: _Portion) -> None:
        tree, found = self._tree, portion.listing
        if found is None:
            raise ValueError("it is not listed yet")
        rows = [portion.above.rows[place] for place in portion.places] if portion.above else [self._root(portion)]
        rows += range(len(tree.folders), len(tree.folders) + len(found.folders))
        portion.rows, portion.listing = rows, None
        tree.folders += found.folders
        tree.parents.extend([rows[parent] for parent in found.parents])
        first = len(tree.names)
        tree.names += map(self._names.setdefault, found.names, found.names)
        for home, count in found.runs:
            tree.homes.extend([rows[home]] * count)
        columns = (tree.sizes, tree.allocated, tree.devices, tree.inodes, tree.mtimes, tree.ctimes)
        for column, values in zip(columns, found.columns, strict=True):
            column.frombytes(memoryview(values).cast("B"))
        self._add_others(found, rows)
        for place in found.shared:
            self._add_shared(first + place)

    def _root(self, portion: _Portion) -> int:
        self._tree.folders += portion.folders
        self._tree.parents.append(NONE)
        return len(self._tree.folders) - 1

    def _add_others(self, found: Listing, rows: Sequence[int]) -> None:
        tree = self._tree
        tree.is_mixed.extend(bytes(len(tree.folders) - len(tree.is_mixed)))
        for home in found.mixed:
            tree.is_mixed[rows[home]] = 1
        tree.links += [(rows[home], name) for home, name in found.links]
        tree.noted += [(rows[home], name, is_folder) for home, name, is_folder in found.noted]
        tree.mounts += found.mounts
        tree.failures += found.failures
        tree.special += found.counts[0]
        tree.excluded += found.counts[1]

    def _add_shared(self, row: int) -> None:
        """A file that has several names."""
        tree = self._tree
        tree.shared.append(row)
        before = self._first.setdefault((tree.devices[row], tree.inodes[row]), row)
        if before != row:
            tree.later_names[row] = before


def _owners(folders: Sequence[str], parents: Sequence[int]) -> Iterator[int]:
    """For each folder the outermost of `OWNERS` that it is or lies in."""
    owners: list[int] = []
    for row, (folder, parent) in enumerate(zip(folders, parents, strict=True)):
        owner = owners[parent] if parent != NONE else NONE
        if owner == NONE and os.path.basename(folder) in _OWNERS:
            owner = row
        owners.append(owner)
        yield owner


def mount_points(mountinfo: str = "/proc/self/mountinfo") -> frozenset[str] | None:
    """Where file systems are mounted, by Linux's own table (proc(5)); None where there is none to read."""
    try:
        with open(mountinfo, "rb") as file:
            fields = [line.split(b" ") for line in file]
    except OSError:
        return None
    escapes: Mapping[bytes, bytes] = {rb"\040": b" ", rb"\011": b"\t", rb"\012": b"\n", rb"\134": b"\\"}
    found = set()
    for each in fields:
        place = each[4]
        for written, meant in escapes.items():
            place = place.replace(written, meant)
        found.add(os.fsdecode(place))
    return frozenset(found)


def broken_links(tree: Tree) -> list[str]:
    """Links that lead nowhere, or in a circle, sorted."""
    return sorted(path for path in (join(tree.folders[home], name) for home, name in tree.links) if not _leads(path))


def _leads(path: str) -> bool:
    try:
        os.stat(path)
    except PermissionError:
        return True  # it leads where we may not look
    except OSError:
        return False
    return True
