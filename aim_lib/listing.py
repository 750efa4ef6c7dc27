"""What lies below some folders, in columns: the hot loop of a walk, in portions that any process can do.

Nothing is imported here that takes longer than it takes to list some thousand files: a helper starts with this.
"""

from __future__ import annotations

import os
from array import array

TYPE_CHECKING = False  # not typing's: its import is a third of a helper's start
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import Any

NONE = -1
# By a handle each file is found from its folder, not from the root again: an eighth of the time of a walk.
BY_HANDLE = os.scandir in os.supports_fd
_INODE = 2**64 - 1  # those of ReFS have 128 bits
HAS_BLOCKS = hasattr(os.stat_result, "st_blocks")
FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
COLUMNS = "qqQQqq"  # size, allocated, device, inode, mtime, ctime


class Excluded:
    """Leaves out what one of two regular expressions matches: of names, of whole paths with slashes; "" matches none.

    It can be told to another process.
    """

    __slots__ = ("_names", "_paths", "told")

    def __init__(self, names: str, paths: str) -> None:
        import re

        self.told = (names, paths)
        self._names = re.compile(names).match if names else None
        self._paths = re.compile(paths).match if paths else None

    def __call__(self, name: str, path: str) -> bool:
        return bool((self._names and self._names(name)) or (self._paths and self._paths(path.replace(os.sep, "/"))))


class Rules:
    """What to leave out and what to note.

    `is_excluded` is asked with a name and a whole path; None excludes nothing. `noted` are names of entries that are
    remembered, with their folder and whether they are folders. Those of `pruned` are not walked. `mounts` are the mount
    points of the machine, which are not crossed; None: those are folders on another device, which is slower to see.
    Without `files` none but the noted ones are told, and none is asked for its size.
    """

    __slots__ = ("files", "is_excluded", "mounts", "noted", "pruned")

    def __init__(
        self,
        is_excluded: Callable[[str, str], bool] | None = None,
        noted: Collection[str] = frozenset(),
        pruned: Collection[str] = frozenset(),
        mounts: Collection[str] | None = frozenset(),
        files: bool = True,
    ) -> None:
        self.is_excluded, self.noted, self.pruned, self.mounts, self.files = is_excluded, noted, pruned, mounts, files

    def told(self) -> tuple[object, ...] | None:
        """As another process can hear it; None where only this one can ask what is excluded."""
        if not isinstance(self.is_excluded, Excluded | None):
            return None
        excluded = self.is_excluded and self.is_excluded.told
        mounts = None if self.mounts is None else frozenset(self.mounts)
        return excluded, frozenset(self.noted), frozenset(self.pruned), mounts, self.files

    @classmethod
    def heard(cls, told: Any) -> Rules:
        excluded, *others = told
        return cls(excluded and Excluded(*excluded), *others)


class Listing:
    """What was found below some folders, in plain values, which marshal can write.

    Folders are rows: first those that were to be listed, then the new `folders`, in the order of `parents`; `left`
    are those not listed yet. Files have `names` and six columns: `runs` says of a folder how many files come of it,
    one after the other. `mixed`, `links` and the others are as a tree has them.
    """

    folders: list[str]
    parents: list[int]
    left: list[int]
    mixed: list[int]
    names: list[str]
    runs: list[tuple[int, int]]
    columns: list[Any]
    shared: list[int]
    links: list[tuple[int, str]]
    noted: list[tuple[int, str, bool]]
    mounts: list[str]
    failures: list[tuple[str, str]]
    counts: list[int]  # what is neither file nor folder nor link; what was excluded; what was seen at all
    __slots__ = tuple(__annotations__)

    def __init__(self) -> None:
        for name in self.__slots__:
            setattr(self, name, [])
        self.columns = [array(code) for code in COLUMNS]
        self.counts = [0, 0, 0]

    def told(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    @classmethod
    def heard(cls, told: Any) -> Listing:
        """Raises ValueError or TypeError for what is no listing."""
        listing = cls()
        for name, value in zip(cls.__slots__, told, strict=True):
            if not isinstance(value, list):
                raise TypeError(name)
            setattr(listing, name, value)
        return listing


def listed(folders: Sequence[str], device: int, rules: Rules, most: int) -> Listing:
    """What is below `folders`, all on `device`, until `most` entries and more were seen: the rest is `left`.

    The hot loop: what it touches is in local names, and each entry is asked as little as can be.
    """
    found = Listing()
    is_excluded, noted, pruned, mounts = rules.is_excluded, rules.noted, rules.pruned, rules.mounts
    names, with_files, scandir = found.names.append, rules.files, os.scandir
    seen: dict[str, str] = {}  # equal names are one string: a tree has many an __init__.py
    one_name, special, excluded, count = seen.setdefault, 0, 0, 0
    paths, mixed = list(folders), found.mixed
    stack = list(range(len(paths) - 1, -1, -1))
    while stack and count < most:
        home = stack.pop()
        folder, handle = paths[home], NONE
        try:
            handle = os.open(folder, FOLDER) if BY_HANDLE else NONE
            with scandir(handle if BY_HANDLE else folder) as entered:
                entries = list(entered)
        except OSError as error:
            found.failures.append((folder, reason_of(error)))
            mixed.append(home)
            entries = []
        count += len(entries)
        files: list[os.stat_result] = []
        looked = files.append
        for entry in entries:
            name = entry.name
            if is_excluded is not None and is_excluded(name, join(folder, name)):
                excluded += 1
                mixed.append(home)
                continue
            if name in noted:
                found.noted.append((home, name, entry.is_dir(follow_symlinks=False)))
                if name in pruned:
                    mixed.append(home)
                    continue
            try:
                if entry.is_file(follow_symlinks=False):
                    if not with_files:
                        continue
                    about = entry.stat(follow_symlinks=False)
                    if not about.st_ino:  # Windows tells which file it is only when asked for that one
                        about = os.lstat(join(folder, name))
                    names(one_name(name, name))
                    if about.st_nlink > 1:
                        found.shared.append(len(found.names) - 1)
                    looked(about)
                elif entry.is_dir(follow_symlinks=False):
                    path = join(folder, name)
                    if _is_mount(path, device, mounts):
                        found.mounts.append(path)
                        mixed.append(home)
                    else:
                        stack.append(len(paths))
                        paths.append(path)
                        found.parents.append(home)
                elif entry.is_symlink():
                    found.links.append((home, name))
                else:
                    special += 1
                    mixed.append(home)
            except OSError as error:
                found.failures.append((join(folder, name), reason_of(error)))
                mixed.append(home)
        if handle != NONE:
            os.close(handle)
        if files:
            found.runs.append((home, len(files)))
            _add_files(found.columns, files)
    found.folders, found.left, found.counts = paths[len(folders) :], stack[::-1], [special, excluded, count]
    return found


def _add_files(columns: Sequence[array[int]], files: Sequence[os.stat_result]) -> None:
    """The files of one folder at once: by columns is a fifth faster."""
    sizes, allocated, devices, inodes, mtimes, ctimes = columns
    sizes.extend([each.st_size for each in files])
    allocated.extend([each.st_blocks * 512 for each in files] if HAS_BLOCKS else [each.st_size for each in files])
    devices.extend([each.st_dev for each in files])
    inodes.extend([each.st_ino & _INODE for each in files])
    mtimes.extend([each.st_mtime_ns for each in files])
    ctimes.extend([each.st_ctime_ns for each in files])


def _is_mount(path: str, device: int, mounts: Collection[str] | None) -> bool:
    if mounts is not None:
        return path in mounts
    found = os.lstat(path)  # on Windows the entry itself does not know the device
    is_junction = bool(getattr(found, "st_reparse_tag", 0))
    return is_junction or found.st_dev != device


def join(folder: str, name: str) -> str:
    """As os.path.join, for a folder and a plain name."""
    return f"{folder}{name}" if folder.endswith(os.sep) else f"{folder}{os.sep}{name}"


def reason_of(error: OSError) -> str:
    return error.strerror or type(error).__name__
