"""`aim.environment.audit`: AIM's event log by the predecessor's names."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from aim_lib import app as wiring
from aim_lib import host

from .exceptions import AIMPlusError
from .program import document


class EventSeverity(StrEnum):
    """How grave an event is."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class AuditLogger:
    """Writes and finds events; `log_path` is taken and not used: there is one log."""

    def __init__(self, log_path: Path | str | None = None) -> None:
        self._audit = wiring.build(host.current()).audit
        self.log_path = self._audit.path

    def log_event(
        self, event_type: str, message: str, severity: str = "info", details: dict[str, Any] | None = None
    ) -> None:
        """Append one event."""
        self._audit.write(str(event_type), message, severity=str(severity), details=details or {})

    def query_events(
        self, event_type: str | None = None, severity: str | None = None, since: str | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Events that fit, newest first."""
        asked = {"--type": event_type, "--severity": severity, "--since": since}
        words = [word for name, value in asked.items() if value for word in (name, value)]
        found = document(AIMPlusError, "audit", "query", *words, "--limit", str(limit))
        events: list[dict[str, Any]] = found["events"]
        return events

    def get_recent_events(self, count: int = 50) -> list[dict[str, Any]]:
        """The newest first."""
        return self.query_events(limit=count)

    def get_stats(self) -> dict[str, Any]:
        """Counts by type and severity."""
        return document(AIMPlusError, "audit", "stats")


@cache
def get_audit_logger(path: Path | str | None = None) -> AuditLogger:
    return AuditLogger(path)
