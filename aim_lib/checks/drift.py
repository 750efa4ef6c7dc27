"""The declared tools: is each there, whole, at its version?"""

from __future__ import annotations

from ..model import Record, Status
from ..proc import Runner
from . import Facts, record

ID = "drift"


def check(facts: Facts, runner: Runner) -> Record:
    if facts.config_problems:
        return record(ID, Status.SKIPPED, "not judged while the configuration has mistakes")
    if not facts.off_tools:
        return record(ID, Status.OK, f"{facts.tool_count} tools are as declared", count=facts.tool_count)
    detail = "\n".join(f"{name}: {why}" for name, why in facts.off_tools)
    return record(ID, Status.WARNED, detail, "aim sync-versions", tools=[name for name, _ in facts.off_tools])
