"""Several things that one check finds, each with a code of its own, as the one Record that it returns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..model import Frozen, Record, Status
from . import record


class Flaw(Frozen, frozen=True):
    """One thing that is wrong: what exactly, and a remedy that can be typed."""

    code: str
    what: str
    remedy: str
    status: Status = Status.WARNED


def verdict(identity: str, flaws: Iterable[Flaw], fine: str, **facts: Any) -> Record:
    """The Record of a check: `fine` when there are no flaws, else all of them, code and remedy of the worst on top.

    Documents have each flaw in `findings`.
    """
    found = sorted(flaws, key=lambda flaw: flaw.status is not Status.FAILED)
    if not found:
        return record(identity, Status.OK, fine, **facts)
    worst = found[0]
    findings = [
        {"code": flaw.code, "status": flaw.status.value, "message": flaw.what, "remedy": flaw.remedy} for flaw in found
    ]
    detail = "\n".join(_line(flaw, worst) for flaw in found)
    return record(identity, worst.status, detail, worst.remedy, code=worst.code, **facts, findings=findings)


def _line(flaw: Flaw, worst: Flaw) -> str:
    """What is wrong, with its remedy where that is not the Record's."""
    return flaw.what if flaw.remedy == worst.remedy else f"{flaw.what} (fix: {flaw.remedy})"
