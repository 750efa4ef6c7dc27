"""Brings lock files and their companions to what was decided: all of them, or none of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from . import companions, files, lock, pins
from .companions import Made
from .errors import NotPermitted
from .kinds import tool_kinds
from .model import Frozen, Locked, Record
from .pins import Books, Choice
from .resources import Resource
from .signals import ignore_signal, signals_handled

if TYPE_CHECKING:
    from .steps import Doer

Resources = Mapping[str, Resource]


class Draft(Frozen, frozen=True):
    """What the lock files should say. `lacks` are ids of companions to make first, with the reason."""

    books: Books
    before: Books
    choices: tuple[Choice, ...] = ()
    lacks: Mapping[str, str] = {}

    @property
    def records(self) -> tuple[Record, ...]:
        """What saving it changes, one Record a file."""
        return tuple(
            pins.record(folder, self.before.get(folder, ()), entries, self._mends(folder))
            for folder, entries in self.books.items()
        )

    def _mends(self, folder: str) -> Iterator[str]:
        """Lines for companions that are made though the version stays."""
        for choice in self.choices:
            why = self.lacks.get(choice.id) if choice.wanted.folder == folder else None
            if why and choice.before and choice.before.version == choice.version:
                yield f"{choice.id} {choice.version}: {why}"


def drafted(
    choices: Iterable[Choice], before: Books, declared: Mapping[str, frozenset[str]], resources: Resources
) -> Draft:
    """What the lock files should say by `choices`; `before` and `declared` map folders, as `pins.books` has it."""
    chosen = tuple(choices)
    flat = {(folder, entry.id): entry for folder, entries in before.items() for entry in entries}
    lacks = companions.lacking(chosen, resources)
    return Draft(books=pins.books(chosen, flat, declared), before=before, choices=chosen, lacks=lacks)


def complete(draft: Draft, doer: Doer, hold: AbstractContextManager[None]) -> tuple[Books, dict[str, Made]]:
    """Make what the draft lacks while `hold`, the machine's lock, is held; returns its books, whole, and what was made.

    Raises CommandFailed or Interrupted, with nothing written.
    """
    from .apply import stop_orphans

    with hold:
        for notice in stop_orphans(doer.journal):
            doer.on_notice(notice)
        doer.journal.begin(doer.command, doer.audit.stamp(), doer.mark)
        try:
            made = companions.make((choice for choice in draft.choices if choice.id in draft.lacks), doer)
        finally:
            doer.journal.end()
    return companions.with_made(draft.books, made), made


@contextlib.contextmanager
def saved(books: Books, made: Mapping[str, Made]) -> Iterator[None]:
    """Write companions, then the lock files, then remove what no entry names; if what follows fails, put all back."""
    with contextlib.ExitStack() as undo:
        with signals_handled(ignore_signal):  # half a lock is a trap: Ctrl-C waits
            for folder, entries in books.items():
                _save(Path(folder), entries, {file.file: file.content for file in made.values()}, undo)
        yield
        undo.pop_all()


def strays(folder: Path, entries: Iterable[Locked]) -> tuple[Path, ...]:
    """Files where companions of tools lie that no entry names, sorted; whatever else is there is not ours."""
    named = {folder / entry.file for entry in entries if entry.file}
    roots = (folder / lock.COMPANIONS / kind for kind in tool_kinds())
    return tuple(path for root in roots for path in sorted(root.rglob("*")) if path.is_file() and path not in named)


def _save(folder: Path, entries: tuple[Locked, ...], contents: Mapping[str, bytes], undo: contextlib.ExitStack) -> None:
    for entry in entries:
        if entry.file in contents:
            _replace(folder / entry.file, contents[entry.file], undo)
    path = folder / lock.FILE_NAME
    if entries or path.exists():
        _replace(path, lock.text(entries).encode(), undo)
    for stray in strays(folder, entries):
        _replace(stray, None, undo)


def _replace(path: Path, content: bytes | None, undo: contextlib.ExitStack) -> None:
    """Bring `path` to `content`, None for absent, and have `undo` bring it back; the same bytes are not written."""
    there = path.read_bytes() if path.is_file() else None
    if there != content:
        _put(path, content)
        undo.callback(_put_back, path, there)


def _put_back(path: Path, content: bytes | None) -> None:
    with signals_handled(ignore_signal):
        _put(path, content)


def _put(path: Path, content: bytes | None) -> None:
    try:
        if content is None:
            path.unlink(missing_ok=True)
            _drop_empty(path.parent)
        else:
            files.write_bytes(path, content)
    except PermissionError as error:
        raise NotPermitted(f"{path} cannot be removed", remedy=f"get write access to {path.parent}") from error


def _drop_empty(folder: Path) -> None:
    """Remove the folders of companions that are empty now."""
    while lock.COMPANIONS in folder.parts and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
