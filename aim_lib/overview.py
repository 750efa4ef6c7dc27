"""What a page about a machine shows beside a command's own result: the last run, drift, caches, the log's activity.

Gathers only what is on disk already, in milliseconds: it starts no program and reads no tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from .app import App
from .audit_query import Question
from .audit_stats import stats
from .engine.places import places_of
from .errors import AimError
from .host import iso
from .model import Record

ACTIVITY_DAYS = 30
GRAVE = ("error", "critical")


def parts(app: App, records: Iterable[Record] = ()) -> dict[str, Any]:
    """Body parts for reports: `last_run`, `caches`, `activity`; each only when it is known.

    Caches are known by the check of that name, when it is among `records`.
    """
    found = {"last_run": last_run(app), "caches": caches(records), "activity": activity(app)}
    return {key: value for key, value in found.items() if value}


def last_run(app: App) -> Mapping[str, Any]:
    """The record of this project's last run, else of the newest run of any project; {} when nothing ran yet."""
    runs = app.host.folders.state / "runs"
    project = app.settings.project.parent if app.settings.project else app.host.cwd
    own = places_of(project, app.host).last_run
    return _document(own) or next(filter(None, map(_document, _newest_first(runs))), {})


def _newest_first(runs: Path) -> list[Path]:
    dated = []
    for path in runs.glob("*/last-run.json"):
        try:
            dated.append((path.stat().st_mtime_ns, path))
        except OSError:  # gone in this moment
            continue
    return [path for _, path in sorted(dated, reverse=True)]


def _document(path: Path) -> dict[str, Any]:
    """A run's document without the lists that are empty in it; {} when there is none."""
    try:
        document = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return {}
    keys = ("command", "timestamp", "result", "tasks", "totals")
    return {key: document[key] for key in keys if key in document}


def caches(records: Iterable[Record]) -> list[dict[str, Any]]:
    """The sizes that the check of the caches has seen, in bytes."""
    sizes = next((record.facts.get("sizes") for record in records if record.id == "caches"), None)
    if not isinstance(sizes, Mapping):
        return []
    return [{"path": name, "size_bytes": count} for name, count in sizes.items() if isinstance(count, int)]


def activity(app: App) -> dict[str, dict[str, int]]:
    """Events and errors by day (UTC) of the last ACTIVITY_DAYS days; {} for an empty log."""
    since = f"{iso(app.clock() - timedelta(days=ACTIVITY_DAYS - 1))[:10]}T00:00:00.000Z"
    try:
        days = dict(stats(app.audit.path, Question(since=since)).counts["day"])
        errors: dict[str, int] = {}
        for severity in GRAVE:
            by_day = stats(app.audit.path, Question(since=since, severity=severity)).counts["day"]
            errors |= {day: errors.get(day, 0) + count for day, count in by_day.items()}
    except (OSError, AimError):
        return {}
    return {"days": days, "errors": errors} if days else {}
