"""The setting by which a tool stops updating itself: the steps that set it, and those that put back what was there.

What was there is remembered in a file of ours, one a tool, written and removed by the same steps.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from . import keyed_text
from .host import Host
from .keyed_text import ABSENT, Keys
from .model import Delete, Frozen, Step, Write
from .registry import SelfUpdate
from .resources import Steps

FOLDER = "switches"
PRIVATE = 0o600


class Switching(Frozen, frozen=True):
    """Steps for one tool's setting in `where`, None when nothing is to be done; `why` it cannot be done, or ""."""

    where: str
    steps: Steps | None = None
    why: str = ""


class Memory(Frozen, frozen=True):
    """What we set, and what was there: `before` when `had_value`, and how many of `keys` led somewhere (`depth`).

    `is_new`: the file itself is our making.
    """

    path: str
    format: str
    keys: Keys
    value: str | bool
    depth: int
    had_value: bool
    is_new: bool
    before: Any = None


class File(Frozen, frozen=True):
    """A settings file as it is: its text, "" when it is not there, and its mode."""

    path: Path
    text: str
    mode: int
    is_there: bool

    def back(self) -> Step:
        """The step that brings it back to this."""
        if not self.is_there:
            return Delete(path=str(self.path))
        return Write(path=str(self.path), text=self.text, mode=self.mode)


def block(item_id: str, known: SelfUpdate, host: Host) -> Switching:
    """Switch off the self-updates of an installed tool; no steps when they are off."""
    path = settings_file(known, host)
    where = host.tilde(path)
    try:
        file = _read(path)
        document = keyed_text.read(file.text, known.format)
        value = keyed_text.value_at(document, known.keys)
        if value == known.value:
            return Switching(where=where)
        text = keyed_text.with_value(file.text, known.format, known.keys, known.value)
    except (ValueError, OSError) as error:
        return Switching(where=where, why=f"{where} cannot be edited: {error}")
    memory = Memory(
        path=str(path),
        format=known.format,
        keys=known.keys,
        value=known.value,
        depth=keyed_text.depth(document, known.keys),
        had_value=value is not ABSENT,
        is_new=not file.is_there,
        before=None if value is ABSENT else value,
    )
    note = _note(item_id, host)
    remember = Write(path=str(note), text=msgspec.json.encode(memory).decode() + "\n", mode=PRIVATE)
    write = Write(path=str(path), text=text, mode=file.mode)
    return Switching(where=where, steps=Steps(do=(remember, write), undo=(file.back(), Delete(path=str(note)))))


def release(item_id: str, host: Host) -> Switching | None:
    """Put back what `block` found, unless somebody has changed it since; None when we never switched anything."""
    note = _note(item_id, host)
    try:
        kept = note.read_bytes()
        memory = msgspec.json.decode(kept, type=Memory)
    except (OSError, msgspec.DecodeError):
        return None
    where = host.tilde(Path(memory.path))
    forget, again = Delete(path=str(note)), Write(path=str(note), text=kept.decode(), mode=PRIVATE)
    try:
        file = _read(Path(memory.path))
        restore = _restored(file, memory)
    except (ValueError, OSError) as error:
        return Switching(where=where, why=f"{where} cannot be edited: {error}")
    if restore is None:
        return Switching(where=where, steps=Steps(do=(forget,), undo=(again,)))
    return Switching(where=where, steps=Steps(do=(restore, forget), undo=(again, file.back())))


def switched(host: Host) -> tuple[str, ...]:
    """Ids of the tools whose self-updates we switched off and have not put back, sorted."""
    return tuple(sorted(unquote(path.stem) for path in (host.folders.state / FOLDER).glob("*.json")))


def settings_file(known: SelfUpdate, host: Host) -> Path:
    """The file in which the tool, as it runs for this user, looks for the setting."""
    folder = next(place for entry in known.folders if (place := _expanded(entry, host)) is not None)
    there = (folder / name for name in known.files if (folder / name).is_file())
    return next(there, folder / known.files[-1])


def _expanded(entry: str, host: Host) -> Path | None:
    """A folder of the registry on this machine; None when its variable is not set."""
    first, _, rest = entry.partition("/")
    if first == "~":
        return host.home / rest
    base = host.get(first.removeprefix("$"))
    return Path(base) / rest if base else None


def _note(item_id: str, host: Host) -> Path:
    return host.folders.state / FOLDER / f"{quote(item_id, safe='')}.json"


def _read(path: Path) -> File:
    try:
        content, mode = path.read_bytes(), path.stat().st_mode & 0o777
    except FileNotFoundError:
        return File(path=path, text="", mode=PRIVATE, is_there=False)
    return File(path=path, text=content.decode("utf-8"), mode=mode, is_there=True)


def _restored(file: File, memory: Memory) -> Step | None:
    """The step that puts the former value back; None when ours is no longer there."""
    document = keyed_text.read(file.text, memory.format)
    if not file.is_there or keyed_text.value_at(document, memory.keys) != memory.value:
        return None
    if memory.had_value:
        text = keyed_text.with_value(file.text, memory.format, memory.keys, memory.before)
    else:
        text = keyed_text.without(file.text, memory.format, _added(document, memory))
    if memory.is_new and not keyed_text.read(text, memory.format):
        return Delete(path=str(file.path))
    return Write(path=str(file.path), text=text, mode=file.mode)


def _added(document: dict[str, Any], memory: Memory) -> Keys:
    """The shortest keys that are all ours: tables that we made go with the key, unless they hold more by now."""
    for length in range(memory.depth + 1, len(memory.keys)):
        inside: Any = keyed_text.value_at(document, memory.keys[:length])
        rest = memory.keys[length:]
        expected: Any = memory.value
        for key in reversed(rest):
            expected = {key: expected}
        if inside == expected:
            return memory.keys[:length]
    return memory.keys
