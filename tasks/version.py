"""Versions: what is expected, what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import command

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result


@command(default=True, aliases=("report",), help={"check": "exit 5 when anything drifted or is missing"})
def check(app: App, check: bool = False) -> Result:
    """Every tool: expected and actual version, read from disk; drift, missing and undeclared ones."""
    from aim_lib import drift
    from aim_lib.model import Result, Table

    found = app.standings()
    counts = drift.summary(found)
    rows = [
        (each.tool, each.manager, each.expected or "-", each.actual or "-", each.status, each.why) for each in found
    ]
    table = Table(columns=("tool", "manager", "expected", "actual", "status", ""), rows=tuple(rows)) if rows else None
    closing = ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "no tools are declared"
    off = counts[drift.DRIFT] + counts[drift.MISSING]
    remedy = ("fix: aim sync-versions",) if off else ()
    return Result(
        exit_code=5 if check and off else 0,
        table=table,
        closing=(closing, *remedy),
        body={"summary": counts, "tools": [_document(each) for each in found]},
    )


def _document(standing: object) -> dict[str, str]:
    return {key: getattr(standing, key) for key in ("tool", "manager", "expected", "actual", "status", "path")}
