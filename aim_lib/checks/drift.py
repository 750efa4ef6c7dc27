"""The declared tools: is each there, whole, at its version?"""

from __future__ import annotations

from ..model import Record, Status
from ..proc import Runner
from ..quantities import counted
from . import Facts, record

ID = "drift"
DRIFTED = "AIM-H090"
CODES = {
    DRIFTED: "Some tools are not as declared. Who works here runs other versions than the project was tried with, "
    "or a tool is missing or broken. See what would change with `aim plan`, and bring it about with: aim sync-versions",
}


def check(facts: Facts, runner: Runner) -> Record:
    if facts.config_problems:
        return record(ID, Status.SKIPPED, "not judged while the configuration has mistakes")
    if not facts.off_tools:
        return record(
            ID, Status.OK, f"{counted(facts.tool_count, 'tool is', 'tools are')} as declared", count=facts.tool_count
        )
    detail = "\n".join(f"{name}: {why}" for name, why in facts.off_tools)
    names = [name for name, _ in facts.off_tools]
    return record(ID, Status.WARNED, detail, "aim sync-versions", code=DRIFTED, tools=names)
