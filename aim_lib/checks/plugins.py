"""The plugins: which other packages add to AIM, and can what they add be used?"""

from __future__ import annotations

from ..model import Record, Status
from ..proc import Runner
from . import Facts, record

ID = "plugins"
BROKEN = "AIM-H190"
CODES = {
    BROKEN: "A plugin cannot be used. Another installed package says that it adds to AIM, and it cannot be imported or "
    "lacks a part of the contract; commands that need the whole set refuse. Update that package, or uninstall it from "
    "AIM's environment; until then AIM_PLUGINS=0 leaves all plugins out.",
}


def check(facts: Facts, runner: Runner) -> Record:
    if facts.plugin_problems:
        names = ", ".join(dict.fromkeys(line.partition(" ")[0] for line in facts.plugin_problems))
        remedy = f"mend {names} or uninstall it from AIM's environment; AIM_PLUGINS=0 leaves all plugins out"
        return record(ID, Status.FAILED, "\n".join(facts.plugin_problems), remedy, code=BROKEN)
    detail = "\n".join(facts.plugins) or "none are installed"
    return record(ID, Status.OK, detail, plugins=list(facts.plugins))
