"""How long ago something was, in words. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

_UNITS = ((86_400 * 2, 86_400, "days"), (7_200, 3_600, "hours"), (120, 60, "minutes"))


def ago(stamp: str, now: datetime) -> str:
    """`3 hours ago` for an ISO 8601 time; "at an unknown time" for what is none. Times to come are "just now"."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return "at an unknown time"
    seconds = (now - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))).total_seconds()
    return next(
        (f"{int(seconds // length)} {word} ago" for least, length, word in _UNITS if seconds >= least), "just now"
    )
