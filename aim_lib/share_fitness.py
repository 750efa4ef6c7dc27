"""Whether a file is plainly the user's own to let share: not a package manager's, a program's or anybody else's."""

from __future__ import annotations

import os
import stat

from .listing import NONE
from .untouchable import HARD, is_environment, is_owned
from .walking import Tree, is_in

SYSTEM = ("/usr", "/opt", "/var/cache", "/Library", "/Applications")  # beside what `is_owned` knows


def why_not(tree: Tree, row: int, environments: dict[str, bool]) -> str:
    """Why a file is left as it is, or ""; `environments` is what is known of folders so far, and is added to."""
    path, folder = tree.path(row), tree.folders[tree.homes[row]]
    if tree.owned_by[tree.homes[row]] != NONE or is_kept(folder) or _is_in_environment(folder, environments):
        return "a package manager or a program keeps it: theirs to share"
    if not path.isprintable() or not _is_utf8(path):
        return "its name cannot be put on record"
    try:
        return _unfit(os.lstat(path), os.stat(folder))
    except OSError as error:
        return error.strerror or "it is gone"


def is_kept(folder: str) -> bool:
    """Whether `folder` is the system's, a package manager's or a program's: hidden, or of the list never touched."""
    parts = folder.split(os.sep)
    is_systems = any(is_in(folder, place) for place in SYSTEM)
    return is_systems or is_owned(folder) or any(part in HARD or part[:1] == "." for part in parts)


def _is_in_environment(folder: str, known: dict[str, bool]) -> bool:
    if folder not in known:
        parent = os.path.dirname(folder)
        known[folder] = is_environment(folder) or (parent != folder and _is_in_environment(parent, known))
    return known[folder]


def _unfit(found: os.stat_result, folder: os.stat_result) -> str:
    if not stat.S_ISREG(found.st_mode):
        return "it is no file any more"
    if found.st_nlink > 1:
        return "it has other names already"
    if not hasattr(os, "geteuid"):
        return "who else may write it is not known on this system"
    if found.st_uid != os.geteuid() or folder.st_uid != os.geteuid():
        return "it is somebody else's"
    if (found.st_mode | folder.st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
        return "others may write it, or its folder"
    if found.st_mode & (stat.S_ISUID | stat.S_ISGID):
        return "it runs with rights of its own"
    return ""


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
