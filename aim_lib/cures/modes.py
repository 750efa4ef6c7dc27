"""Modes of our own folders and private files: yours to use, nobody else's to read or change. POSIX only."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ..arranged import change
from ..host import Host
from ..model import Change, Present, Run
from . import TOPIC

HEALS = frozenset({"AIM-H060", "AIM-H070", "AIM-H071", "AIM-H073", "AIM-H075"})
KIND = "mode"
OF_OTHERS = 0o002


def plan(host: Host) -> tuple[Change, ...]:
    return tuple(_change(host, path, have, want) for path, have, want in _ours(host) if have != want)


def look(host: Host) -> tuple[Present, ...]:
    return tuple(
        Present(kind=KIND, name=str(path), version=f"{have:03o}", where=str(path)) for path, have, _ in _ours(host)
    )


def _change(host: Host, path: Path, have: int, want: int) -> Change:
    chmod = str(host.which("chmod") or "/bin/chmod")
    return change(
        KIND,
        str(path),
        topic=TOPIC,
        have=f"{have:03o}",
        want=f"{want:03o}",
        reason="only you may use it" if have & 0o077 & ~want else "you must be able to write to it",
        do=(Run(argv=(chmod, f"{want:o}", str(path)), timeout_s=30.0),),
        undo=(Run(argv=(chmod, f"{have:o}", str(path)), timeout_s=30.0),),
    )


def _ours(host: Host) -> Iterator[tuple[Path, int, int]]:
    """Each of our folders and private files that belongs to us, with the mode it has and the one it should have."""
    if host.is_windows or os.name != "posix":
        return
    folders = host.folders
    for folder in (folders.config, folders.state, folders.data, folders.logs, folders.cache):
        yield from _with_modes(folder, is_private=False)
    secrets = folders.data / "secrets"
    kept = (*_beginning(secrets, ("vault", "identity")), *_beginning(folders.logs, ("audit",)))
    for path in (secrets, *kept):
        yield from _with_modes(path, is_private=True)


def _with_modes(path: Path, *, is_private: bool) -> Iterator[tuple[Path, int, int]]:
    """Nothing of what is not there, is a link, or belongs to another user: that is not ours to change."""
    try:
        found = path.lstat()
    except OSError:
        return
    if stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid():
        return
    have, own = stat.S_IMODE(found.st_mode), 0o700 if stat.S_ISDIR(found.st_mode) else 0o600
    yield path, have, own if is_private else (have | own) & ~OF_OTHERS


def _beginning(folder: Path, names: tuple[str, ...]) -> tuple[Path, ...]:
    try:
        return tuple(sorted(path for path in folder.iterdir() if path.name.startswith(names)))
    except OSError:
        return ()
