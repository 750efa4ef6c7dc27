"""One pass over folder trees, in columns: every file with its identity, every folder, link, mount point and failure.

Links are never followed; of a file with several names the later ones are known as such. Nothing is opened.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

NONE = -1
# Folders whose content a package manager or Git owns.
OWNERS = ("node_modules", "bower_components", "site-packages", "dist-packages", ".git")
QUARANTINE = ".aim-quarantine"  # where we keep what was cleared away of a project: never entered
_OWNERS = frozenset(OWNERS)
# By a handle each file is found from its folder, not from the root again: an eighth of the time of a walk.
_BY_HANDLE = os.scandir in os.supports_fd
_INODE = 2**64 - 1  # those of ReFS have 128 bits
_HAS_BLOCKS = hasattr(os.stat_result, "st_blocks")
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


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


@dataclass(frozen=True, slots=True)
class Rules:
    """What to leave out and what to note.

    `is_excluded` is asked with a name and a whole path; None excludes nothing. `noted` are names of entries that are
    remembered, with their folder and whether they are folders. Those of `pruned` are not walked. `mounts` are the mount
    points of the machine, which are not crossed; None: those are folders on another device, which is slower to see.
    Without `files` none but the noted ones are told, and none is asked for its size.
    """

    is_excluded: Callable[[str, str], bool] | None = None
    noted: Collection[str] = frozenset()
    pruned: Collection[str] = frozenset()
    mounts: Collection[str] | None = frozenset()
    files: bool = True


def walk(roots: Iterable[str], rules: Rules) -> Tree:
    """Walk `roots`, absolute paths; one that lies in another is walked once. A root that is no folder is a failure."""
    tree = Tree()
    first: dict[tuple[int, int], int] = {}
    for root in outermost(roots):
        try:
            device = os.stat(root).st_dev
        except OSError as error:
            tree.failures.append((root, reason_of(error)))
            continue
        _add_folder(tree, root, os.path.basename(root), NONE)
        _walk_below(tree, len(tree.folders) - 1, device, rules, first)
    return tree


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


def join(folder: str, name: str) -> str:
    """As os.path.join, for a folder and a plain name."""
    return f"{folder}{name}" if folder.endswith(os.sep) else f"{folder}{os.sep}{name}"


def reason_of(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _add_folder(tree: Tree, path: str, name: str, parent: int) -> int:
    row = len(tree.folders)
    tree.folders.append(path)
    tree.parents.append(parent)
    owner = tree.owned_by[parent] if parent != NONE else NONE
    if owner == NONE and name in _OWNERS:
        owner = row
    tree.owned_by.append(owner)
    tree.is_mixed.append(0)
    return row


def _walk_below(tree: Tree, root: int, device: int, rules: Rules, first: dict[tuple[int, int], int]) -> None:
    """The one hot loop: what it touches is in local names, and each entry is asked as little as can be."""
    is_excluded, noted, pruned, mounts = rules.is_excluded, rules.noted, rules.pruned, rules.mounts
    names, with_files = tree.names.append, rules.files
    seen: dict[str, str] = {}  # equal names are one string: a tree has many an __init__.py
    one_name, scandir, folders = seen.setdefault, os.scandir, tree.folders
    stack = [root]
    while stack:
        home = stack.pop()
        folder, handle = folders[home], NONE
        try:
            handle = os.open(folder, _FOLDER) if _BY_HANDLE else NONE
            with scandir(handle if _BY_HANDLE else folder) as found:
                entries = list(found)
        except OSError as error:
            tree.failures.append((folder, reason_of(error)))
            tree.is_mixed[home] = 1
            entries = []
        files: list[os.stat_result] = []
        looked = files.append
        for entry in entries:
            name = entry.name
            if is_excluded is not None and is_excluded(name, join(folder, name)):
                tree.excluded += 1
                tree.is_mixed[home] = 1
                continue
            if name in noted:
                tree.noted.append((home, name, entry.is_dir(follow_symlinks=False)))
                if name in pruned:
                    tree.is_mixed[home] = 1
                    continue
            try:
                if entry.is_file(follow_symlinks=False):
                    if not with_files:
                        continue
                    found_ = entry.stat(follow_symlinks=False)
                    if not found_.st_ino:  # Windows tells which file it is only when asked for that one
                        found_ = os.lstat(join(folder, name))
                    if found_.st_nlink > 1:
                        _add_shared(tree, found_, first)
                    names(one_name(name, name))
                    looked(found_)
                elif entry.is_dir(follow_symlinks=False):
                    path = join(folder, name)
                    if _is_mount(path, device, mounts):
                        tree.mounts.append(path)
                        tree.is_mixed[home] = 1
                    else:
                        stack.append(_add_folder(tree, path, name, home))
                elif entry.is_symlink():
                    tree.links.append((home, name))
                else:
                    tree.special += 1
                    tree.is_mixed[home] = 1
            except OSError as error:
                tree.failures.append((join(folder, name), reason_of(error)))
                tree.is_mixed[home] = 1
        if handle != NONE:
            os.close(handle)
        if files:
            _add_files(tree, home, files)


def _add_files(tree: Tree, home: int, files: list[os.stat_result]) -> None:
    """Fill the columns for the files of one folder, whose names are in already: by columns is a fifth faster."""
    tree.homes.extend([home] * len(files))
    tree.sizes.extend([each.st_size for each in files])
    tree.allocated.extend([each.st_blocks * 512 for each in files] if _HAS_BLOCKS else [each.st_size for each in files])
    tree.devices.extend([each.st_dev for each in files])
    tree.inodes.extend([each.st_ino & _INODE for each in files])
    tree.mtimes.extend([each.st_mtime_ns for each in files])
    tree.ctimes.extend([each.st_ctime_ns for each in files])


def _add_shared(tree: Tree, found: os.stat_result, first: dict[tuple[int, int], int]) -> None:
    """Note that the file that comes next has several names."""
    row = len(tree.names)
    tree.shared.append(row)
    before = first.setdefault((found.st_dev, found.st_ino), row)
    if before != row:
        tree.later_names[row] = before


def _is_mount(path: str, device: int, mounts: Collection[str] | None) -> bool:
    if mounts is not None:
        return path in mounts
    found = os.lstat(path)  # on Windows the entry itself does not know the device
    is_junction = bool(getattr(found, "st_reparse_tag", 0))
    return is_junction or found.st_dev != device


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
