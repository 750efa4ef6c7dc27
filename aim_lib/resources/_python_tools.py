"""What pipx and uv share: environments of tools, links that lost theirs, the Python to build with, and our own uv."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .. import environments, interpreters, pythons
from ..errors import MissingProgram
from ..host import Host
from ..model import Link, Present, Run, Step, Wanted, Write
from ..versions import ANY
from . import Options, Steps, command_flaw, offline_env, own_tools, sweep

INTERRUPTED = "an earlier installation of it was interrupted"
ORPHANED = "its environment is gone, its command is left behind"


class Environment:
    """One tool's environment, read once; `doubt` is why its version may be another, or ""."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.settings = environments.settings(folder)
        self.python = environments.python_version(self.settings)
        self.libraries = environments.site_packages(folder, self.python)
        self.version, self.doubt = environments.version_in(self.libraries, name)

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


# --- links without an environment -------------------------------------------------------------------------------


def with_orphans(kind: str, whole: tuple[Present, ...], home: Path, folder: Path) -> tuple[Present, ...]:
    """`whole`, and what is left of things whose folder in `home` is gone: links in `folder` that lead nowhere."""
    known = {Path(present.where).name for present in whole}
    left: dict[str, list[str]] = {}
    for link, target in _links(folder):
        name = Path(os.path.relpath(target, home)).parts[0]
        if name not in (*known, "..") and not (home / name).exists():
            left.setdefault(name, []).append(link)
    orphans = (_orphan(kind, home / name, links) for name, links in left.items())
    return tuple(sorted((*whole, *orphans), key=lambda present: present.where)) if left else whole


def environment_of(have: Present | None) -> Present | None:
    """`have` when it has an environment, be it broken; None when there is nothing, or only its links."""
    return have if have and have.flaw != ORPHANED else None


def remove_orphan(have: Present) -> Steps:
    """Away with the links of a tool whose environment is gone, and back to where they led; its manager knows none."""
    links = [Path(path) for path in have.leftovers]
    return Steps(do=sweep(have), undo=tuple(Link(path=str(link), target=str(link.readlink())) for link in links))


def _orphan(kind: str, where: Path, links: list[str]) -> Present:
    return Present(
        kind=kind,
        name=where.name,
        where=str(where),
        commands=tuple(sorted(Path(link).name for link in links)),
        flaw=ORPHANED,
        leftovers=tuple(sorted(links)),
    )


def _links(folder: Path) -> list[tuple[str, str]]:
    """Every symbolic link in `folder`, and where it leads, as text: its target may be gone."""
    try:
        with os.scandir(folder) as entries:
            found = [entry.path for entry in entries if entry.is_symlink()]
    except OSError:
        return []
    return [(path, os.path.normpath(folder / Path(path).readlink())) for path in found]


# --- installing -------------------------------------------------------------------------------------------------


def chosen_python(host: Host, request: str) -> str:
    """The Python to build with for a request, "" without one. Raises MissingProgram when none on the machine fits."""
    if not request or pythons.is_path(request):
        return request
    found = interpreters.choose(host, request)
    if found is None:
        raise MissingProgram(f"no Python on this machine fits {request}", remedy=interpreters.remedy(request))
    return str(found.program)


def requirement(wanted: Wanted, version: str) -> str:
    """What to tell a Python installer: the source, or the name at `version`, or at what the request accepts."""
    if wanted.source:
        return wanted.source
    if version:
        return f"{wanted.name}=={version}"
    return wanted.name if wanted.request in ANY else f"{wanted.name}{wanted.request}"


def keep_receipt(path: Path) -> tuple[Step, ...]:
    """A step that puts a manager's receipt back as it is now, so that an undo also restores what was asked for.

    Nothing when there is none, or when it holds a URL with credentials: steps are shown and stored.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ()
    if re.search(r"://[^/\s\"]*@", text):
        return ()
    return (Write(path=str(path), text=text, mode=path.stat().st_mode & 0o777),)


def run_uv(host: Host, options: Options, words: Iterable[str], env: Mapping[str, str]) -> Run:
    """A call of the uv that comes with us; `env` are variables besides those that it always has."""
    program = own_tools(host) / ("uv.exe" if host.is_windows else "uv")
    whole = {**uv_env(host, options), **env}
    return Run(argv=(str(program), *words), env=tuple(whole.items()), timeout_s=options.timeout_s)


def uv_env(host: Host, options: Options) -> dict[str, str]:
    """What uv must know, also below pipx: no progress bars, the system's certificates beside its own, no network.

    pip trusts the system's store by itself, uv only when told: behind a company's proxy it would refuse what pip takes.
    """
    chosen = ("SSL_CERT_FILE", "SSL_CERT_DIR", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS")
    trust = {} if any(host.get(name) for name in chosen) else {"UV_SYSTEM_CERTS": "true"}
    return {"UV_NO_PROGRESS": "1", **trust, **offline_env(options)}
