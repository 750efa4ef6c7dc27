"""What can be done to an opened vault: set, delete, rename, annotate a secret. Pure: a document in, a document out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import msgspec

from . import secret_notes
from .errors import BadConfig, Failed
from .secret import Secret
from .secret_notes import Notes, is_after
from .sops_file import Sealed
from .sops_opened import Opened


def notes_key(name: str, sealed: Sealed) -> str:
    """The name under which the notes of a secret stand."""
    return name + sealed.suffix


def names(sealed: Sealed) -> tuple[str, ...]:
    """The secrets of a document in order; notes that its rules keep encrypted are none."""
    every = sealed.names()
    notes = {notes_key(name, sealed) for name in every}
    return tuple(name for name in every if name not in notes)


def notes(sealed: Sealed, name: str) -> Notes:
    """What is known about a secret; nothing when the document's rules keep that encrypted."""
    return secret_notes.read(sealed.clear(notes_key(name, sealed)), name)


def known(opened: Opened, name: str) -> Notes:
    """What is known about a secret, also where the rules keep that encrypted."""
    key = notes_key(name, opened.sealed)
    hidden = opened.reveal(key) if opened.sealed.is_secret(key) else None
    return notes(opened.sealed, name) if hidden is None else secret_notes.read(hidden.reveal(), name)


def resolve(sealed: Sealed, name: str, now: datetime) -> str:
    """The secret that `name` means: itself, or the one it was renamed to within its days; "" for neither."""
    return meanings(sealed, [name], now).get(name, "")


def meanings(sealed: Sealed, asked: Iterable[str], now: datetime) -> dict[str, str]:
    """Which secret each of the names means, of those that mean one; see `resolve`."""
    every, wanted = names(sealed), tuple(asked)
    found = {name: name for name in wanted if name in every}
    # Where the MAC leaves them out, notes could be anybody's: no secret is given out by them.
    if len(found) == len(set(wanted)) or sealed.about.get("mac_only_encrypted"):
        return found
    olds = {old: name for name in every for old, until in notes(sealed, name).was.items() if is_after(until, now)}
    return {**{name: olds[name] for name in wanted if name in olds}, **found}


def set_secret(opened: Opened, name: str, value: Secret, now: datetime, changes: Mapping[str, Any]) -> Opened:
    """Keep a value, with its notes. Raises BadConfig for a name or value that cannot be kept."""
    before = known(opened, name) if name in names(opened.sealed) else None
    changed = opened.with_secret(name, value)
    for other in names(opened.sealed):  # the name is a secret of its own now, whatever it was before
        theirs = known(opened, other)
        if name in theirs.was:
            left = {old: until for old, until in theirs.was.items() if old != name}
            changed = _noted(changed, other, msgspec.structs.replace(theirs, was=left))
    return _noted(changed, name, secret_notes.stored(before, now, changes))


def delete(opened: Opened, name: str) -> Opened:
    """Without a secret and its notes. Raises Failed when it is not there."""
    _require(opened.sealed, name)
    return opened.without(name, notes_key(name, opened.sealed))


def rename(opened: Opened, old: str, new: str, now: datetime) -> Opened:
    """Under another name; the old one answers for seven days more. Raises Failed, BadConfig when `new` is taken."""
    _require(opened.sealed, old)
    if new in names(opened.sealed):
        raise BadConfig(f"there is already a secret {new}", remedy=f"aim secrets delete {new}, or choose another name")
    value = opened.reveal(old)
    if value is None:
        raise Failed(f"{old} is empty", remedy=f"aim secrets delete {old}")
    moved = delete(opened, old).with_secret(new, value)
    was = secret_notes.renamed(known(opened, old), old, now)
    back = {name: until for name, until in was.was.items() if name != new}
    return _noted(moved, new, msgspec.structs.replace(was, was=back))


def annotate(opened: Opened, name: str, now: datetime, changes: Mapping[str, Any]) -> Opened:
    """Change what is known about a secret, its value stays. Raises Failed when it is not there."""
    _require(opened.sealed, name)
    changed = msgspec.structs.replace(known(opened, name), updated=secret_notes.stamp(now), **changes)
    return _noted(opened, name, changed)


def _noted(opened: Opened, name: str, changed: Notes) -> Opened:
    return opened.with_clear(notes_key(name, opened.sealed), secret_notes.write(changed, name))


def _require(sealed: Sealed, name: str) -> None:
    if name not in names(sealed):
        raise absent(sealed, name)


def absent(sealed: Sealed, name: str) -> Failed:
    """That a name is not there, and which one may have been meant."""
    newer = next((other for other in names(sealed) if name in notes(sealed, other).was), "")
    close = newer or next(iter(get_close_matches(name, names(sealed), 1)), "")
    said = f"; it was renamed to {newer}" if newer else f"; there is {close}" if close else ""
    return Failed(f"there is no secret {name} in {sealed.source}{said}", remedy="see which there are: aim secrets list")
