"""AI tools for Python programs: ask the right one for a capability, go on to the next where that may help.

Every call answers `{success, message, content}`; nothing is raised for what a tool, a rule or the machine refuses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict, cast

from . import app as wiring
from . import host as machine
from .app import App
from .asking import Outcome, ask
from .calling import Order
from .desk import Desk, open_desk, versioned
from .direct import ask_or_run
from .errors import AimError


class AiResult(TypedDict):
    """What every call answers. `content` has `attempts`, and of the tool that answered `tool_id`, `exit_code`, …"""

    success: bool
    message: str
    content: dict[str, Any]


def nobody(_question: str) -> bool:
    """The answer where nobody can be asked."""
    return False


def silence(_line: str) -> None:
    """Where what is said goes when nobody listens."""


def invoke_tool(
    tool_id: str,
    capability: str,
    payload: Mapping[str, Any] | None = None,
    timeout_s: float | None = None,
    *,
    args: Sequence[str] = (),
    app: App | None = None,
) -> AiResult:
    """Ask this one tool. `timeout_s` in seconds; None: what the configuration says."""
    return _answered(app, lambda desk: ask(desk, order(capability, payload, timeout_s, args), tool=tool_id))


def route_capability(
    capability: str,
    payload: Mapping[str, Any] | None = None,
    timeout_s: float | None = None,
    *,
    args: Sequence[str] = (),
    app: App | None = None,
) -> AiResult:
    """Ask the tools that the rules name for `capability`, in their order, until one has done it."""
    return _answered(app, lambda desk: ask(desk, order(capability, payload, timeout_s, args)))


def execute_with_aim(
    capability: str,
    payload: Mapping[str, Any] | None = None,
    fallback_tool: str | None = None,
    timeout_s: float | None = None,
    *,
    app: App | None = None,
) -> AiResult:
    """As `route_capability`; when no AI tool did it, or AIM is off, the direct command `[orchestrator.tools.NAME]`."""
    told = order(capability, payload, timeout_s, ())
    return _answered(app, lambda desk: ask_or_run(desk, told, fallback_tool or ""))


async def invoke_tool_async(
    tool_id: str, capability: str, payload: Mapping[str, Any] | None = None, timeout_s: float | None = None
) -> AiResult:
    """As `invoke_tool`; when it is cancelled, the tool is stopped with its whole tree."""
    app = wiring.build(machine.current())
    return await _awaited(app, lambda: invoke_tool(tool_id, capability, payload, timeout_s, app=app))


async def route_capability_async(
    capability: str, payload: Mapping[str, Any] | None = None, timeout_s: float | None = None
) -> AiResult:
    """As `route_capability`; when it is cancelled, the tool is stopped with its whole tree."""
    app = wiring.build(machine.current())
    return await _awaited(app, lambda: route_capability(capability, payload, timeout_s, app=app))


def detect_tool(tool_id: str, *, app: App | None = None) -> bool:
    """Whether the tool is on this machine; nothing is started."""
    desk = open_desk(app or wiring.build(machine.current()), silence, nobody)
    tool = desk.tools.named(tool_id)
    return tool is not None and bool(desk.found[tool.id].where)


def get_tool_version(tool_id: str, *, app: App | None = None) -> str | None:
    """Its version, by what is on disk, else by asking it; None when it is not there or nobody can tell."""
    desk = open_desk(app or wiring.build(machine.current()), silence, nobody)
    tool = desk.tools.named(tool_id)
    return (versioned(desk, tool).version or None) if tool else None


def order(capability: str, payload: Mapping[str, Any] | None, timeout_s: float | None, args: Sequence[str]) -> Order:
    told = dict(payload or {})
    limit = told.get("timeout_ms")
    own = float(limit) / 1000 if isinstance(limit, int | float) and limit > 0 else 0.0
    return Order(capability=capability, payload=told, args=tuple(args), timeout_s=timeout_s or own)


def _answered(app: App | None, asking: Callable[[Desk], Outcome]) -> AiResult:
    try:
        desk = open_desk(app or wiring.build(machine.current()), silence, nobody)
        outcome = asking(desk)
    except AimError as error:
        content = {"error": type(error).__name__, "exit_code": error.exit_code, "remedy": error.remedy, "attempts": []}
        return AiResult(success=False, message="\n".join((error.message, *error.details)), content=content)
    return cast("AiResult", outcome.body())


async def _awaited(app: App, work: Callable[[], AiResult]) -> AiResult:
    try:
        return await asyncio.to_thread(work)
    except asyncio.CancelledError:
        app.runner.cancel()
        raise
