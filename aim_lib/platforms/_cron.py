"""Jobs in the user's crontab: one marked line each, which starts a small script of ours.

In a script, for cron takes `%` for the end of a line, cuts lines after 1000 characters and knows no folder to run in.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from ..errors import BadConfig, CommandFailed, MissingProgram
from ..host import Host
from ..model import Delete, Present, Step, Write
from ..proc import Runner
from ..states import state_of
from . import JOB, Job, Placing, back, hands, moved, present, text_at
from ._hands import mark_of, own_lines

NAME = "cron"
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
AT_START = "cron starts it when the machine does; now: /bin/sh {script} &"
REMEDY = "install cron (Debian, Ubuntu: apt install cron; Fedora: dnf install cronie), or log in where systemd runs"


def program_of(host: Host) -> str:
    """The crontab program. Raises MissingProgram."""
    found = host.which("crontab")
    if found is None:
        raise MissingProgram("nothing here can schedule a job: no systemd runs for you, no crontab", remedy=REMEDY)
    return str(found)


def is_here(host: Host) -> bool:
    return host.which("crontab") is not None


def found(host: Host, runner: Runner) -> tuple[Present, ...]:
    """Every job that has a line of ours; none where there is no crontab program."""
    if not is_here(host):
        return ()
    lines = _lines(host, runner)
    return tuple(present(JOB, name, _state(host, lines, name), script_of(host, name), NAME) for name in lines)


def place(job: Job, host: Host, runner: Runner) -> Placing:
    """A line and its script for `job`. Raises BadConfig for an interval that cron has no words for."""
    program, script, line = program_of(host), script_of(host, job.name), line_for(job, host)
    text = script_text(job)
    lines = _lines(host, runner)
    do = (Write(path=str(script), text=text, mode=0o700), hands(host, "crontab", "put", program, job.name, line))
    begins = AT_START.format(script=shlex.quote(str(script))) if job.kind == "service" else ""
    note = "\n".join(filter(None, (moved(_folder_of(script), job), begins)))
    return Placing(
        kind=JOB,
        name=job.name,
        have=_state(host, lines, job.name),
        want=state_of(f"{line}\0{text}"),
        do=do,
        undo=_undo(host, program, lines, job.name),
        where=f"crontab, {script}",
        note=note,
    )


def withdraw(name: str, host: Host, runner: Runner) -> Placing:
    """No line and no script is left of the job."""
    program, lines = program_of(host), _lines(host, runner)
    do = (hands(host, "crontab", "remove", program, name), Delete(path=str(script_of(host, name))))
    have = _state(host, lines, name)
    return Placing(kind=JOB, name=name, have=have, want="", do=do, undo=_undo(host, program, lines, name))


def line_for(job: Job, host: Host) -> str:
    """The line of the crontab: when, what, and our mark."""
    # cron ends the command at a bare `%`, crontab(5); the shell behind it sees no backslash.
    command = f"/bin/sh {shlex.quote(str(script_of(host, job.name)))}".replace("%", "\\%")
    when = "@reboot" if job.kind == "service" else times(job.every_s)
    return f"{when} {command} >/dev/null 2>&1{mark_of(job.name)}"


def times(every_s: int) -> str:
    """The five fields for an interval: minutes that divide an hour, hours that divide a day, or a day."""
    minutes, hours = every_s // MINUTE_S, every_s // HOUR_S
    if every_s == DAY_S:
        return "17 4 * * *"
    if every_s == HOUR_S:
        return "17 * * * *"  # not on the hour, when everybody's jobs begin
    if every_s % HOUR_S == 0 and hours < 24 and 24 % hours == 0:
        return f"17 */{hours} * * *"
    if every_s % MINUTE_S == 0 and 0 < minutes < 60 and 60 % minutes == 0:
        return f"*/{minutes} * * * *" if minutes > 1 else "* * * * *"
    raise BadConfig(
        f"cron cannot start a job every {every_s / MINUTE_S:g} minutes",
        remedy="use what divides an hour or a day, such as --every 30m, 60m, 2h, 6h or 24h",
    )


def script_of(host: Host, name: str) -> Path:
    return host.folders.data / "jobs" / f"{name}.sh"


def script_text(job: Job) -> str:
    """What cron starts: the folder, the variables, the program; a service that fails is started again."""
    command = " ".join(shlex.quote(word) for word in job.argv)
    # A timer's log has what its last run said; that of a service goes on.
    log = f" {'>' if job.kind == 'timer' else '>>'}{shlex.quote(job.log)} 2>&1" if job.log else ""
    lines = [f"#!/bin/sh\n# {' '.join(job.about.split())}; made by aim", f"cd {shlex.quote(job.folder)} || exit 1"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in job.env]
    lines += [f"exec {command}{log}"] if job.kind == "timer" else [f"until {command}{log}; do\n    sleep 60\ndone"]
    return "\n".join(lines) + "\n"


def _folder_of(script: Path) -> str:
    """Where the job runs by now, "" when there is none."""
    found = re.search(r"^cd (.*) \|\| exit 1$", text_at(script) or "", re.MULTILINE)
    try:
        return "".join(shlex.split(found[1])) if found else ""
    except ValueError:  # somebody has written into it
        return ""


def _state(host: Host, lines: Mapping[str, str], name: str) -> str:
    line, text = lines.get(name, ""), text_at(script_of(host, name))
    return state_of(f"{line}\0{text or ''}") if line else ""


def _undo(host: Host, program: str, lines: Mapping[str, str], name: str) -> tuple[Step, ...]:
    line = lines.get(name, "")
    words = ("put", program, name, line) if line else ("remove", program, name)
    return (hands(host, "crontab", *words), back(script_of(host, name)))


def _lines(host: Host, runner: Runner) -> Mapping[str, str]:
    """Our lines by their jobs. The other ones never come to us: they may hold secrets, or be no text."""
    step = hands(host, "crontab", "show", program_of(host))
    done = runner.run(step.argv, env=dict(host.env), timeout_s=step.timeout_s)
    if not done.is_ok:
        said = done.last_words(1) or "it does not end"
        raise CommandFailed(f"your crontab cannot be read: {said}", remedy="see what is wrong: crontab -l")
    return own_lines(done.stdout.encode())
