"""Versions: what is expected, what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._app import command

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.drift import Standing
    from aim_lib.model import Result
    from aim_lib.ownership import Owned


@command(
    default=True,
    aliases=("report",),
    help={"check": "exit 5 when anything drifted, is missing or shadowed", "all": "also what the system has"},
)
def check(app: App, check: bool = False, all: bool = False) -> Result:
    """Every tool: expected and actual version, read from disk; drift, missing and undeclared ones, and why."""
    from aim_lib import drift
    from aim_lib.model import Result, Table

    found = app.standings(is_all=all)
    counts = drift.summary(found)
    rows = [
        (each.tool, each.manager, each.expected or "-", each.actual or "-", each.status, each.why) for each in found
    ]
    table = Table(columns=("tool", "manager", "expected", "actual", "status", ""), rows=tuple(rows)) if rows else None
    closing = ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "no tools are declared"
    off = counts[drift.DRIFT] + counts[drift.MISSING]
    remedies = dict.fromkeys(each.remedy or "aim sync-versions" for each in found if each.status in drift.OFF)
    remedy = tuple(f"fix: {line}" for line in remedies)
    return Result(
        exit_code=5 if check and off else 0,
        table=table,
        closing=(closing, *remedy),
        body={"summary": counts, "tools": [_document(each) for each in found]},
    )


def _document(standing: Standing) -> dict[str, Any]:
    keys = ("tool", "manager", "expected", "actual", "status", "path", "why", "remedy")
    copies = [_copy(each, standing.copies) for each in standing.copies]
    return {**{key: getattr(standing, key) for key in keys}, "copies": copies}


def _copy(copy: Owned, copies: tuple[Owned, ...]) -> dict[str, Any]:
    """One copy of a command; the one that `wins` is what a shell runs, as far as PATH tells."""
    first = next((each for each in copies if each.command == copy.command and each.note != "broken"), None)
    wins = copy is first and copy.place >= 0
    keys = ("command", "path", "manager", "name", "version", "id", "note")
    return {**{key: getattr(copy, key) for key in keys}, "wins": wins}
