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
    "AIM-H010": "A command of `[health] required_commands` is not on PATH. Work that needs it will fail. Install it, "
    "or put the folder it lies in on PATH; drop it from the list when nothing of yours needs it.",
    "AIM-H011": "A required command is on PATH, but the system cannot start it: it is damaged, made for another "
    "machine, or the interpreter it names is gone. Install it again.",
    "AIM-H012": "A required command is older than `[health] required_commands` asks for (`git>=2.30`). What relies "
    "on newer options of it will fail. Update it, or ask for less.",
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
