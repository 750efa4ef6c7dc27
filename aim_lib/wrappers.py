"""The launchers that there are, and the changes to those that there should be (`wrapping` says which).

Whatever lies in the folder and does not bear our mark is somebody else's and stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from . import launchers
from .arranged import Arranged, change
from .launchers import Mark
from .model import Change, Delete, Frozen, Present, Record, Step, Write
from .states import state_of
from .wrapping import KIND, Wrapped, warning

MODE = 0o755


class Held(Frozen, frozen=True):
    """A launcher of ours as it lies in the folder."""

    command: str
    path: str
    text: str
    state: str
    mark: Mark


# --- present ----------------------------------------------------------------------------------------------------


def held(folder: Path) -> dict[str, Held]:
    """Our launchers in the folder, by command."""
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return {}
    found = (_held(path) for path in paths)
    return {each.command: each for each in found if each}


def _held(path: Path) -> Held | None:
    mark = launchers.read(str(path))
    if mark is None:
        return None
    try:
        text, is_whole = path.read_bytes().decode(), os.access(path, os.X_OK)
    except (OSError, UnicodeDecodeError):
        return None
    state = state_of(text) if is_whole else f"{state_of(text)}, not executable"
    return Held(command=path.name.removesuffix(".cmd"), path=str(path), text=text, state=state, mark=mark)


def kind(folder: Path) -> Arranged:
    """Our launchers, as applying sees them."""

    def look() -> tuple[Present, ...]:
        return tuple(
            Present(kind=KIND, name=each.command, version=each.state, where=each.path) for each in held(folder).values()
        )

    return Arranged(KIND, look)


# --- to be changed ----------------------------------------------------------------------------------------------


def rebuilding(wrapped: Wrapped, folder: Path, in_force: Iterable[str], *, is_windows: bool) -> tuple[Change, ...]:
    """The changes after which the folder has the wanted launchers and no stale one.

    One that another configuration asked for, which is not among the files `in_force`, stays while its target is there.
    """
    have, theirs = held(folder), frozenset((*in_force, ""))
    made = [
        change
        for name, text in wrapped.texts.items()
        if (change := _written(name, text, have.get(name), folder, is_windows=is_windows))
    ]
    stale = [one for name, one in have.items() if name not in wrapped.texts]
    gone = [_removed(one, why) for one in stale if (why := _why_stale(one, theirs))]
    return (*made, *gone)


def clearing(folder: Path) -> tuple[Change, ...]:
    """The changes after which the folder has no launcher of ours."""
    return tuple(_removed(one, "cleared away") for one in held(folder).values())


def in_the_way(wrapped: Wrapped, folder: Path, *, is_windows: bool) -> tuple[Record, ...]:
    """What lies where a launcher should and is none of ours."""
    mine = held(folder)
    paths = {name: folder / launchers.file_name(name, is_windows=is_windows) for name in wrapped.texts}
    return tuple(
        warning(name, f"{path} is not ours and stays", f"move {path} away, then: aim wrappers rebuild")
        for name, path in paths.items()
        if name not in mine and os.path.lexists(path)
    )


def _written(name: str, text: str, have: Held | None, folder: Path, *, is_windows: bool) -> Change | None:
    path = folder / launchers.file_name(name, is_windows=is_windows)
    if have is None and os.path.lexists(path):
        return None  # told by `in_the_way`
    want = state_of(text)
    if have and (have.state == want or _is_same(have, text)):
        return None
    undo: Step = Write(path=str(path), text=have.text, mode=MODE) if have else Delete(path=str(path))
    reason = _why_written(have, text)
    do = (Write(path=str(path), text=text, mode=MODE),)
    before = have.state if have else ""
    return change(KIND, name, topic=KIND, have=before, want=want, reason=reason, do=do, undo=(undo,))


def _is_same(have: Held, text: str) -> bool:
    """Whether only the configuration that asks for it is another: two projects may want one tool alike."""
    now = launchers.marked(text.encode())
    return now is not None and have.state == state_of(have.text) and _bare(have.text) == _bare(text)


def _bare(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if launchers.marked(line.encode()) is None)


def _why_written(have: Held | None, text: str) -> str:
    now = launchers.marked(text.encode())
    target = now.target if now else ""
    if have is None:
        return f"starts {target}"
    if target != have.mark.target:
        return f"starts {target}, not {have.mark.target}"
    return "not executable" if have.text == text else "not as it is made"


def _why_stale(one: Held, in_force: frozenset[str]) -> str:
    if not os.path.lexists(one.mark.target):
        return f"{one.mark.target} is gone"
    return "no longer asked for" if one.mark.by in in_force else ""


def _removed(one: Held, reason: str) -> Change:
    do, undo = (Delete(path=one.path),), (Write(path=one.path, text=one.text, mode=MODE),)
    return change(KIND, one.command, topic=KIND, have=one.state, want="", reason=reason, do=do, undo=undo)
