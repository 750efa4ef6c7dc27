"""Which exact versions a lock file should hold, and bringing it there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from . import lock
from .kinds import ecosystem
from .model import Locked, Present, Record, Status, Wanted
from .versions import accepts

Books = Mapping[str, tuple[Locked, ...]]


def proposed(wanted: Iterable[Wanted], present: Mapping[str, Present], only: tuple[str, ...] = ()) -> Books:
    """What the lock of each folder should say: the versions present of what is declared.

    A declared tool that is absent, broken or at a version its request does not accept keeps its entry;
    with `only`, so does every tool not named.
    """
    items = tuple(wanted)
    return {folder: _entries(folder, items, present, only) for folder in sorted({item.folder for item in items})}


def records(books: Books) -> tuple[Record, ...]:
    """What saving `books` would change, one Record a file."""
    return tuple(_record(Path(folder), entries) for folder, entries in books.items())


def save(books: Books) -> tuple[Record, ...]:
    """Write the lock files that differ; returns what `records` said before."""
    said = records(books)
    for folder, entries in books.items():
        lock.write(Path(folder), entries)
    return said


def _entries(
    folder: str, wanted: tuple[Wanted, ...], present: Mapping[str, Present], only: tuple[str, ...]
) -> tuple[Locked, ...]:
    before = {entry.id: entry for entry in lock.read(Path(folder))}
    chosen = []
    for item in wanted:
        if item.folder != folder:
            continue
        have = present.get(item.id)
        is_asked = not only or item.name in only or item.id in only
        if have and _is_whole(have) and is_asked and accepts(ecosystem(item.kind), item.request, have.version):
            chosen.append(Locked(kind=item.kind, name=item.name, request=item.request, version=have.version))
        elif item.id in before:
            chosen.append(before[item.id])
    return tuple(chosen)


def _is_whole(have: Present) -> bool:
    return bool(have.version) and not have.flaw


def _record(folder: Path, entries: tuple[Locked, ...]) -> Record:
    path = folder / lock.FILE_NAME
    before = {entry.id: entry.version for entry in lock.read(folder)}
    after = {entry.id: entry.version for entry in entries}
    moved = [
        _move(key, before.get(key, ""), after.get(key, ""))
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]
    is_same = not moved and lock.read(folder) == tuple(sorted(entries, key=lambda entry: (entry.kind, entry.name)))
    status = Status.OK if is_same else Status.CHANGED
    detail = "up to date" if is_same else "\n".join(moved) or "requests changed"
    return Record(id=f"lock:{path}", status=status, title=lock.FILE_NAME, detail=detail, where=str(path))


def _move(key: str, before: str, after: str) -> str:
    return f"{key} {before or 'absent'} → {after or 'removed'}"
