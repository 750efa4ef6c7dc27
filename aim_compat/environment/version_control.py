"""`aim.environment.version_control`: what `aim version check` and `aim sync-versions` say and do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from .exceptions import VersionControlError
from .program import document


@dataclass
class VersionStatus:
    """How one tool stands: status ok, drift, missing or unexpected."""

    tool: str
    manager: str
    expected_version: str | None
    actual_version: str | None
    status: str


class VersionControl:
    """Compares and syncs versions; `config` is taken and not used: aim.toml and aim.lock count."""

    def __init__(self, config: dict[str, Any] | None = None) -> None:
        self.config = config or {}

    async def check_all(self, manager: str | None = None) -> list[VersionStatus]:
        """Every tool, or those of one manager."""
        found = await asyncio.to_thread(document, VersionControlError, "version", "check")
        return [_status(each) for each in found["tools"] if manager in (None, each["manager"])]

    async def check_version(self, tool: str, manager: str) -> VersionStatus | None:
        """One tool, None when it is not known."""
        return next((each for each in await self.check_all(manager) if each.tool == tool), None)

    async def sync(self, dry_run: bool = False, force: bool = False) -> list[tuple[str, bool, str]]:
        """Bring each to its version: tool, whether that is so now, what was said."""
        words = ("sync-versions", *(("--dry-run",) if dry_run else ()))
        found = await asyncio.to_thread(document, VersionControlError, *words)
        return [
            (each["title"], each["status"] in ("ok", "changed", "skipped"), each["detail"]) for each in found["records"]
        ]


def _status(found: dict[str, Any]) -> VersionStatus:
    return VersionStatus(
        found["tool"], found["manager"], found["expected"] or None, found["actual"] or None, found["status"]
    )
