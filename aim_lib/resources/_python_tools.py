"""What pipx and uv share: the environments of Python tools, and the Python to build them with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .. import environments, interpreters, pythons
from ..errors import MissingProgram
from ..host import Host
from ..model import Link, Present
from . import Steps, command_flaw, sweep

INTERRUPTED = "an earlier installation of it was interrupted"


class Environment:
    """One tool's environment, read once."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.settings = environments.settings(folder)
        self.python = environments.python_version(self.settings)
        self.libraries = environments.site_packages(folder, self.python)
        self.version, self.doubt = environments.package_version(self.libraries, name)

    def flaw(self, receipt: Mapping[str, Any], commands: Iterable[str], bin_folder: Path) -> str:
        """Why the tool in it cannot work, or ""; `receipt` is {} when there is none."""
        if not receipt:
            return INTERRUPTED
        if not self.version:
            return "its package files are gone"
        broken = environments.interpreter_flaw(self.folder, self.settings)
        return broken or command_flaw(commands, bin_folder, self.folder) or self.doubt


def has_dead_python(have: Present) -> bool:
    """Whether what is wrong with `have` is its environment's Python."""
    folder = Path(have.where)
    return bool(environments.interpreter_flaw(folder, environments.settings(folder)))


def is_there(have: Present | None) -> bool:
    """Whether there is an environment at all, and not only the links of its commands."""
    return have is not None and Path(have.where).is_dir()


def remove_links(have: Present) -> Steps:
    """Away with the links of a tool whose environment is gone, which its installer does not know; and back."""
    links = [Path(path) for path in have.leftovers]
    return Steps(do=sweep(have), undo=tuple(Link(path=str(link), target=str(link.readlink())) for link in links))


def chosen_python(host: Host, request: str) -> str:
    """The Python to build with for a request, "" without one. Raises MissingProgram when there is none that fits."""
    if not request or pythons.is_path(request):
        return request
    found = interpreters.choose(host, request)
    if found is None:
        raise MissingProgram(f"no Python on this machine fits {request}", remedy=interpreters.remedy(request))
    return str(found.program)
