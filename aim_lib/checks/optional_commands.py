"""The commands that are good to have: are they there, do they start, and are they recent enough?

One that is missing is a flaw only when the user has named it: the built-in list is a suggestion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model import Record
from ..proc import Runner
from . import Facts
from ._commands import Command, look
from ._flaws import Flaw, verdict

ID = "optional_commands"
CODES = {
    "AIM-H020": "A command that your own `[health] optional_commands` names is not on PATH. Nothing fails, but what "
    "you wanted it for will not be there. Install it, or take it from the list.",
    "AIM-H021": "An optional command is there and cannot be started. It is damaged, made for another machine, or the "
    "interpreter that it names is gone. Install it again, or remove it.",
    "AIM-H022": "An optional command is older than you ask for. `health.optional_commands` names the oldest that "
    "will do, as in `node>=20`; what you want newer ones for will not work. Update it, or ask for less.",
}


def check(facts: Facts, runner: Runner) -> Record:
    asked = look(facts.optional_commands, facts, runner)
    missing = [command.name for command in asked if not command.path]
    there = [command for command in asked if command.path]
    listed = ", ".join(command.shown for command in there) or "none are here"
    absent = f"; not here: {', '.join(missing)}" if missing else ""
    return verdict(
        ID,
        _flaws(asked, missing if facts.is_optional_chosen else []),
        f"{listed}{absent}" if asked else "none are named",
        found={command.name: command.path for command in there},
        missing=missing,
        versions={command.name: command.version for command in there},
    )


def _flaws(asked: Sequence[Command], missing: Sequence[str]) -> Iterator[Flaw]:
    if missing:
        remedy = f"install {' and '.join(missing)}, or take them from health.optional_commands"
        yield Flaw(code="AIM-H020", what=f"not on PATH: {', '.join(missing)}", remedy=remedy)
    for command in asked:
        if command.is_dead:
            what = f"{command.name} ({command.path}) cannot be started"
            yield Flaw(code="AIM-H021", what=what, remedy=f"install {command.name} again")
        if command.is_too_old:
            what = f"{command.name} {command.version} ({command.path}) is older than {command.least}"
            yield Flaw(code="AIM-H022", what=what, remedy=f"update {command.name} to {command.least} or newer")
