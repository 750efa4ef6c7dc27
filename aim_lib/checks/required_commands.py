"""The commands that must be on PATH: are they there, and do they answer with a version?"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from ..errors import AimError
from ..model import Record, Status
from ..proc import Runner
from ..together import ask_together
from . import Facts, host_of, record

ID = "required_commands"
MISSING = "AIM-H010"
UNSTARTABLE = "AIM-H011"
CODES = {
    MISSING: "A required command is not on PATH. `health.required_commands` says that nobody can work here without it. "
    "Install it by the system's package manager, or put the folder that it is in on PATH.",
    UNSTARTABLE: "A required command is there and cannot be started. Its interpreter may be gone, the file may be no "
    "program, or one for another machine. Install it again.",
}
DEAD = "(cannot be started)"
_VERSION = re.compile(r"\d+\.\d+[\w.+-]*")


def check(facts: Facts, runner: Runner) -> Record:
    host = host_of(facts).with_path_first(*facts.bin_folders)
    found = {name: str(path) for name in facts.required_commands if (path := host.which(name))}
    missing = [name for name in facts.required_commands if name not in found]
    answers = _versions(found, facts, runner)
    details: dict[str, Any] = {"found": found, "missing": missing, "versions": answers}
    if missing:
        detail = f"not on PATH: {', '.join(missing)}"
        remedy = f"install {' and '.join(missing)}, or put their folder on PATH"
        return record(ID, Status.FAILED, detail, remedy, code=MISSING, **details)
    dead = [name for name, answer in answers.items() if answer == DEAD]
    if dead:
        detail = f"cannot be started: {', '.join(dead)}"
        return record(ID, Status.FAILED, detail, f"install {' and '.join(dead)} again", code=UNSTARTABLE, **details)
    listed = ", ".join(f"{name} {answers[name]}".rstrip() for name in found) or "none are required"
    return record(ID, Status.OK, listed, **details)


def _versions(found: dict[str, str], facts: Facts, runner: Runner) -> dict[str, str]:
    answers = ask_together([partial(_ask, path, facts, runner) for path in found.values()])
    return dict(zip(found, answers, strict=True))


def _ask(path: str, facts: Facts, runner: Runner) -> str:
    try:
        done = runner.run((path, "--version"), env=host_of(facts).env, timeout_s=facts.timeout_s / 2)
    except AimError:
        return DEAD
    version = _VERSION.search(done.stdout + done.stderr)
    return version.group() if version else ""
