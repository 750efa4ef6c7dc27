"""What the checks of the whole machine may know, beside what every check does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.drift import Standing


def of_the_machine(app: App, standings: Sequence[Standing]) -> dict[str, Any]:
    """Fields of `Facts`, by name."""
    from aim_lib import __version__, registry

    settings = app.settings
    health = settings.config.health
    built_in = settings.layers[0].name if settings.layers else ""
    return {
        "now_s": app.clock().timestamp(),
        "is_optional_chosen": settings.origins.get("health.optional_commands", built_in) != built_in,
        "standings": tuple(standings),
        "ai_tools": registry.load().tool,
        "cache_warn_gb": health.cache_warn_gb,
        "min_free_gb": health.min_free_gb,
        "open_run": _open_run(app),
        "has_network": health.network,
        "has_release": health.release,
        "is_offline": settings.config.bootstrap.offline,
        "version": __version__,
    }


def is_shadowed(standing: Standing) -> bool:
    """Whether nothing is wrong with a tool but another copy ahead of it on PATH."""
    from aim_lib import ownership

    found = ownership.findings_among(f"{standing.manager}:{standing.tool}", standing.copies)
    return bool(found) and found[0].is_shadow and standing.why == found[0].phrase


def _open_run(app: App) -> str:
    """What the journal says of a run that has not ended."""
    left = app.journal.unfinished() if app.journal.is_open() else None
    if left is None:
        return ""
    doing = ", ".join(left.changes) or "nothing that is not finished"
    return f"{left.command}, begun {left.since}, was changing: {doing}"
