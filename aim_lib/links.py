"""Caches that live in the central folder while a link stands where their tools look for them, and back.

Only for what no variable can tell its tool. Each link has a small manifest in our state folder: by it they are known
and taken back. Planned as `Change`s; a program of its own does them (`platforms/_folders`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from .arranged import Arranged, change, noted, notes_in
from .caches import Cache
from .excludes import Repository, line_for, repository_of
from .host import Host
from .knobs import project_folder
from .model import Change, Delete, Frozen, Present, Step, Write
from .platforms import folder_step
from .platforms._folders import is_link_to
from .states import state_of
from .untouchable import is_never_touched
from .walking import is_in

KIND = "cache-link"
TOPIC = "cache"
# Seen to work through a link, tests of ours included; mypy and ruff fail when it leads nowhere, which is mended.
LINKABLE = frozenset({".mypy_cache", ".pytest_cache", ".hypothesis", ".ruff_cache", ".pytype", ".parcel-cache"})
LINKED, DANGLING, REPLACED, AWAY = "linked", "leads nowhere", "replaced", "link gone"


class Linked(Frozen, frozen=True):
    """A cache at `store` whose place is `path`; `exclude` is the file of Git that has `line` for it, "" without Git."""

    path: str
    store: str
    exclude: str = ""
    line: str = ""

    @property
    def key(self) -> str:
        return hashlib.sha256(self.path.encode("utf-8", "surrogateescape")).hexdigest()[:16]

    @property
    def stand(self) -> str:
        """How it is on disk, one of the four words; "" when neither link nor cache is there."""
        if is_link_to(self.path, self.store):
            return LINKED if os.path.isdir(self.store) else DANGLING
        if os.path.lexists(self.path):
            return REPLACED
        return AWAY if os.path.isdir(self.store) else ""


@dataclass(frozen=True, slots=True)
class Links:
    """The links of this user: their manifests in `folder`."""

    folder: Path
    host: Host

    def all(self) -> tuple[Linked, ...]:
        """Every link that a manifest tells of, whatever has become of it, by path."""
        return tuple(sorted(notes_in(self.folder, Linked), key=lambda each: each.path))

    def manifest(self, linked: Linked) -> str:
        return str(self.folder / f"{linked.key}.json")

    def kind(self) -> Arranged:
        return Arranged(KIND, self._look)

    def _look(self) -> tuple[Present, ...]:
        return tuple(
            Present(kind=KIND, name=each.path, version=_state(each, each.stand), where=each.path) for each in self.all()
        )


def why_not(cache: Cache, central: Path, mounts: Collection[str] = ()) -> str:
    """Why a cache is not moved to `central`, or ""; what Git has committed of it is not asked here."""
    path = cache.path
    if cache.is_kept or is_never_touched(path):
        return "it is never touched"
    if cache.pattern not in LINKABLE or not cache.is_folder:
        return "its tool cannot be told another place, nor is it known to bear a link"
    if not cache.is_cleanable:
        return "only its name says that it is a cache"
    if any(is_in(mount, path) for mount in mounts):
        return "something is mounted there"
    if not path.isprintable():
        return "its name cannot be put on record"
    if os.lstat(path).st_dev != os.stat(_existing(central)).st_dev:
        return "it is on another file system than the central folder"
    return ""


def wanted_link(cache: Cache, central: Path) -> Linked:
    """The link that is to stand for a cache."""
    path = Path(cache.path)
    inside = path.relative_to(cache.project) if path.is_relative_to(cache.project) else Path(path.name)
    store = project_folder(central, Path(cache.project)) / inside
    repository = repository_of(path)
    exclude, line = (str(repository.exclude), line_for(path, repository)) if repository else ("", "")
    return Linked(path=cache.path, store=str(store), exclude=exclude, line=line)


def repository(linked: Linked) -> Repository | None:
    return repository_of(Path(linked.path))


def linking(links: Links, wanted: Iterable[Linked], after: Iterable[str]) -> tuple[Change, ...]:
    """Move caches to their stores and link them; `after` are the changes that tell Git of it first."""
    known, made = {each.path: each for each in links.all()}, []
    for each in wanted:
        have = known.get(each.path)
        steps = (_written(links, each), folder_step(links.host, "link", each.path, each.store))
        back = _written(links, have) if have else Delete(path=links.manifest(each))
        undo = (folder_step(links.host, "unlink", each.path, each.store), back)
        before = _state(have, have.stand) if have else ""
        made.append(
            change(
                KIND,
                each.path,
                topic=TOPIC,
                have=before,
                want=_state(each, LINKED),
                reason="where caches belong",
                do=steps,
                undo=undo,
                event="linked",
                after=after,
            )
        )
    return tuple(made)


def mending(links: Links, chosen: Iterable[Linked]) -> tuple[Change, ...]:
    """Give links that lead nowhere an empty folder: without one mypy and ruff fail outright."""
    made = []
    for each in chosen:
        steps = (folder_step(links.host, "mend", each.path, each.store),)
        made.append(
            change(
                KIND,
                each.path,
                topic=TOPIC,
                have=_state(each, DANGLING),
                want=_state(each, LINKED),
                reason=DANGLING,
                do=steps,
                undo=(Delete(path=each.store),),
                event="linked",
            )
        )
    return tuple(made)


def unlinking(links: Links, chosen: Iterable[Linked], reason: str = "wanted again") -> tuple[Change, ...]:
    """Move caches back to where they were; where a tool has made a folder of its own meanwhile, that one stays."""
    made = []
    for each in chosen:
        steps = (folder_step(links.host, "unlink", each.path, each.store), Delete(path=links.manifest(each)))
        again = (folder_step(links.host, "link", each.path, each.store),) if each.stand in (LINKED, AWAY) else ()
        undo: tuple[Step, ...] = (_written(links, each), *again)
        have = _state(each, each.stand)
        made.append(
            change(
                KIND, each.path, topic=TOPIC, have=have, want="", reason=reason, do=steps, undo=undo, event="unlinked"
            )
        )
    return tuple(made)


def _written(links: Links, linked: Linked) -> Write:
    return noted(links.manifest(linked), linked)


def _state(linked: Linked, stand: str) -> str:
    return state_of(f"{linked.store}\0{stand}")


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())
