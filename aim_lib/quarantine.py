"""What was cleared away and can be had back: moved by one rename, noted in a manifest, deleted when its time is up.

A manifest is a small JSON file in our state folder; the things that it tells of lie on the file system they came from.
Planned as `Change`s: whoever applies them does, undoes and logs.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from .arranged import Arranged, change, noted, notes_in
from .cache_sizes import Size
from .caches import Cache
from .listing import join
from .model import Change, Delete, Frozen, Move, Present, Step, Write
from .states import state_of
from .untouchable import is_never_touched
from .walking import QUARANTINE, is_in

KIND = "quarantine"


class Thing(Frozen, frozen=True):
    """A file or folder: where it was, and where it is."""

    path: str
    place: str


class Held(Frozen, frozen=True):
    """What was cleared together, under one `title`; since when, and until when it is kept (ISO 8601)."""

    title: str
    since: str
    until: str
    why: str
    size_bytes: int = 0
    things: tuple[Thing, ...] = ()

    @property
    def key(self) -> str:
        """Its name for good, also when a part of it has been restored."""
        return hashlib.sha256(f"{self.title}\0{self.since}".encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        return f"{self.title} #{self.key[:6]}"

    @property
    def state(self) -> str:
        return state_of("\0".join(thing.place for thing in self.things))

    @property
    def fitting(self) -> tuple[Thing, ...]:
        """What can go back: nothing is where it was."""
        return tuple(each for each in self.things if not os.path.lexists(each.path))


@dataclass(frozen=True, slots=True)
class Ward:
    """Where the manifests are, the time, and how many days things are kept."""

    folder: Path
    now: datetime
    days: int = 14

    def held(self) -> tuple[Held, ...]:
        """Everything in quarantine, by title and time.

        A manifest is written before anything is moved: what it names and is not there was never moved. One that cannot
        be read is not one of ours.
        """
        found = []
        for held in notes_in(self.folder, Held):
            there = tuple(thing for thing in held.things if os.path.lexists(thing.place))
            if there:
                found.append(msgspec.structs.replace(held, things=there))
        return tuple(sorted(found, key=lambda each: (each.title, each.since)))

    def manifest(self, held: Held) -> str:
        return str(self.folder / f"{held.key}.json")

    def kind(self) -> Arranged:
        """How each stands, for whoever applies the changes; its state says which things of it are there."""
        return Arranged(KIND, self._look)

    def _look(self) -> tuple[Present, ...]:
        return tuple(
            Present(kind=KIND, name=held.name, version=held.state, where=held.things[0].place) for held in self.held()
        )


def why_not(cache: Cache, mounts: Collection[str] = ()) -> str:
    """Why a cache is not cleaned, or ""."""
    path = cache.path
    if cache.is_kept or is_never_touched(path):
        return "it is never touched"
    if not cache.is_cleanable:
        return "only its name says that it is a cache"
    if os.path.islink(path) or not os.path.lexists(path):
        return "it is a link, or gone"
    if any(is_in(mount, path) for mount in mounts):
        return "something is mounted there"
    if not path.isprintable():
        return "its name cannot be put on record: move it by hand"
    return ""


def clearing(ward: Ward, found: Iterable[tuple[Cache, Size]], mounts: Collection[str] = ()) -> tuple[Change, ...]:
    """Move caches to quarantine, those of one name and project together; what may not be cleaned is left out."""
    together: dict[tuple[str, str], list[tuple[Cache, Size]]] = {}
    for cache, size in found:
        if not why_not(cache, mounts):
            together.setdefault((cache.project, cache.pattern), []).append((cache, size))
    return tuple(_clear(ward, project, pattern, found) for (project, pattern), found in sorted(together.items()))


def _clear(ward: Ward, project: str, pattern: str, found: Sequence[tuple[Cache, Size]]) -> Change:
    first = found[0][0]
    held = Held(
        title=first.path if len(found) == 1 else f"{len(found)} {pattern} in {project}",
        since=ward.now.isoformat(timespec="seconds"),
        until=(ward.now + timedelta(days=ward.days)).isoformat(timespec="seconds"),
        why=f"{first.tool or 'a tool'} can make it again ({first.evidence})",
        size_bytes=sum(size.size_bytes for _, size in found),
    )
    places = [_place_for(ward, held, cache, number) for number, (cache, _) in enumerate(found)]
    things = tuple(Thing(path=cache.path, place=place) for (cache, _), place in zip(found, places, strict=True))
    held = msgspec.structs.replace(held, things=things)
    do = (*_hidden(things), _written(ward, held), *(Move(source=each.path, path=each.place) for each in things))
    back = (Move(source=each.place, path=each.path) for each in reversed(things))
    undo: tuple[Step, ...] = (*back, Delete(path=ward.manifest(held)))
    return _change(held, have="", want=held.state, reason=held.why, do=do, undo=undo, event="cleared")


def _place_for(ward: Ward, held: Held, cache: Cache, number: int) -> str:
    """Where it is moved: our own folder, or on another file system a hidden one in the project."""
    name = f"{held.key}-{number}"
    ours = next(each for each in (ward.folder, *ward.folder.parents) if each.exists())
    device = os.lstat(cache.path).st_dev
    if device == ours.stat().st_dev:
        return str(ward.folder / "things" / name)
    beside = os.path.dirname(cache.path)
    folder = cache.project if os.lstat(cache.project).st_dev == device else beside
    return join(join(folder, QUARANTINE), name)


def _hidden(things: Iterable[Thing]) -> tuple[Step, ...]:
    """In a project Git is told that it is nothing of its own."""
    folders = dict.fromkeys(os.path.dirname(thing.place) for thing in things)
    ours = (folder for folder in folders if os.path.basename(folder) == QUARANTINE)
    return tuple(Write(path=join(folder, ".gitignore"), text="*\n") for folder in ours)


def _written(ward: Ward, held: Held) -> Write:
    return noted(ward.manifest(held), held)


def restoring(ward: Ward, chosen: Iterable[Held]) -> tuple[Change, ...]:
    """Move things back to where they were, those that fit there."""
    return tuple(_restore(ward, held) for held in chosen if held.fitting)


def _restore(ward: Ward, held: Held) -> Change:
    moved = held.fitting
    left = msgspec.structs.replace(held, things=tuple(each for each in held.things if each not in moved))
    note: Step = _written(ward, left) if left.things else Delete(path=ward.manifest(held))
    do = (*(Move(source=each.place, path=each.path) for each in moved), note)
    undo: tuple[Step, ...] = (
        _written(ward, held),
        *(Move(source=each.path, path=each.place) for each in reversed(moved)),
    )
    want = left.state if left.things else ""
    return _change(held, have=held.state, want=want, reason="wanted again", do=do, undo=undo, event="restored")


def purging(ward: Ward, chosen: Iterable[Held]) -> tuple[Change, ...]:
    """Delete things for good: there is no undo."""
    return tuple(_purge(ward, held) for held in chosen)


def _purge(ward: Ward, held: Held) -> Change:
    do = (*(Delete(path=each.place) for each in held.things), Delete(path=ward.manifest(held)))
    reason = f"kept until {held.until}"
    return _change(held, have=held.state, want="", reason=reason, do=do, undo=(), event="purged")


def is_due(held: Held, now: datetime) -> bool:
    """Whether its time is up."""
    return datetime.fromisoformat(held.until) <= now


def _change(
    held: Held, *, have: str, want: str, reason: str, do: tuple[Step, ...], undo: tuple[Step, ...], event: str
) -> Change:
    return change(KIND, held.name, topic="cache", have=have, want=want, reason=reason, do=do, undo=undo, event=event)
