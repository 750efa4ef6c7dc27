"""An open folder and what plugins add to it, as a sorted table of modules.

A member of ours that cannot be imported raises. A plugin's that cannot be used is no member: `refused` says why, and
who needs the whole set raises with it. None disappears without a word.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from . import plugins

RESERVED = {"aim.reports": ("json", "junit")}  # what `--format` calls two members of ours


@cache
def own(package: str) -> tuple[str, ...]:
    """Names of the modules in `package` (dotted), sorted; those beginning with "_" are the folder's own business."""
    root = import_module(package)
    found = {path.stem for folder in root.__path__ for path in Path(folder).glob("*.py")}
    return tuple(sorted(name for name in found if not name.startswith("_")))


def members(package: str) -> tuple[str, ...]:
    """Names of our own members and of the plugins', sorted; a plugin is not imported for that."""
    return tuple(sorted({*own(package), *added(package)}))


def load(package: str, name: str) -> ModuleType:
    """Import one member of `package`. Raises BadConfig for a plugin that cannot be used."""
    theirs = added(package)
    return plugins.load(theirs[name]) if name in theirs else import_module(f"{package}.{name}")


def table(package: str) -> dict[str, ModuleType]:
    """Every member of `package` that can be used, by name, imported; see `refused` for the others."""
    theirs = added(package)
    sound = (name for name in members(package) if name not in theirs or not plugins.trouble(theirs[name]))
    return {name: load(package, name) for name in sound}


def added(package: str) -> dict[str, plugins.Plugin]:
    """The members of `package` that plugins bring, by name; those of a name that they may not have are none."""
    return plugins.usable(_group(package), _taken(package))


def refused(package: str) -> tuple[str, ...]:
    """Why each plugin for `package` that cannot be used cannot: one line each."""
    return plugins.refused(_group(package), _taken(package))


def refused_anywhere() -> tuple[str, ...]:
    """Why each plugin that cannot be used cannot, whatever it is for. Imports all of them."""
    return tuple(line for group in plugins.GROUPS for line in refused(group.replace("aim.", "aim_lib.", 1)))


def _taken(package: str) -> tuple[str, ...]:
    return (*own(package), *RESERVED.get(_group(package), ()))


def _group(package: str) -> str:
    """The entry points' group of a folder: `aim.checks` for `aim_lib.checks`."""
    return package.replace("aim_lib.", "aim.", 1)
