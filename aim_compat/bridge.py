"""`aim.bridge`: routing and calling AI tools; every call answers `{success, message, content}`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aim_lib import app as wiring
from aim_lib import bridge, host
from aim_lib.bridge import AiResult, detect_tool, get_tool_version, invoke_tool

__all__ = [
    "detect_tool",
    "get_aim_registry_path",
    "get_tool_version",
    "invoke_adapter",
    "invoke_tool",
    "load_aim_registry",
    "load_coordination_rules",
    "record_audit_log",
    "route_capability",
]
FOLDER = ".AIM_ai-tools-registry"


def get_aim_registry_path() -> Path:
    """The folder of the predecessor's registry: AIM_REGISTRY_PATH, else one here. Raises FileNotFoundError."""
    machine = host.current()
    told = machine.get("AIM_REGISTRY_PATH")
    places = [Path(told)] if told else [machine.cwd / "aim" / FOLDER, machine.cwd / FOLDER]
    found = next((place for place in places if place.is_dir()), None)
    if found is None:
        raise FileNotFoundError(f"no AIM registry at {', '.join(map(str, places))}")
    return found


def load_aim_registry() -> dict[str, Any]:
    """`AIM_registry.json` as it stands. Raises FileNotFoundError."""
    return _read(get_aim_registry_path() / "AIM_registry.json")


def load_coordination_rules() -> dict[str, Any]:
    """The rules file as it stands. Raises FileNotFoundError."""
    folder = get_aim_registry_path() / "AIM_cross-tool"
    return _read(folder / "AIM_coordination-rules.json")


def invoke_adapter(
    tool_id: str, capability: str, payload: Mapping[str, Any], timeout_sec: float | None = None
) -> AiResult:
    """Ask one tool; `timeout_sec` in seconds."""
    return bridge.invoke_tool(tool_id, capability, payload, timeout_sec)


def route_capability(capability: str, payload: Mapping[str, Any], timeout_sec: float | None = None) -> AiResult:
    """Ask the primary, then the fallbacks; `timeout_sec` in seconds."""
    return bridge.route_capability(capability, payload, timeout_sec)


def record_audit_log(tool_id: str, capability: str, payload: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """An event of a call that was made elsewhere; of the payload only its fields are kept."""
    success = bool(result.get("success"))
    details = {"tool": tool_id, "capability": capability, "success": success, "payload_fields": sorted(payload)}
    app = wiring.build(host.current())
    message = f"{tool_id}: {capability}: {result.get('message', '')}"
    app.audit.write("ai.tried", message, severity="info" if success else "warning", details=details)


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    return found
