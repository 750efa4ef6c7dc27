"""The configuration: which files count, and are they without mistakes?"""

from __future__ import annotations

from ..model import Record, Status
from ..proc import Runner
from . import Facts, record

ID = "config"
MISTAKEN = "AIM-H050"
CODES = {
    MISTAKEN: "The configuration has mistakes. AIM then falls back to its built-in defaults where it can, or refuses "
    "to change anything, so what you declared is not what happens. Each line names the file and the key; "
    "correct them, then see that nothing is left with: aim config validate",
}


def check(facts: Facts, runner: Runner) -> Record:
    files = ", ".join(facts.config_files)
    if facts.config_problems:
        detail = "\n".join(facts.config_problems)
        problems = list(facts.config_problems)
        return record(ID, Status.FAILED, detail, "aim config validate", code=MISTAKEN, path=files, problems=problems)
    return record(ID, Status.OK, files, path=files)
