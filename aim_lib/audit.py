"""The event log: one JSON line for each thing done to the machine, on disk before it is reported done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from . import files


@dataclass(slots=True)
class Audit:
    """Appends events to `path`; `stamp` gives the time (ISO 8601, UTC). A disabled log takes events and writes none."""

    path: Path
    stamp: Callable[[], str]
    user: str
    session_id: str
    redact: Callable[[str], str] = str
    is_enabled: bool = True
    counts: dict[str, int] = field(default_factory=dict)

    def write(
        self, event_type: str, message: str, *, severity: str = "info", details: Mapping[str, Any] | None = None
    ) -> None:
        """Append one event and see it on disk."""
        if not self.is_enabled:
            return
        event = {
            "event_type": event_type,
            "timestamp": self.stamp(),
            "severity": severity,
            "message": message,
            "details": dict(details or {}),
            "user": self.user,
            "session_id": self.session_id,
        }
        files.append_line(self.path, self.redact(msgspec.json.encode(event).decode()))
