"""Which equal files can share their blocks, and the `Change`s that bring it about and back.

Refused is whatever is not plainly the user's own: what a package manager or a program keeps, what others may write,
what has other names already. By a hard link two files become one: only those alike in mode, owner and time.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from .arranged import Arranged, change, noted, notes_in
from .digests import Group
from .model import Change, Delete, Frozen, Present, Share, Step, Unshare, Write
from .share_fitness import why_not
from .sharing import CLONE, HARDLINK, are_shared, can_clone, seen
from .states import state_of
from .walking import Tree

KIND = "shared"
TOPIC = "duplicates"
MOST_NAMES = 1000  # of one file: NTFS allows 1,023, ext4 65,000
LEAST = 4096  # bytes: less than a block frees nothing


class Shared(Frozen, frozen=True):
    """What was made to share: `paths` lie on the blocks of `source`, since when (ISO 8601), and in which way."""

    source: str
    paths: tuple[str, ...]
    way: str
    since: str
    size_bytes: int

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.source}\0{self.since}\0{self.paths[0]}".encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        return f"{self.source} #{self.key[:6]}"

    @property
    def still(self) -> tuple[str, ...]:
        """Those that do share now."""
        return tuple(path for path in self.paths if are_shared(path, self.source))


@dataclass(frozen=True, slots=True)
class Register:
    """Where it is written what shares, and the time."""

    folder: Path
    now: datetime

    def all(self) -> tuple[Shared, ...]:
        """Everything that was made to share and still does, by name; what cannot be read is not one of ours."""
        found = (each for each in notes_in(self.folder, Shared) if each.still)
        return tuple(sorted(found, key=lambda each: each.name))

    def note(self, each: Shared) -> Write:
        return noted(self._place(each), each)

    def forget(self, each: Shared) -> Delete:
        return Delete(path=self._place(each))

    def _place(self, each: Shared) -> str:
        return str(self.folder / f"{each.key}.json")

    def kind(self) -> Arranged:
        """How each stands, seen on disk: the state says which files do share."""
        return Arranged(
            KIND,
            lambda: tuple(
                Present(kind=KIND, name=each.name, version=_state(each.still), where=each.source) for each in self.all()
            ),
        )


@dataclass(slots=True)
class Sharing:
    """What can be done, and how many files are left as they are for which reason."""

    changes: list[Change] = field(default_factory=list)
    freed: int = 0
    left: Counter[str] = field(default_factory=Counter)


def sharing(tree: Tree, groups: Iterable[Group], register: Register, *, with_hardlinks: bool) -> Sharing:
    """Let the files of each group share blocks where the file system can, else be one file where that was asked for."""
    found, environments = Sharing(), dict[str, bool]()
    for group in groups:
        if group.size < LEAST:
            found.left["less than a block: nothing is to be had"] += len(group.rows) - 1
            continue
        fit: dict[str, os.stat_result] = {}
        for row in group.rows:
            why, path = why_not(tree, row, environments), tree.path(row)
            if why:
                found.left[why] += 1
            else:
                fit[path] = os.lstat(path)
        for paths in _by(fit, _device):
            _add(found, paths, fit, register, with_hardlinks=with_hardlinks)
    return found


def _add(
    found: Sharing, paths: list[str], fit: Mapping[str, os.stat_result], register: Register, *, with_hardlinks: bool
) -> None:
    if len(paths) < 2:
        return
    if can_clone(paths[1], paths[0]):
        spare = [path for path in paths[1:] if not are_shared(path, paths[0])]
        _share(found, paths[0], spare, CLONE, fit, register)
        return
    if not with_hardlinks:
        found.left["the file system shares no blocks: --hardlink makes them names of one file"] += len(paths) - 1
        return
    for members in _by({path: fit[path] for path in paths}, _likeness):
        if len(members) == 1:
            found.left["mode, owner, time or attributes are unlike those of the others"] += 1
            continue
        found.left["as many names as a file can have"] += max(0, len(members) - MOST_NAMES)
        _share(found, members[0], members[1:MOST_NAMES], HARDLINK, fit, register)


def _share(
    found: Sharing,
    source: str,
    spare: list[str],
    way: str,
    fit: Mapping[str, os.stat_result],
    register: Register,
) -> None:
    if not spare:
        return
    size = fit[source].st_size * len(spare)
    since = register.now.isoformat(timespec="seconds")
    each = Shared(source=source, paths=tuple(spare), way=way, since=since, size_bytes=size)
    marks = {path: seen(fit[path]) for path in (source, *spare)}
    shares = [Share(path=p, source=source, way=way, was=marks[p], source_was=marks[source]) for p in spare]
    undo: tuple[Step, ...] = (*(Unshare(path=path, source=source) for path in reversed(spare)), register.forget(each))
    found.freed += size
    found.changes.append(
        change(
            KIND,
            each.name,
            topic=TOPIC,
            have="",
            want=_state(each.paths),
            reason=f"{len(spare) + 1} equal files, {size} bytes to be had ({way})",
            do=(register.note(each), *shares),
            undo=undo,
            event="shared",
        )
    )


def separating(register: Register, chosen: Iterable[Shared]) -> tuple[Change, ...]:
    """Give each file blocks of its own again."""
    return tuple(
        change(
            KIND,
            each.name,
            topic=TOPIC,
            have=_state(each.still),
            want="",
            reason="wanted apart again",
            do=(*(Unshare(path=path, source=each.source) for path in each.still), register.forget(each)),
            undo=(register.note(each),),
            event="separated",
        )
        for each in chosen
    )


def _state(paths: Iterable[str]) -> str:
    return state_of("\0".join(paths))


def _by(fit: Mapping[str, os.stat_result], of: Callable[[str, os.stat_result], object]) -> list[list[str]]:
    """The paths in groups of those of which `of` says the same, each sorted."""
    alike: defaultdict[object, list[str]] = defaultdict(list)
    for path in sorted(fit):
        alike[of(path, fit[path])].append(path)
    return list(alike.values())


def _device(_path: str, found: os.stat_result) -> object:
    return found.st_dev


def _likeness(path: str, found: os.stat_result) -> object:
    """What two names of one file have in common."""
    attributes: tuple[tuple[str, bytes], ...] = ()
    if hasattr(os, "listxattr"):
        try:
            attributes = tuple((name, os.getxattr(path, name)) for name in sorted(os.listxattr(path)))
        except OSError:
            attributes = ((path, b""),)  # they cannot be compared: like no other
    return (found.st_mode, found.st_uid, found.st_gid, found.st_mtime_ns, attributes)
