"""A backup of a vault: one age file with every value and note, for a passphrase or for recipients of its own.

It does not hold the vault's key: it is for the day that key is gone. `age -d` shows it as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from . import age, secret_notes, vault_edits
from .age import Keys
from .errors import BadConfig, NotAsWanted, NotPermitted
from .secret import Secret
from .secret_notes import Notes
from .sops_opened import Opened

FORMAT = "aim_backup"


class Kept(msgspec.Struct, frozen=True):
    """One secret of a backup."""

    name: str
    value: Secret
    notes: Notes


def pack(opened: Opened, at: str, *, passphrase: Secret | None = None, recipients: Sequence[str] = ()) -> bytes:
    """The backup as an armored age file. Raises BadConfig without a way to open it again."""
    if passphrase is not None:
        return age.lock(_document(opened, at), passphrase)
    if not recipients:
        raise BadConfig("a backup needs a passphrase or a recipient", remedy="run it on a terminal: aim secrets backup")
    return age.encrypt(_document(opened, at), recipients)


def _document(opened: Opened, at: str) -> bytes:
    def entry(name: str) -> dict[str, Any]:
        known = secret_notes.write(vault_edits.notes(opened.sealed, name), name)
        return {"value": opened.reveal(name), "notes": known}

    every = {name: entry(name) for name in vault_edits.names(opened.sealed)}
    return json.dumps({FORMAT: 1, "at": at, "secrets": every}, ensure_ascii=False, default=Secret.reveal).encode()


def unpack(
    content: bytes, source: str, *, passphrase: Secret | None = None, keys: Keys | None = None
) -> tuple[Kept, ...]:
    """What a backup holds. Raises NotPermitted when it does not open, NotAsWanted when it is no backup."""
    if not age.is_encrypted(content):
        raise NotAsWanted(f"{source} is no age file", remedy="give a file that aim secrets backup wrote")
    plain = _opened(content, passphrase, keys)
    if plain is None:
        how = "that passphrase" if passphrase is not None else "the vault's key"
        raise NotPermitted(f"{how} does not open {source}", remedy="try again with the one it was made with")
    found = _read(plain)
    if found is None:
        raise NotAsWanted(f"{source} is no backup of a vault", remedy="give a file that aim secrets backup wrote")
    return found


def _opened(content: bytes, passphrase: Secret | None, keys: Keys | None) -> bytes | None:
    if passphrase is not None:
        return age.unlock(content, passphrase)
    return age.decrypt(content, keys) if keys is not None else None


def _read(plain: bytes) -> tuple[Kept, ...] | None:
    try:
        document = json.loads(plain)
        return tuple(_entries(document)) if document[FORMAT] == 1 else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _entries(document: dict[str, Any]) -> Iterator[Kept]:
    for name, entry in document["secrets"].items():
        yield Kept(name, Secret(str(entry["value"])), secret_notes.read(entry.get("notes"), name))


def put_back(opened: Opened, kept: Sequence[Kept], *, is_newest: bool = True) -> Opened:
    """The document with these secrets and their notes; with `is_newest` over others of their names, else beside."""
    there = vault_edits.names(opened.sealed)
    for item in kept:
        if is_newest or item.name not in there:
            key = vault_edits.notes_key(item.name, opened.sealed)
            opened = opened.with_secret(item.name, item.value).with_clear(
                key, secret_notes.write(item.notes, item.name)
            )
    return opened
