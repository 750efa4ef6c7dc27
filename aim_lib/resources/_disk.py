"""How resources look at the disk: commands and whose they are, receipts, folders."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..host import is_executable


def command_flaw(commands: Iterable[str], folder: Path, owner: Path) -> str:
    """Why a command cannot be run from `folder`, or does not come from `owner`; "" when all are as they should be."""
    for command in commands:
        link = next((place for place in _places(folder, command) if place.exists()), None)
        if link is None:
            return f"its command {command} is missing from {folder}"
        if not _is_of(owner, link, command):
            return f"{link} belongs to something else"
        if not is_executable(link):
            return f"its command {command} cannot be executed"
    return ""


def _is_of(owner: Path, place: Path, command: str) -> bool:
    """Whether a command's file is of `owner`: a link into it, a copy of what is there, or below it."""
    if place.is_symlink():
        return place.resolve().is_relative_to(owner.resolve())
    if place.suffix in (".exe", ".cmd") or place.is_relative_to(owner):
        return True
    original = owner / "bin" / command  # pipx copies where a file system has no links
    return original.is_file() and original.stat().st_size == place.stat().st_size


def links_into(owner: Path, folder: Path) -> tuple[str, ...]:
    """The links in `folder` that lead into `owner`, whether or not their targets are still there."""
    if not folder.is_dir():
        return ()
    links = (entry for entry in folder.iterdir() if entry.is_symlink())
    return tuple(sorted(str(link) for link in links if _target(link).is_relative_to(owner)))


def _target(link: Path) -> Path:
    """Where a link points, as text: its target may be gone."""
    return Path(os.path.normpath(link.parent / link.readlink()))


def _places(folder: Path, command: str) -> tuple[Path, ...]:
    return (folder / command, folder / f"{command}.exe", folder / f"{command}.cmd")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from disk, or {} when it is absent, unreadable or not an object."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def subfolders(folder: Path) -> list[Path]:
    """The visible folders in `folder`, sorted; [] when it is not there."""
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []
