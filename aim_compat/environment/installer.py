"""`aim.environment.installer`: installs by `aim install`, which takes back what failed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from .exceptions import InstallationError
from .program import document, trouble


@dataclass
class InstallResult:
    """How one tool was installed."""

    tool: str
    manager: str
    success: bool
    version: str | None = None
    message: str = ""
    rollback_data: dict[str, Any] = field(default_factory=dict)


class ToolInstaller:
    """Installs tools; `config` is taken and not used: aim.toml counts."""

    def __init__(self, config: dict[str, Any] | None = None) -> None:
        self.config = config or {}

    async def install_pipx(self, package: str, version: str | None = None, force: bool = False) -> InstallResult:
        return await asyncio.to_thread(_install, "pipx", package, version)

    async def install_npm(self, package: str, version: str | None = None, force: bool = False) -> InstallResult:
        return await asyncio.to_thread(_install, "npm", package, version)

    async def install_winget(self, package: str, version: str | None = None, force: bool = False) -> InstallResult:
        return await asyncio.to_thread(_install, "winget", package, version)


def _install(manager: str, package: str, version: str | None) -> InstallResult:
    asked = ("--version", version) if version else ()
    found = document(InstallationError, "install", package, "--manager", manager, *asked)
    left = [each["detail"] for each in found["records"] if each["status"] in ("skipped", "warned")]
    success = found["exit_code"] == 0 and not left  # nothing to say is "already as wanted"
    return InstallResult(package, manager, success, version, "" if success else trouble(found) or "; ".join(left))
