"""Watches folders for good: sweeps them at a pace that costs next to nothing, sooner when something is told.

A sweep is the truth. What the system tells of changes only wakes it early, for the folders it names; when something of
that was lost, when the machine has slept, and every so often anyway, everything is looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import cache_sizes, caches
from .caches import BY_NAME, Cache, Kind
from .hints import Hints
from .inotify import Told
from .sweeping import View
from .swept import Swept
from .untouchable import ENVIRONMENTS
from .walking import is_in

SHARE = 0.005  # of one core: so much may sweeps take when nothing happens
SHORTEST_S, LONGEST_S = 2.0, 300.0
FEW = 20  # one of so many folders was listed, or fewer: little has happened
GATHER_S = 0.2  # what comes together is looked at together
JUMP_S = 5.0  # the clock and the time that we were awake differ so much: the machine slept, or its clock was set


@dataclass(frozen=True, slots=True)
class Times:
    """The clocks, handed in: of the wall in nanoseconds; of our being awake, and of our work, in seconds."""

    wall_ns: Callable[[], int]
    awake_s: Callable[[], float]
    cpu_s: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look found. `files` are those of the ones to be watched that have changed; `notes` are for people."""

    swept: Swept
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    is_whole: bool = True


@dataclass(slots=True)
class Watcher:
    """Who watches `view`; single `files`, such as an aim.toml, beside it."""

    view: View
    hints: Hints
    times: Times
    files: tuple[Path, ...] = ()
    interval_s: float = SHORTEST_S
    stamps: dict[Path, tuple[int, ...]] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    awake: float = 0.0
    wall: float = 0.0

    def look(self) -> Seen:
        """Look at everything, now."""
        began = self.times.cpu_s()
        swept = self.view.sweep(self.times.wall_ns(), self.hints.add)
        self._let_go(swept)
        self.hints.again()
        cost = self.times.cpu_s() - began
        if swept.reads * FEW <= len(self.view.folders):  # else it says nothing of what a quiet one costs
            self.interval_s = pace(cost)
        return Seen(swept, self._changed_files(), self._notes())

    def watch(self) -> Iterator[Seen]:
        """Look, and again whenever it is time, or sooner; without end."""
        for file in self.files:
            self.stamps[file] = stamp_of(file)
            self.hints.add(str(file.parent))
        self._set_clocks()
        yield self.look()
        due = self.times.awake_s() + self.interval_s
        while True:
            told = self.hints.wait(due - self.times.awake_s())
            if told.folders and not told.is_overflow:
                rest = self._gather()
                told = Told(told.folders | rest.folders, rest.is_overflow)
            reasons = ["changes came too fast and were lost: everything is looked at again"] * told.is_overflow
            reasons += ["the clock jumped, or the machine slept: everything is looked at again"] * self._has_jumped()
            if reasons or self.times.awake_s() >= due:
                seen = self.look()
                yield Seen(seen.swept, seen.files, (*reasons, *seen.notes))
                due = self.times.awake_s() + self.interval_s
            elif told.folders:
                swept = self.view.look_at(sorted(told.folders), self.times.wall_ns(), self.hints.add)
                self._let_go(swept)
                yield Seen(swept, self._changed_files(), self._notes(), is_whole=False)

    def _gather(self) -> Told:
        """What is told in the next moment, too."""
        end, told = self.times.awake_s() + GATHER_S, Told()
        while (left := end - self.times.awake_s()) > 0:
            more = self.hints.wait(left)
            told.folders |= more.folders
            told.is_overflow |= more.is_overflow
            if more.is_overflow:
                break
        return told

    def _let_go(self, swept: Swept) -> None:
        for folder in swept.removed:
            if folder not in self.view.folders:
                self.hints.remove(folder)

    def _changed_files(self) -> tuple[Path, ...]:
        changed = []
        for file in self.files:
            now = stamp_of(file)
            if self.stamps.get(file, now) != now:
                changed.append(file)
            self.stamps[file] = now
        return tuple(changed)

    def _notes(self) -> tuple[str, ...]:
        """What has to be said and was not said yet; what is over may be said again."""
        now = {*self.hints.notes(), *(f"{path}: {why}" for path, why in self.view.failures.items())}
        back = {f"{line.split(': ')[0]} is back" for line in self.said - now if line.split(": ")[0] in self.view.roots}
        new, self.said = now - self.said, now
        return (*sorted(new), *sorted(back))

    def _set_clocks(self) -> None:
        self.awake, self.wall = self.times.awake_s(), self.times.wall_ns() / 1e9

    def _has_jumped(self) -> bool:
        awake, wall = self.awake, self.wall
        self._set_clocks()
        return abs((self.wall - wall) - (self.awake - awake)) > JUMP_S


def pace(cost_s: float) -> float:
    """Seconds from one sweep to the next, by the CPU time of one: the more folders, the rarer."""
    return min(LONGEST_S, max(SHORTEST_S, cost_s / SHARE))


def stamp_of(file: Path) -> tuple[int, ...]:
    """What tells one state of a file from another; () when it is not there."""
    try:
        found = file.stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@dataclass(slots=True)
class Sighted:
    """The caches of a view, by path. `unsure` are folders whose caches may yet turn out to be more than a name."""

    kinds: tuple[Kind, ...]
    known: dict[str, Cache] = field(default_factory=dict)
    homes: dict[str, set[str]] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    environments: set[str] = field(default_factory=set)

    def update(self, view: View, swept: Swept) -> tuple[Cache, ...]:
        """The caches that are new by this sweep, or of which more is known now."""
        for folder in swept.removed:
            self._forget(folder)
            self.environments.discard(folder)
        chosen = {*swept.listed, *self.unsure} & view.folders.keys()
        if not chosen:
            return ()
        found = self._found(view, chosen)
        tagged = {each.path for listed in found.values() for each in listed}
        turned = [folder for folder in chosen if (folder in self.known) != (folder in tagged)]
        environments = {folder for folder in chosen if _is_environment(view, folder)}
        turned += [folder for folder in chosen if (folder in self.environments) != (folder in environments)]
        self.environments = (self.environments - chosen) | environments
        if turned and len(chosen) < len(view.folders):
            # A folder that is tagged is one cache with all that is in it, and in an environment there are none: what
            # lies below is no longer one, or again.
            chosen |= {place for place in view.folders if any(is_in(place, folder) for folder in turned)}
            found = self._found(view, chosen)
        new = []
        for folder in chosen:
            before = {path: self.known[path] for path in self.homes.get(folder, ())}
            self._forget(folder)
            for each in found.get(folder, ()):
                self.known[each.path] = each
                self.homes.setdefault(folder, set()).add(each.path)
                if before.get(each.path) != each:
                    new.append(each)
            if self._is_unsure(view, folder):
                self.unsure.add(folder)
        return tuple(sorted(new, key=lambda each: each.path))

    def _found(self, view: View, chosen: Iterable[str]) -> dict[str, list[Cache]]:
        """The caches in the folders `chosen`, by the folder that each is noted in."""
        found: dict[str, list[Cache]] = {}
        for each in caches.found_in(view.tree(chosen), self.kinds):
            found.setdefault(self._home_of(each, view), []).append(each)
        return found

    def _home_of(self, cache: Cache, view: View) -> str:
        """The folder of the view in which its name, or the first part of it, was noted."""
        place = cache.path if cache.path in view.folders else os.path.dirname(cache.path)
        while place not in view.folders:
            place = os.path.dirname(place)
        return place

    def _is_unsure(self, view: View, folder: str) -> bool:
        firsts = {kind.parts[0] for kind in self.kinds if len(kind.parts) > 1}
        has_parts = any(name in firsts for name, _ in view.folders[folder].noted)
        return has_parts or any(self.known[path].evidence == BY_NAME for path in self.homes.get(folder, ()))

    def _forget(self, folder: str) -> None:
        for path in self.homes.pop(folder, ()):
            self.known.pop(path, None)
        self.unsure.discard(folder)


def _is_environment(view: View, folder: str) -> bool:
    return any(name in ENVIRONMENTS for name, _ in view.folders[folder].noted)


def is_quiet(path: str, now_ns: int, quiet_s: float) -> bool:
    """Whether nothing has changed in the cache `path` for `quiet_s`: no tool is at work there."""
    try:
        newest = max(os.lstat(path).st_mtime_ns, cache_sizes.size_of(path).newest_ns)
    except OSError:
        return False
    return now_ns - newest > quiet_s * 1e9
