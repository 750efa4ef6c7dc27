"""The configuration: which files count, and are they without mistakes?"""

from __future__ import annotations

from ..model import Record, Status
from ..proc import Runner
from . import Facts, record

ID = "config"
CODES = {
    "AIM-H050": "A file of configuration has mistakes: a key nobody knows, or a value of the wrong kind. Commands "
    "that change the machine refuse to guess; health is judged by the built-in defaults until then.",
}


def check(facts: Facts, runner: Runner) -> Record:
    files = ", ".join(facts.config_files)
    if facts.config_problems:
        detail = "\n".join(facts.config_problems)
        return record(
            ID,
            Status.FAILED,
            detail,
            "aim config validate",
            "AIM-H050",
            path=files,
            problems=list(facts.config_problems),
        )
    return record(ID, Status.OK, files, path=files)
