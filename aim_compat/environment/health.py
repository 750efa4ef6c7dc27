"""`aim.environment.health`: the checks of `aim health`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from .exceptions import HealthCheckError
from .program import document


@dataclass
class HealthCheck:
    """One check: status pass, warn or fail."""

    name: str
    status: str
    message: str
    details: dict[str, Any] | None = None
    timestamp: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Without what is None."""
        return {key: value for key, value in asdict(self).items() if value is not None}


class HealthMonitor:
    """Runs every check."""

    def check_all(self) -> list[HealthCheck]:
        """Every check, by name."""
        return [_check(each) for each in document(HealthCheckError, "health")["checks"]]

    def generate_report(self, checks: Iterable[HealthCheck] | None = None) -> dict[str, Any]:
        """`timestamp`, `overall_status` healthy, degraded or unhealthy, `summary` and `checks`."""
        if checks is None:
            found = document(HealthCheckError, "health")
            return {key: found[key] for key in ("timestamp", "overall_status", "summary", "checks")}
        given = list(checks)
        counts = Counter(each.status for each in given)
        overall = "unhealthy" if counts["fail"] else "degraded" if counts["warn"] else "healthy"
        return {
            "timestamp": next((each.timestamp for each in given if each.timestamp), None),
            "overall_status": overall,
            "summary": {word: counts[word] for word in ("pass", "warn", "fail")},
            "checks": [each.to_dict() for each in given],
        }


def check_health() -> dict[str, Any]:
    """The report."""
    return HealthMonitor().generate_report()


def _check(found: dict[str, Any]) -> HealthCheck:
    return HealthCheck(
        found["name"], found["status"], found["message"], found.get("details") or None, found.get("timestamp")
    )
