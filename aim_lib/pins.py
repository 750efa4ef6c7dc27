"""Which exact version the lock should have of each declared tool, and what that changes. Decides; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from . import lock
from .config import Settings
from .kinds import ecosystem
from .model import Frozen, Locked, Present, Record, Status, Wanted
from .versions import accepts

Books = Mapping[str, tuple[Locked, ...]]
Newest = Mapping[str, tuple[str, str]]  # id → the version that was resolved ("": no newer one), and why none can be


class Choice(Frozen, frozen=True):
    """What the lock should say of one declared tool.

    `version` is "" when it cannot be locked at all; `why` says what kept it from being locked as asked, and then
    `remedy` what to do: its entry, `before`, stays.
    """

    wanted: Wanted
    have: Present | None
    before: Locked | None
    version: str
    why: str = ""
    remedy: str = ""

    @property
    def id(self) -> str:
        return self.wanted.id

    @property
    def entry(self) -> Locked | None:
        """The line of the lock, with the companion of before when that is for the same."""
        if not self.version:
            return self.before
        bare = Locked(
            kind=self.wanted.kind,
            name=self.wanted.name,
            request=self.wanted.request,
            version=self.version,
            source=self.wanted.source,
        )
        before = self.before
        if before is None or before.misfit(self.wanted) or _bare(before) != bare:
            return bare
        return before


def declared(settings: Settings) -> dict[str, frozenset[str]]:
    """Folder → ids of everything that its files declare, for whatever system, alone or in a group."""
    found: dict[str, set[str]] = {}
    for layer in settings.layers:
        groups = (layer.values.get("tools", {}), *layer.values.get("first_of", {}).values())
        ids = {f"{kind}:{name}" for kinds in groups for kind, names in kinds.items() for name in names}
        found.setdefault(str(layer.folder), set()).update(ids)
    return {folder: frozenset(ids) for folder, ids in found.items()}


def choose(
    wanted: Iterable[Wanted],
    present: Mapping[str, Present],
    before: Mapping[tuple[str, str], Locked],
    newest: Newest | None = None,
) -> tuple[Choice, ...]:
    """The version to lock of every tool of `wanted`: the one that is there, or with `newest` the one resolved.

    What is absent, broken or outside its request keeps the entry it has in `before` ((folder, id) → entry).
    """
    return tuple(_choose(item, present.get(item.id), before.get((item.folder, item.id)), newest) for item in wanted)


def books(
    choices: Iterable[Choice], before: Mapping[tuple[str, str], Locked], declared: Mapping[str, frozenset[str]]
) -> Books:
    """What each lock file should say: the entries chosen, and those of before that are still declared.

    `declared` maps each folder of a lock file to the ids that stay, whoever they are for: another system's tools too.
    """
    chosen = {(choice.wanted.folder, choice.id): choice.entry for choice in choices}
    kept = {key: entry for key, entry in before.items() if entry.id in declared.get(key[0], ()) and key not in chosen}
    folders = sorted({folder for folder, _ in chosen} | set(declared))
    every = {**kept, **chosen}
    return {
        folder: _sorted(entry for (place, _), entry in every.items() if place == folder and entry) for folder in folders
    }


def without(
    names: Iterable[str], before: Mapping[tuple[str, str], Locked]
) -> tuple[Books, tuple[tuple[str, Locked], ...]]:
    """What is left of the lock files without the tools called `names` (names or ids), and what goes, by folder."""
    asked = set(names)
    gone = {key: entry for key, entry in before.items() if entry.name in asked or entry.id in asked}
    folders = sorted({folder for folder, _ in gone})
    left = {
        folder: _sorted(entry for key, entry in before.items() if key[0] == folder and key not in gone)
        for folder in folders
    }
    return left, tuple((folder, entry) for (folder, _), entry in gone.items())


def moves(before: Iterable[Locked], after: Iterable[Locked]) -> tuple[str, ...]:
    """One line for each tool whose locked version, request or source differs."""
    old, new = ({entry.id: entry for entry in entries} for entries in (before, after))
    return tuple(
        _move(key, old.get(key), new.get(key))
        for key in sorted({*old, *new})
        if _answer(old.get(key)) != _answer(new.get(key))
    )


def left_alone(choice: Choice) -> Record:
    """That a tool cannot be locked as it is, and why."""
    stays = f"; the lock keeps {choice.before.version}" if choice.before else ""
    return Record(
        id=choice.id,
        status=Status.WARNED,
        title=choice.wanted.name,
        detail=f"not locked: {choice.why}{stays}",
        remedy=choice.remedy,
    )


def _choose(item: Wanted, have: Present | None, entry: Locked | None, newest: Newest | None) -> Choice:
    former = entry.version if entry and (entry.request, entry.source) == (item.request, item.source) else ""
    version, why, remedy = _unlockable(item) or _resolved(item, have, newest)
    if former and not version and newest is None and entry and entry.misfit(item):
        why = remedy = ""  # locked again at its version: it cannot be installed before
    return Choice(wanted=item, have=have, before=entry, version=version or former, why=why, remedy=remedy)


def _unlockable(item: Wanted) -> tuple[str, str, str] | None:
    if item.source and "://" not in item.source:
        return "", "it is built from a folder, of which no version can be had again", ""
    if lock.has_credentials(item.source):
        return "", "its source holds a credential", f"take the credential out of the source of {item.name} in aim.toml"
    return None


def _resolved(item: Wanted, have: Present | None, newest: Newest | None) -> tuple[str, str, str]:
    """What was resolved; the version that is there when nothing newer may come, or when nobody was to resolve it."""
    version, why = (newest or {}).get(item.id, ("", ""))
    return (version, why, "") if version or why else _seen(item, have)


def _seen(item: Wanted, have: Present | None) -> tuple[str, str, str]:
    """The version of `have`, or why that is none to lock and what to do."""
    if have is None:
        return "", "it is not installed", f"aim install {item.name}"
    if have.flaw or not have.version:
        return "", have.flaw or "its version cannot be told", f"aim install {item.name}"
    if not accepts(ecosystem(item.kind), item.request, have.version):
        return "", f"{have.version} is there, {item.request} is wanted", "aim sync-versions"
    return have.version, "", ""


def _bare(entry: Locked) -> Locked:
    return msgspec.structs.replace(entry, file="", sha256="", python="", extras=())


def _sorted(entries: Iterable[Locked]) -> tuple[Locked, ...]:
    return tuple(sorted(entries, key=lambda entry: (entry.kind, entry.name)))


def _answer(entry: Locked | None) -> tuple[str, str, str] | None:
    return (entry.version, entry.request, entry.source) if entry else None


def _move(key: str, before: Locked | None, after: Locked | None) -> str:
    old, new = before.version if before else "absent", after.version if after else "removed"
    if before and after and old == new:
        return (
            f"{key} {new}: now for {after.request}" if before.request != after.request else f"{key} {new}: new source"
        )
    return f"{key} {old} → {new}"


def record(folder: str, before: Iterable[Locked], after: Iterable[Locked], mends: Iterable[str]) -> Record:
    """What happens to one lock file; `mends` are further lines, of companions that are made again."""
    path = Path(folder) / lock.FILE_NAME
    lines = (*moves(before, after), *mends)
    is_same = not lines and tuple(before) == tuple(after)
    return Record(
        id=f"lock:{path}",
        status=Status.OK if is_same else Status.CHANGED,
        title=lock.FILE_NAME,
        detail="up to date" if is_same else "\n".join(lines) or "put in order",
        where=str(path),
    )
