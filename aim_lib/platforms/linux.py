"""Linux: the user's systemd where one runs, else cron; variables by the start files of shells and environment.d."""

from __future__ import annotations

from pathlib import Path

from ..errors import MissingProgram
from ..host import Host
from ..model import Present, SetVar
from ..proc import Runner
from ..states import state_of
from . import ENV, Job, Placing, Vars, _cron, _profiles, _systemd, no_register, present, text_at
from ._shell_text import environment_d

SYSTEM = "linux"
SCHEDULERS = (_systemd.NAME, _cron.NAME)
DESKTOP = "environment.d"


def scheduler(host: Host, choice: str) -> str:
    if choice == _cron.NAME or (choice == "auto" and not _systemd.is_here(host)):
        _cron.program_of(host)
        return _cron.NAME
    if not _systemd.is_here(host):
        raise MissingProgram(
            "no systemd runs for you here", remedy='set scheduler = "cron" in [jobs], or log in to one'
        )
    return _systemd.NAME


def jobs(host: Host, runner: Runner) -> tuple[Present, ...]:
    return (*_systemd.found(host), *_cron.found(host, runner))


def place_job(job: Job, scheduler: str, host: Host, runner: Runner) -> Placing:
    return _systemd.place(job, host) if scheduler == _systemd.NAME else _cron.place(job, host, runner)


def withdraw_job(name: str, scheduler: str, host: Host, runner: Runner) -> Placing:
    return _systemd.withdraw(name, host) if scheduler == _systemd.NAME else _cron.withdraw(name, host, runner)


def variables(host: Host, folder: Path) -> tuple[Present, ...]:
    text = text_at(_desktop(host))
    extra = () if text is None else (present(ENV, DESKTOP, state_of(text), _desktop(host)),)
    return (*_profiles.found(host, folder), *extra)


def place_variables(wanted: Vars | None, host: Host, folder: Path) -> tuple[Placing, ...]:
    shells = _profiles.withdraw(host, folder) if wanted is None else _profiles.place(wanted, host, folder)
    text = environment_d(wanted) if wanted is not None and wanted.is_desktop else ""
    desktop = _profiles.placed_file(_desktop(host), DESKTOP, text)
    return (*shells, desktop)


def set_variable(step: SetVar) -> None:
    raise no_register(step)


def _desktop(host: Host) -> Path:
    return Path(host.get("XDG_CONFIG_HOME") or host.home / ".config") / "environment.d" / "60-aim.conf"
