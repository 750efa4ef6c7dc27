"""What the HTML page finds in a Result's body, which may be that of any command: nothing of another shape is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any


def entries(body: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """A list of tables in a body, or ()."""
    found = body.get(key)
    is_list = isinstance(found, list | tuple)
    return tuple(each for each in found if isinstance(each, Mapping)) if is_list else ()  # type: ignore[union-attr]


def last_run(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record of a run: a part of the body, or, of a run's own document, all of it."""
    found = body.get("last_run", body if "totals" in body else {})
    return found if isinstance(found, Mapping) and entries(found, "tasks") else {}


def activity(body: Mapping[str, Any]) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Events and errors by day."""
    told = body.get("activity", {"days": body.get("by_day")})
    days_, errors = (told.get(key) for key in ("days", "errors")) if isinstance(told, Mapping) else (None, None)
    return _counts(days_), _counts(errors)


def _counts(found: object) -> Mapping[str, int]:
    if not isinstance(found, Mapping):
        return {}
    return {str(key): count for key, count in found.items() if isinstance(count, int)}


def timeline(tasks: Sequence[Mapping[str, Any]]) -> tuple[tuple[Mapping[str, Any], float, float], ...]:
    """Each task with its begin and length in seconds from the first one's begin; what never began stands at the end."""
    known = [(task, _when(task.get("started")), number(task.get("seconds"))) for task in tasks if "name" in task]
    begun = [begin for _, begin, _ in known if begin is not None]
    first = min(begun, default=0.0)
    last = max((begin + length for _, begin, length in known if begin is not None), default=first) - first
    return tuple((task, last if begin is None else begin - first, length) for task, begin, length in known)


def number(found: object) -> float:
    """A number that a body should have; 0 for anything else."""
    return float(found) if isinstance(found, int | float) else 0.0


def _when(stamp: object) -> float | None:
    try:
        return datetime.fromisoformat(str(stamp)).timestamp() if stamp else None
    except ValueError:
        return None
