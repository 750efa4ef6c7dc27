"""The commands that must be on PATH: are they there, do they start, and are they recent enough?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model import Record, Status
from ..proc import Runner
from . import Facts
from ._commands import Command, look
from ._flaws import Flaw, verdict

ID = "required_commands"
CODES = {
    "AIM-H010": "A required command is not on PATH. `health.required_commands` says that nobody can work here "
    "without it. Install it by the system's package manager, or put the folder that it is in on PATH.",
    "AIM-H011": "A required command is there and cannot be started. Its interpreter may be gone, the file may be no "
    "program, or one for another machine. Install it again.",
    "AIM-H012": "A required command is older than is asked for. `health.required_commands` names the oldest that "
    "will do, as in `git>=2.30`; work that relies on newer ones will fail. Update it, or ask for less.",
}


def check(facts: Facts, runner: Runner) -> Record:
    asked = look(facts.required_commands, facts, runner)
    there = [command for command in asked if command.path]
    return verdict(
        ID,
        _flaws(asked),
        ", ".join(command.shown for command in there) or "none are required",
        found={command.name: command.path for command in there},
        missing=[command.name for command in asked if not command.path],
        versions={command.name: command.version for command in there},
    )


def _flaws(asked: Sequence[Command]) -> Iterator[Flaw]:
    missing = [command.name for command in asked if not command.path]
    if missing:
        remedy = f"install {' and '.join(missing)}, or put their folder on PATH"
        yield Flaw(code="AIM-H010", what=f"not on PATH: {', '.join(missing)}", remedy=remedy, status=Status.FAILED)
    dead = [command for command in asked if command.is_dead]
    if dead:
        listed = ", ".join(f"{command.name} ({command.path})" for command in dead)
        remedy = f"install {' and '.join(command.name for command in dead)} again"
        yield Flaw(code="AIM-H011", what=f"cannot be started: {listed}", remedy=remedy, status=Status.FAILED)
    for command in asked:
        if command.is_too_old:
            what = f"{command.name} {command.version} ({command.path}) is older than {command.least}"
            remedy = f"update {command.name} to {command.least} or newer"
            yield Flaw(code="AIM-H012", what=what, remedy=remedy, status=Status.FAILED)
