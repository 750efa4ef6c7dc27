"""The configuration: which files count, and are they without mistakes?"""

from __future__ import annotations

from ..model import Record, Status
from ..proc import Runner
from . import Facts, record

ID = "config"


def check(facts: Facts, runner: Runner) -> Record:
    files = ", ".join(facts.config_files)
    if facts.config_problems:
        detail = "\n".join(facts.config_problems)
        return record(
            ID, Status.FAILED, detail, "aim config validate", path=files, problems=list(facts.config_problems)
        )
    return record(ID, Status.OK, files, path=files)
