"""The Python that runs us: is it recent enough?"""

from __future__ import annotations

from ..model import Record, Status
from ..proc import Runner
from . import Facts, host_of, record

ID = "python"
OLD = "AIM-H001"
CODES = {
    OLD: "The Python that runs AIM is older than `health.min_python`. Tools that are built with it may refuse it, and "
    "old Pythons get no more security fixes. Install a newer Python and set AIM up again with it: "
    "python3 aim.py bootstrap",
}


def check(facts: Facts, runner: Runner) -> Record:
    version = ".".join(map(str, facts.python_version))
    oldest = tuple(int(part) for part in facts.min_python.split("."))
    details = {"version": version, "executable": host_of(facts).python}
    if facts.python_version[:2] >= oldest:
        return record(ID, Status.OK, f"Python {version}", **details)
    remedy = f"install Python {facts.min_python} or newer, then: python3 aim.py bootstrap"
    return record(ID, Status.WARNED, f"Python {version} is older than {facts.min_python}", remedy, code=OLD, **details)
