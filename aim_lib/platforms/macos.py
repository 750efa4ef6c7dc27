"""macOS: launchd for jobs, and for the variables of programs that no shell starts; else the start files of shells."""

from __future__ import annotations

import shlex
from pathlib import Path

from ..host import Host
from ..model import Present, SetVar
from ..proc import Runner
from ..states import state_of
from . import ENV, Job, Placing, Vars, _launchd, _profiles, no_register, present, text_at

SYSTEM = "macos"
SCHEDULERS = (_launchd.NAME,)
DESKTOP = "env"
USUAL_PATH = "/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


def scheduler(host: Host, choice: str) -> str:
    return _launchd.NAME


def jobs(host: Host, runner: Runner) -> tuple[Present, ...]:
    return _launchd.found(host)


def place_job(job: Job, scheduler: str, host: Host, runner: Runner) -> Placing:
    return _launchd.place(job, host)


def withdraw_job(name: str, scheduler: str, host: Host, runner: Runner) -> Placing:
    return _launchd.withdraw(name, host)


def variables(host: Host, folder: Path) -> tuple[Present, ...]:
    path = _launchd.list_of(host, DESKTOP)
    text = text_at(path)
    extra = () if text is None else (present(ENV, DESKTOP, state_of(text), path),)
    return (*_profiles.found(host, folder), *extra)


def place_variables(wanted: Vars | None, host: Host, folder: Path) -> tuple[Placing, ...]:
    shells = _profiles.withdraw(host, folder) if wanted is None else _profiles.place(wanted, host, folder)
    if wanted is not None and wanted.is_desktop:
        return (*shells, _launchd.place_list(ENV, DESKTOP, agent(wanted), host))
    return (*shells, _launchd.withdraw_list(ENV, DESKTOP, host))


def set_variable(step: SetVar) -> None:
    raise no_register(step)


def agent(wanted: Vars) -> dict[str, object]:
    """What tells launchd the variables when the session begins: it keeps them no longer than that."""
    path = ":".join((*wanted.first, USUAL_PATH))
    words = [("/bin/launchctl", "setenv", name, value) for name, value in (*wanted.values, ("PATH", path))]
    script = "\n".join(shlex.join(order) for order in words)
    return {"Label": "aim.env", "ProgramArguments": ["/bin/sh", "-c", script], "RunAtLoad": True}
