"""What the system starts for the user: timers, and services that stay, planned as Changes for every platform.

Made by whoever needs one (`health`, the watcher of caches, alerts); here is only how it gets to its place and away.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from . import platforms
from .arranged import Arranged
from .errors import BadConfig, MissingProgram
from .host import FOLDER_VARIABLES, Host
from .model import Present
from .platforms import JOB, Job, Placing
from .proc import Runner
from .resources import Diagnosis

AUTO = "auto"
SHORTEST_S = 60
_INTERVAL = re.compile(r"(\d{1,6})\s*([smhd]?)")
_UNITS_S = {"s": 1, "": 60, "m": 60, "h": 3600, "d": 86400}
# What decides which programs are found and where our own files lie. Nothing else goes with a job: it may be a secret.
_KEPT = ("PATH", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", *FOLDER_VARIABLES.values())


def our_job(host: Host, name: str, about: str, words: tuple[str, ...], folder: Path, *, every_s: int = 0) -> Job:
    """A job that runs `aim WORDS` in `folder`: a timer when `every_s` (seconds) is given, else a service."""
    return Job(
        name=name,
        about=about,
        argv=(*our_program(host), *words),
        folder=str(folder),
        kind="timer" if every_s else "service",
        every_s=every_s or 3600,
        env=tuple((key, host.get(key)) for key in _KEPT if host.get(key)),
        log=str(host.folders.logs / f"job-{name}.log"),
    )


def our_program(host: Host) -> tuple[str, ...]:
    """Words that start us, whatever PATH is then: `aim` beside our Python, or that Python."""
    name = "aim.exe" if host.is_windows else "aim"
    program = Path(host.python).with_name(name)
    return (str(program),) if program.is_file() else (host.python, "-m", "aim_lib")


def seconds_of(text: str) -> int:
    """`90s`, `60m`, `60` (minutes), `2h`, `1d` in seconds. Raises BadConfig below a minute, and for anything else."""
    told = _INTERVAL.fullmatch(text.strip().lower())
    seconds = int(told[1]) * _UNITS_S[told[2]] if told else 0
    if seconds < SHORTEST_S:
        raise BadConfig(f"{text!r} is no interval of a minute or more", remedy="write 60m, 2h or 1d")
    return seconds


def arranged(host: Host, runner: Runner) -> Arranged:
    """Jobs as what has states: the kind that `_arranging.arrange` is given."""
    return Arranged(JOB, lambda: present_jobs(host, runner), _explain)


def present_jobs(host: Host, runner: Runner) -> tuple[Present, ...]:
    """Every job of ours on this machine; the scheduler it is in is its one trait."""
    return platforms.of(host).jobs(host, runner)


def scheduling(job: Job, host: Host, runner: Runner, choice: str = AUTO) -> tuple[Placing, ...]:
    """What puts `job` where it is wanted: into one scheduler alone, that of `choice`, or the one that has it already.

    Nothing when it is there as it should be. Raises MissingProgram when nothing here can schedule.
    """
    platform, has = platforms.of(host), _schedulers(job.name, host, runner)
    wanted = has[0] if has and choice == AUTO and _still(has[0], host) else platform.scheduler(host, choice)
    placing = platform.place_job(job, wanted, host, runner)
    for other in (each for each in has if each != wanted):
        away = platform.withdraw_job(job.name, other, host, runner)
        both = {"do": (*away.do, *placing.do), "undo": (*placing.undo, *away.undo)}
        placing = msgspec.structs.replace(placing, have=away.have, **both)
    return () if placing.is_done else (placing,)


def unscheduling(name: str, host: Host, runner: Runner) -> tuple[Placing, ...]:
    """What takes the job away, wherever it is; nothing when it is nowhere."""
    platform = platforms.of(host)
    return tuple(platform.withdraw_job(name, each, host, runner) for each in _schedulers(name, host, runner))


def _schedulers(name: str, host: Host, runner: Runner) -> list[str]:
    return [job.traits[0] for job in present_jobs(host, runner) if job.name == name]


def _still(scheduler: str, host: Host) -> bool:
    """Whether the scheduler that has a job can still be used."""
    try:
        return platforms.of(host).scheduler(host, scheduler) == scheduler
    except MissingProgram:
        return False


def _explain(output: str) -> Diagnosis:
    said = next((line.strip() for line in reversed(output.splitlines()[:-1]) if line.strip()), "")
    if "connect to bus" in output.lower():
        remedy = 'log in to a session of systemd, or set scheduler = "cron" in [jobs]'
        return Diagnosis(cause="unknown", message="systemd does not run for this user", remedy=remedy)
    return Diagnosis(cause="unknown", message=said or "it failed", remedy="see what the scheduler says of it")
