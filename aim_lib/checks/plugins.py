"""The plugins: which other packages add to AIM, and can what they add be used?"""

from __future__ import annotations

from ..model import Record, Status
from ..proc import Runner
from . import Facts, record

ID = "plugins"


def check(facts: Facts, runner: Runner) -> Record:
    if facts.plugin_problems:
        names = ", ".join(dict.fromkeys(line.partition(" ")[0] for line in facts.plugin_problems))
        remedy = f"mend {names} or uninstall it from AIM's environment; AIM_PLUGINS=0 leaves all plugins out"
        return record(ID, Status.FAILED, "\n".join(facts.plugin_problems), remedy)
    detail = "\n".join(facts.plugins) or "none are installed"
    return record(ID, Status.OK, detail, plugins=list(facts.plugins))
