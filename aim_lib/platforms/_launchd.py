"""Jobs of macOS' launchd: a property list in the user's LaunchAgents, which the session loads when it begins."""

from __future__ import annotations

import plistlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import msgspec

from ..host import Host
from ..model import Delete, Present, Run, Step, Write
from ..states import state_of
from . import JOB, Job, Placing, back, moved, present, text_at

NAME = "launchd"
PREFIX = "aim."
LAUNCHCTL_S = 60.0


def found(host: Host) -> tuple[Present, ...]:
    """Every job that has a list of ours."""
    names = {path.name.removeprefix(PREFIX).removesuffix(".plist") for path in agents(host).glob(f"{PREFIX}*.plist")}
    texts = {name: text_at(list_of(host, name)) or "" for name in sorted(names) if not name.startswith("env")}
    return tuple(present(JOB, name, state_of(text), list_of(host, name), NAME) for name, text in texts.items())


def place(job: Job, host: Host) -> Placing:
    note = moved(_folder_of(list_of(host, job.name)), job)
    return msgspec.structs.replace(place_list(JOB, job.name, document(job), host), note=note)


def _folder_of(path: Path) -> str:
    """Where the job runs by now, "" when there is none."""
    try:
        return str(plistlib.loads(path.read_bytes()).get("WorkingDirectory", ""))
    except (OSError, ValueError, ExpatError):  # it is not there, or somebody has written into it
        return ""


def withdraw(name: str, host: Host) -> Placing:
    return withdraw_list(JOB, name, host)


def place_list(kind: str, name: str, content: Mapping[str, Any], host: Host) -> Placing:
    """A property list that launchd has loaded."""
    path, text = list_of(host, name), plistlib.dumps(dict(content), sort_keys=False).decode()
    do = (*_unloading(path), Write(path=str(path), text=text), _launchctl("load", path))
    have = text_at(path)
    state = "" if have is None else state_of(have)
    return Placing(
        kind=kind, name=name, have=state, want=state_of(text), do=do, undo=_undo(path, text), where=str(path)
    )


def withdraw_list(kind: str, name: str, host: Host) -> Placing:
    """The property list is gone, and launchd has forgotten it."""
    path = list_of(host, name)
    have = text_at(path)
    do = (*_unloading(path), Delete(path=str(path)))
    state = "" if have is None else state_of(have)
    return Placing(kind=kind, name=name, have=state, want="", do=do, undo=_undo(path, ""), where=str(path))


def document(job: Job) -> dict[str, Any]:
    """launchd.plist(5) for `job`."""
    content: dict[str, Any] = {
        "Label": f"{PREFIX}{job.name}",
        "ProgramArguments": list(job.argv),
        "WorkingDirectory": job.folder,
        "EnvironmentVariables": dict(job.env),
        "ProcessType": "Background",
    }
    if job.log:
        content |= {"StandardOutPath": job.log, "StandardErrorPath": job.log}
    if job.kind == "timer":
        return {**content, "StartInterval": job.every_s, "LowPriorityIO": True}
    return {**content, "RunAtLoad": True, "KeepAlive": {"SuccessfulExit": False}}


def agents(host: Host) -> Path:
    return host.home / "Library" / "LaunchAgents"


def list_of(host: Host, name: str) -> Path:
    return agents(host) / f"{PREFIX}{name}.plist"


def _unloading(path: Path) -> tuple[Step, ...]:
    return (_launchctl("unload", path),) if path.exists() else ()


def _undo(path: Path, text: str) -> tuple[Step, ...]:
    """As it is now. `unload` reads the list, so it comes before the list goes; it ends well when nothing is loaded."""
    there = (_launchctl("load", path),) if path.exists() else ()
    again = (Write(path=str(path), text=text), _launchctl("unload", path)) if text else ()
    return (*again, back(path), *there)


def _launchctl(order: str, path: Path) -> Run:
    # The old words: they end well for what is loaded already, or not at all, and need no number of the user.
    return Run(argv=("/bin/launchctl", order, str(path)), timeout_s=LAUNCHCTL_S)
