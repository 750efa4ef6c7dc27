"""Links of ours that lead nowhere: those in our folders, and those in your folder of commands that led into ours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..arranged import change
from ..host import Host
from ..model import Change, Delete, Link, Present
from . import TOPIC

HEALS = frozenset({"AIM-H200"})
KIND = "link"


def plan(host: Host) -> tuple[Change, ...]:
    return tuple(_removal(path, target) for path, target in _dangling(host))


def look(host: Host) -> tuple[Present, ...]:
    found = _dangling(host)
    return tuple(Present(kind=KIND, name=str(path), version=target, where=str(path)) for path, target in found)


def _removal(path: Path, target: str) -> Change:
    return change(
        KIND,
        str(path),
        topic=TOPIC,
        have=target,
        want="",
        reason="it leads nowhere",
        do=(Delete(path=str(path)),),
        undo=(Link(path=str(path), target=target),),
    )


def _dangling(host: Host) -> Iterator[tuple[Path, str]]:
    ours = (host.folders.data, host.folders.cache)
    own_folders = (host.folders.cache, *sorted(host.folders.data.glob("*/bin")))
    for folder in (*own_folders, host.home / ".local" / "bin"):
        for path, target in _links(folder):
            leads_to = Path(os.path.normpath(path.parent / target))
            is_ours = folder in own_folders or any(leads_to.is_relative_to(place) for place in ours)
            if is_ours and not path.exists():
                yield path, target


def _links(folder: Path) -> Iterator[tuple[Path, str]]:
    try:
        links = sorted(path for path in folder.iterdir() if path.is_symlink())
    except OSError:
        return
    for path in links:
        yield path, str(path.readlink())
