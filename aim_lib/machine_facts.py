"""What the checks of the whole machine may know, beside what every check does: fields of `Facts`, by name.

What costs time is a function, to be called when it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from . import ownership, registry

if TYPE_CHECKING:
    from .app import App
    from .drift import Standing
    from .schema import Health


def known(app: App, told: Health) -> dict[str, Any]:
    """What is at hand, by the settings `told`."""
    layers = app.settings.layers
    suggested = layers[0].values.get("health", {}).get("optional_commands", []) if layers else []
    return {
        "now_s": app.clock().timestamp(),
        "is_optional_chosen": list(told.optional_commands) != list(suggested),
        "cache_warn_gb": told.cache_warn_gb,
        "min_free_gb": told.min_free_gb,
        "has_network": told.network,
        "has_release": told.release,
        "is_offline": app.settings.config.bootstrap.offline,
        "version": app.audit.version,
    }


def costly(app: App, standings: Callable[[], Sequence[Standing]]) -> dict[str, Callable[[], Any]]:
    """What takes a look at the disk; `standings` are those of the declared tools."""
    return {
        "standings": lambda: tuple(standings()),
        "ai_tools": lambda: registry.load().tool,
        "open_run": lambda: _open_run(app),
    }


def is_shadowed(standing: Standing) -> bool:
    """Whether nothing is wrong with a tool but another copy ahead of it on PATH, which `path_order` tells."""
    found = ownership.findings_among(f"{standing.manager}:{standing.tool}", standing.copies)
    return bool(found) and found[0].is_shadow and standing.why == found[0].phrase


def _open_run(app: App) -> str:
    """What the journal says of a run that has not ended."""
    left = app.journal.unfinished() if app.journal.is_open() else None
    if left is None:
        return ""
    doing = ", ".join(left.changes) or "nothing that is not finished"
    return f"{left.command}, begun {left.since}, was changing: {doing}"
