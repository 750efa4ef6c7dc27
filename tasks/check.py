"""Everything at once: health, the tools, their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import command
from ._health import chosen, look
from ._verifying import verified

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Record, Result

TOP_LEVEL = True
PATH = "path"  # what verifying says of PATH; the check `paths` has said it already


@command(
    lenient=True,
    help={"strict": "degraded exits 1 too", "profile": "what this kind of work asks: one of [health.profiles]"},
)
def check(app: App, strict: bool = False, profile: str = "") -> Result:
    """Health, then every tool asked for its answer and its version: unhealthy exits 1, drift 5."""
    from aim_lib import drift
    from aim_lib.model import Result

    healthy = look(app, chosen(app, profile=profile, strict=strict))
    tools = _verified(app)
    counts = drift.summary(app.standings()) if not app.settings.problems else dict.fromkeys(drift.ORDER, 0)
    has_drifted = bool(counts[drift.DRIFT] + counts[drift.MISSING])
    verdict, *more = healthy.closing
    asked_tools = (("Tools, asked", tuple(record.id for record in tools)),) if tools else ()
    listed = ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "no tools are declared"
    return Result(
        exit_code=healthy.exit_code or (5 if has_drifted or _has_failed(tools) else 0),
        records=(*healthy.records, *tools),
        groups=(*healthy.groups, *asked_tools),
        closing=(verdict, f"versions: {listed}", *more),
        body={"health": healthy.body, "versions": counts, "verified": not _has_failed(tools)},
    )


def _verified(app: App) -> tuple[Record, ...]:
    """What verifying finds; nothing while the configuration has mistakes, for nobody knows then what was declared."""
    if app.settings.problems:
        return ()
    return tuple(record for record in verified(app).records if record.id != PATH)


def _has_failed(records: tuple[Record, ...]) -> bool:
    from aim_lib.model import Status

    return any(record.status is Status.FAILED for record in records)
