"""Members of the open folders that other installed packages bring, through entry points of the groups `aim.*`.

Found by reading `entry_points.txt` beside what is installed: `importlib.metadata` would cost every command 60 ms.
Nothing but installed packages counts: a folder that merely is on `sys.path`, such as a cloned project, brings none.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from . import versions
from .errors import AimError, BadConfig
from .host import current

GROUPS = ("aim.resources", "aim.checks", "aim.vaults", "aim.reports")
SWITCH = "AIM_PLUGINS"
INSTALLED_IN = ("site-packages", "dist-packages")
# What each member defines: functions by their parameters.
FUNCTIONS = {
    "aim.resources": {"open": ("host", "options")},
    "aim.checks": {"check": ("facts", "runner")},
    "aim.vaults": {"open": ("host", "runner")},
    "aim.reports": {"render": ("result", "look")},
}
NAME = re.compile(r"[a-z][a-z0-9_-]*")


class Plugin(NamedTuple):
    """One entry point: `NAME = MODULE` in `[GROUP]` of the distribution ("aim-notes 1.0")."""

    group: str
    name: str
    module: str
    distribution: str

    def __str__(self) -> str:
        return f"{self.distribution}: {self.group} {self.name} = {self.module}"


@cache
def installed() -> tuple[Plugin, ...]:
    """Every entry point of ours in this Python environment, in order of `sys.path`; () with AIM_PLUGINS=0."""
    found = tuple(find(folder for folder in map(Path, sys.path) if folder.name.lower() in INSTALLED_IN))
    return () if found and is_off() else found


def is_off() -> bool:
    """Whether the user has switched plugins off."""
    return current().get(SWITCH).lower() in ("0", "false", "no", "off")


def find(folders: Iterable[Path]) -> Iterator[Plugin]:
    """The entry points of the distributions in `folders`; of two of one name the first counts, as for an import."""
    seen: set[str] = set()
    for folder in folders:
        for info in sorted(folder.glob("*.dist-info")):
            name, _, version = info.name.removesuffix(".dist-info").partition("-")
            if name.lower() in seen:
                continue
            seen.add(name.lower())
            yield from _read(info / "entry_points.txt", f"{name.replace('_', '-')} {version}")


def _read(path: Path, distribution: str) -> Iterator[Plugin]:
    try:
        raw = path.read_bytes()
    except OSError:
        return
    if b"[aim." not in raw:
        return
    group = ""
    for line in map(str.strip, raw.decode(errors="replace").splitlines()):
        if line.startswith("["):
            group = line.strip("[]").strip()
        elif group in GROUPS and "=" in line and not line.startswith(("#", ";")):
            name, _, module = line.partition("=")
            yield Plugin(group, name.strip(), module.strip(), distribution)


def usable(group: str, taken: Collection[str]) -> dict[str, Plugin]:
    """The plugins of `group` by name, without those of a name that is `taken` by ours or that two of them want."""
    mine = [plugin for plugin in installed() if plugin.group == group]
    return {plugin.name: plugin for plugin in mine if not _naming(plugin, mine, taken)}


def refused(group: str, taken: Collection[str]) -> tuple[str, ...]:
    """Why each plugin of `group` that cannot be used cannot, naming its distribution and entry point. Imports them."""
    mine = [plugin for plugin in installed() if plugin.group == group]
    return tuple(f"{plugin}: {why}" for plugin in mine if (why := _naming(plugin, mine, taken) or trouble(plugin)))


def _naming(plugin: Plugin, mine: Iterable[Plugin], taken: Collection[str]) -> str:
    """What is wrong with its name, or ""."""
    if plugin.name in taken:
        return f"{plugin.name} is the name of one of AIM's own"
    if not NAME.fullmatch(plugin.name):
        return "its name must begin with a small letter and have only small letters, digits, - and _"
    rivals = [other.distribution for other in mine if other.name == plugin.name and other != plugin]
    return f"{rivals[0]} brings one of the same name" if rivals else ""


def load(plugin: Plugin) -> ModuleType:
    """Its module. Raises BadConfig when it cannot be imported or lacks a part of the contract."""
    found = trouble(plugin)
    if found:
        raise unusable([f"{plugin}: {found}"])
    return import_module(plugin.module)


def unusable(lines: Iterable[str]) -> BadConfig:
    """The error about plugins that cannot be used; one line each."""
    details = tuple(lines)
    names = ", ".join(dict.fromkeys(line.partition(" ")[0] for line in details))
    remedy = f"mend {names} or uninstall it from AIM's environment; {SWITCH}=0 leaves all plugins out"
    return BadConfig(f"a plugin cannot be used: {names}", details=details, remedy=remedy)


@contextmanager
def answering_for(plugin: Plugin) -> Iterator[None]:
    """While a plugin's code runs: what it raises, unless it is an error of ours, is told as that plugin's.

    Raises BadConfig.
    """
    try:
        yield
    except AimError:
        raise
    except Exception as error:
        raise unusable([f"{plugin}: {type(error).__name__}: {error}"]) from error


@cache
def trouble(plugin: Plugin) -> str:
    """Why a plugin's module cannot be used, or "". Imports it."""
    try:
        module = import_module(plugin.module)
    except AimError as error:
        return f"it cannot be imported: {error.message}"
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's code; what it raised is told
        return f"it cannot be imported: {type(error).__name__}: {error}"
    return "; ".join(problems(plugin.group, plugin.name, module))


def problems(group: str, name: str, module: ModuleType) -> tuple[str, ...]:
    """What the module of a member lacks of its group's contract; the cheap part: nothing of it is called."""
    found = [f"it has no {what}" for what in _missing(group, name, module)]
    for function, parameters in FUNCTIONS[group].items():
        value = getattr(module, function, None)
        if not callable(value):
            found.append(f"it has no {function}({', '.join(parameters)})")
        elif not _takes(value, len(parameters)):
            found.append(f"its {function} does not take ({', '.join(parameters)})")
    return tuple(found)


def _missing(group: str, name: str, module: ModuleType) -> Iterator[str]:
    if group == "aim.checks" and getattr(module, "ID", None) != name:
        yield f'ID = "{name}"'
    if group == "aim.resources":
        known = versions.ecosystems()
        if not isinstance(getattr(module, "IS_TOOL", None), bool):
            yield "IS_TOOL, which is True or False"
        if getattr(module, "ECOSYSTEM", None) not in known:
            yield f"ECOSYSTEM that is one of {', '.join(known)}"


def _takes(function: object, count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))  # type: ignore[arg-type]
    except TypeError:
        return False
    except ValueError:  # written in C, without a signature
        return True
    return True
