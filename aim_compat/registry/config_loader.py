"""`aim.registry.config_loader`: the configuration in the predecessor's shape."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from aim_lib import app as wiring
from aim_lib import config, host
from aim_lib.wanted import as_tool
from aim_lib.desk import known_tools


class ConfigLoader:
    """Reads the configuration once; `config_path` is a folder, or a file in one, in which to look for an aim.toml."""

    def __init__(self, config_path: Path | str | None = None) -> None:
        self._place = Path(config_path) if config_path else None
        self._loaded: dict[str, Any] = {}

    def load(self, validate: bool = True) -> dict[str, Any]:
        """All of it, merged. Raises BadConfig with every mistake; without `validate` the built-in one counts then."""
        machine = host.current()
        if self._place is not None:
            machine = replace(machine, cwd=(self._place if self._place.is_dir() else self._place.parent).absolute())
        app = wiring.build(machine, lenient=not validate)
        told = msgspec.to_builtins(app.settings.config)
        tools = {tool.id: _old_tool(tool) for tool in known_tools(app).by_id.values()}
        rules = {
            name: {"primaryTool": rule["primary"], "fallbacks": rule["fallback"], **rule}
            for name, rule in (
                (name, {"primary": "", "fallback": [], **each}) for name, each in told["ai"]["capabilities"].items()
            )
        }
        declared = {kind: list(names) for kind, names in told["tools"].items()}
        self._loaded = {
            "version": "1.0.0",
            "registry": {"tools": tools, "capabilities": rules},
            "environment": {
                "enabled": told["aim"]["enabled"],
                "pipxApps": declared.get("pipx", []),
                "npmGlobal": declared.get("npm", []),
                "healthChecks": {"requiredCommands": told["health"]["required_commands"]},
                "versionPins": _pins(app.settings),
            },
            "audit": {"enabled": told["audit"]["enabled"], "logPath": str(app.audit.path)},
        }
        return self._loaded

    def get_registry(self) -> dict[str, Any]:
        return self._part("registry")

    def get_environment(self) -> dict[str, Any]:
        return self._part("environment")

    def get_audit(self) -> dict[str, Any]:
        return self._part("audit")

    def get_tool(self, tool_id: str) -> dict[str, Any] | None:
        """One AI tool, None when there is none of that id."""
        found: dict[str, Any] | None = self.get_registry()["tools"].get(tool_id)
        return found

    def get_capability(self, name: str) -> dict[str, Any] | None:
        """One capability's rule, None when there is none."""
        found: dict[str, Any] | None = self.get_registry()["capabilities"].get(name)
        return found

    def _part(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = (self._loaded or self.load())[name]
        return found


def get_config_loader(config_path: Path | str | None = None) -> ConfigLoader:
    return ConfigLoader(config_path)


def load_config(validate: bool = True) -> dict[str, Any]:
    """All of it, merged; see `ConfigLoader.load`."""
    return ConfigLoader().load(validate)


def _old_tool(tool: Any) -> dict[str, Any]:
    return {
        "name": tool.title,
        "detectCommands": list(tool.detect),
        "versionCommand": list(tool.version_command) or [*tool.detect[:1], "--version"],
        "capabilities": list(tool.capabilities),
        "configPaths": list(tool.config_paths),
        "logPaths": list(tool.log_paths),
        "pinnedVersion": tool.pinned,
    }


def _pins(settings: config.Settings) -> dict[str, dict[str, str]]:
    pins: dict[str, dict[str, str]] = {}
    for kind, tools in settings.config.tools.items():
        versions = {name: as_tool(spec).version for name, spec in tools.items()}
        pins[kind] = {name: version for name, version in versions.items() if version[:1].isdigit()}
    return pins
