"""The last health report, kept in the state folder: what is shown where running the checks would take too long."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from . import files
from .errors import NotPermitted
from .model import Frozen

FILE_NAME = "health.json"
SCHEDULED = "health-scheduled.json"  # of the runs that nobody looks at: whether they tell of a change


class LastHealth(Frozen, frozen=True):
    """What a whole health run found: when (ISO 8601, UTC), the verdict, counts by word, and each check's document."""

    timestamp: str
    overall_status: str
    summary: Mapping[str, int]
    checks: tuple[Mapping[str, Any], ...] = ()


def keep(state: Path, body: Mapping[str, Any], stamp: str, name: str = FILE_NAME) -> None:
    """Put a whole run's body in the place of the last one. Where it cannot be written the last one stays."""
    document = {"timestamp": stamp, **{key: body[key] for key in ("overall_status", "summary", "checks")}}
    try:
        files.make_folder(state)
        files.write_json(state / name, document)
    except (OSError, NotPermitted):  # health itself says what is wrong with that folder
        return


def read(state: Path, name: str = FILE_NAME) -> LastHealth | None:
    """What the last whole run found; None when there was none, or its file is not what we write."""
    try:
        return msgspec.json.decode((state / name).read_bytes(), type=LastHealth)
    except (OSError, msgspec.DecodeError):
        return None
