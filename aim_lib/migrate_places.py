"""Paths of the predecessors' files as `aim.toml` may have them on any machine of their user. Pure.

What is not certain is left out, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .model import Frozen

OLD_ROOT = "C:\\Tools"
NEW_ROOT = "~/.local/share/aim-tools"  # of what lay below the old one, where there is no drive C:
_VARIABLE = re.compile(r"%(\w+)%|\$\{(?:env:)?(\w+)\}|\$env:(\w+)|\$(\w+)")
_ONE_USERS = re.compile(r"(?:[A-Za-z]:)?/(?:Users|home)/[^/]+|/root(?=/|$)", re.IGNORECASE)
_FOLDERS: Mapping[str, Mapping[str, str]] = {  # of Windows: on Windows, and where others keep the same things
    "USERPROFILE": {"": "~"},
    "HOME": {"": "~"},
    "APPDATA": {"windows": "~/AppData/Roaming", "": "~/.config"},
    "LOCALAPPDATA": {"windows": "~/AppData/Local", "": "~/.local/share"},
}


class Ground(Frozen, frozen=True):
    """The machine and the file for which values are translated.

    `home` and `folder`, that of the new `aim.toml`, have `/` between their parts. `keeps_places`: the file is read as
    it is, on the machine it was written for, and paths of that machine stay.
    """

    system: str
    home: str = ""
    folder: str = ""
    variables: Mapping[str, str] = {}
    tools_root: str = OLD_ROOT
    keeps_places: bool = False


class NotCarried(Exception):
    """A part of a value that is not carried."""

    def __init__(self, why: str, *, is_loss: bool = True) -> None:
        super().__init__(why)
        self.is_loss = is_loss


def place(text: str, ground: Ground) -> str:
    """A path as `aim.toml` may have it on any machine of its user. Raises NotCarried for one of another machine."""
    named = _with_folders(text.strip(), ground).replace("\\", "/")
    home = ground.home.rstrip("/")
    root = ground.tools_root.replace("\\", "/").rstrip("/")
    if rest := _below(named, root, ground):
        return named if ground.system == "windows" else NEW_ROOT + rest.rstrip("/")
    if home and (rest := _below(named, home, ground)):
        return "~" + rest.rstrip("/")
    if ground.folder and (rest := _below(named, ground.folder, ground)):
        return "." + rest.rstrip("/")
    is_absolute = named.startswith("/") or re.match(r"[A-Za-z]:", named) is not None
    if not is_absolute:
        return named
    has_drive = not named.startswith("/")
    if ground.keeps_places and has_drive == (ground.system == "windows"):
        return named
    owner = "belongs to one user" if _ONE_USERS.match(named) else "belongs to one machine"
    raise NotCarried(f"{text} {owner}: add the folder that is meant yourself")


def _below(path: str, folder: str, ground: Ground) -> str:
    """What of `path` comes after `folder`, at least "/"; "" when it does not lie there."""
    given, above = (path, folder) if ground.system != "windows" and path[:1] == "/" else (path.lower(), folder.lower())
    if given == above:
        return "/"
    return path[len(folder) :] if given.startswith(above + "/") else ""


def _with_folders(text: str, ground: Ground) -> str:
    """Variables replaced by what they mean for certain. Raises NotCarried for one that nobody has set."""

    def meaning(found: re.Match[str]) -> str:
        name = next(filter(None, found.groups()))
        folders = _FOLDERS.get(name.upper(), {})
        known = folders.get(ground.system) or folders.get("") or ground.variables.get(name.upper(), "")
        if not known:
            raise NotCarried(f"{text}: nobody has set {name} here")
        return known

    return _VARIABLE.sub(meaning, text)
