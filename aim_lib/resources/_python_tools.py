"""What pipx and uv share: environments of Python tools, links that lost theirs, and the Python to build with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .. import environments, interpreters, pythons
from ..host import Host
from ..model import Link, Present
from . import Steps, command_flaw, sweep, target

INTERRUPTED = "an earlier installation of it was interrupted"
ONLY_LINKS = "only the links of its commands are left"


class Environment:
    """One tool's environment, read once."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.settings = environments.settings(folder)
        self.python = environments.python_version(self.settings)
        self.libraries = environments.site_packages(folder, self.python)
        self.packages = dict(environments.packages(self.libraries))
        self.version = self.packages.get(environments.normal(name), "")

    def flaw(self, receipt: Mapping[str, Any], commands: Iterable[str], bin_folder: Path) -> str:
        """Why the tool in it cannot work, or ""; `receipt` is {} when there is none."""
        if not receipt:
            return INTERRUPTED
        if not self.version:
            return "its package files are gone"
        broken = environments.interpreter_flaw(self.folder, self.settings)
        return broken or command_flaw(commands, bin_folder, self.folder)


def has_dead_python(have: Present) -> bool:
    """Whether what is wrong with `have` is its environment's Python."""
    folder = Path(have.where)
    return bool(environments.interpreter_flaw(folder, environments.settings(folder)))


def orphans(kind: str, homes: Path, bin_folder: Path) -> list[Present]:
    """Tools of which only links in `bin_folder` are left, leading into environments below `homes` that are gone."""
    found: dict[str, list[Path]] = {}
    for link in _links(bin_folder):
        leads_to = target(link)
        if leads_to.is_relative_to(homes) and leads_to != homes:
            name = leads_to.relative_to(homes).parts[0]
            if not (homes / name).exists():
                found.setdefault(name, []).append(link)
    return [_orphan(kind, name, links) for name, links in sorted(found.items())]


def remove_orphan(have: Present) -> Steps:
    """Away with the links of a tool whose environment is gone, and back to where they led."""
    links = [Path(path) for path in have.leftovers]
    return Steps(do=sweep(have), undo=tuple(Link(path=str(link), target=str(link.readlink())) for link in links))


def chosen_python(host: Host, request: str) -> tuple[str, Steps | None]:
    """The Python to build with for a request, "" without one; or why there is none, before anything is touched."""
    if not request or pythons.is_path(request):
        return request, None
    found = interpreters.choose(host, request)
    if found:
        return str(found.program), None
    lacking = f"no Python on this machine fits {request}"
    return "", Steps(do=(), undo=(), lacking=lacking, by_hand=interpreters.remedy(request))


def _orphan(kind: str, name: str, links: list[Path]) -> Present:
    return Present(
        kind=kind,
        name=name,
        commands=tuple(sorted(link.name for link in links)),
        flaw=ONLY_LINKS,
        leftovers=tuple(sorted(map(str, links))),
    )


def _links(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if entry.is_symlink()]
    except (FileNotFoundError, NotADirectoryError):
        return []
