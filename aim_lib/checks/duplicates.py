"""One tool from two package managers: which of them answers depends on PATH, and only one is kept up to date."""

from __future__ import annotations

from collections.abc import Iterator

from .. import ownership
from ..model import Record
from ..proc import Runner
from ..quantities import counted
from . import Facts
from ._flaws import Flaw, verdict

ID = "duplicates"
CODES = {
    "AIM-H100": "A tool of yours is installed by a second package manager too. The copy that PATH has first is "
    "started, so today it works; an update of one of them, or another order of PATH, brings the other version. Keep "
    "one.",
}


def check(facts: Facts, runner: Runner) -> Record:
    flaws = tuple(_flaws(facts))
    return verdict(ID, flaws, f"none among {counted(len(facts.standings), 'tool')}")


def _flaws(facts: Facts) -> Iterator[Flaw]:
    for standing in facts.standings:
        for finding in ownership.findings_among(f"{standing.manager}:{standing.tool}", standing.copies):
            if not finding.is_shadow:  # one that comes first on PATH is for `path_order` to tell
                yield _flaw(finding)
                break  # one twin of a tool is enough to tell


def _flaw(finding: ownership.Finding) -> Flaw:
    what = f"{finding.command} is {finding.ours} and {finding.other.path}, {finding.other.whose}"
    return Flaw(code="AIM-H100", what=what, remedy=finding.removal or f"remove {finding.other.path}")
