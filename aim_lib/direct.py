"""The command an orchestrator runs itself where no AI tool did it: `[orchestrator.tools.NAME]`."""

from __future__ import annotations

import msgspec

from . import adapters, injection, scopes
from .adapters import Answer, Failure, Request
from .adapters.command import read
from .asking import EXITS, Outcome, ask, require_enabled
from .calling import Order, attempt_of, start, tool_env
from .desk import Desk
from .errors import AimError, BadConfig, CommandFailed, Unavailable
from .injection import CONSENT
from .payloads import files_of
from .proc import Completed
from .schema_ai import DirectTool


def ask_or_run(desk: Desk, order: Order, fallback: str = "") -> Outcome:
    """Ask the AI tools; when none did it, or AIM is off, run the direct command `fallback`, else one that can do it.

    Raises NotPermitted when AIM is off and there is none, BadConfig for one that is not known.
    """
    config = desk.app.settings.config
    direct = _direct(desk, order.capability, fallback) if config.orchestrator.fallback_to_direct else None
    if direct is None:
        require_enabled(desk.app)
        return ask(desk, order)
    if not config.aim.enabled:
        return _run(desk, order, *direct)
    outcome = ask(desk, order)
    return outcome if outcome.success else _run(desk, order, *direct, before=outcome)


def _direct(desk: Desk, capability: str, fallback: str) -> tuple[str, DirectTool] | None:
    tools = desk.app.settings.config.orchestrator.tools
    if fallback and fallback not in tools:
        raise BadConfig(f"there is no direct command {fallback}", remedy=f"declare [orchestrator.tools.{fallback}]")
    if fallback and not tools[fallback].command:
        raise BadConfig(f"orchestrator.tools.{fallback} has no command", remedy='set command = ["PROGRAM", "{prompt}"]')
    able = [name for name, tool in sorted(tools.items()) if capability in tool.capabilities and tool.command]
    name = fallback or next(iter(able), "")
    return (name, tools[name]) if name else None


def _run(desk: Desk, order: Order, name: str, direct: DirectTool, before: Outcome | None = None) -> Outcome:
    """Run it once; both failures are told when an AI tool had failed before."""
    _require_consent(desk, name, direct)
    answer, said = _answer(desk, order, name, direct)
    attempt = attempt_of(name, answer, said)
    severity, details = "info" if answer.success else "warning", msgspec.to_builtins(attempt)
    desk.app.audit.write("ai.direct", f"{name}: {order.capability}", severity=severity, details=details)
    message = answer.message
    if before is not None and not answer.success:
        message = f"AIM: {before.message}\nFallback: {message}"
    return Outcome(
        success=answer.success,
        message=message,
        attempts=(*(before.attempts if before else ()), attempt),
        content=answer.content,
        tool=name,
        exit_code=0 if answer.success else EXITS.get(answer.failure.value, CommandFailed.exit_code),
    )


def _answer(desk: Desk, order: Order, name: str, direct: DirectTool) -> tuple[Answer, Completed | None]:
    """What it says; the second is None when it could not be started."""
    app = desk.app
    request = Request(
        tool=name,
        program=direct.command[0],
        command=tuple(direct.command),
        capability=order.capability,
        payload=order.payload,
        prompt_by="" if any("{prompt}" in word for word in direct.command) else "stdin",
        args=order.args,
        files=files_of(order.payload),
        is_windows=app.host.is_windows,
    )
    limit = order.timeout_s or direct.timeout_s or app.settings.config.orchestrator.default_timeout_s
    try:
        said = start(app, adapters.fill(request), {**_env(desk, direct), **direct.env}, limit)
    except (Unavailable, AimError) as error:
        why = error.reason if isinstance(error, Unavailable) else error.message
        return Answer(success=False, message=why, failure=Failure.UNAVAILABLE), None
    return read(request, said), said


def _env(desk: Desk, direct: DirectTool) -> dict[str, str]:
    """That of the AI tool it is, when it is one; else no secret at all."""
    tool = desk.tools.named(direct.ai_tool) if direct.ai_tool else None
    if tool is not None:
        return tool_env(desk, tool)
    return scopes.strip(desk.app.host.env, injection.secret_names(desk.app))


def _require_consent(desk: Desk, name: str, direct: DirectTool) -> None:
    settings = desk.app.settings
    if not settings.is_foreign(f"orchestrator.tools.{name}.command"):
        return
    refusal = f"{settings.project} asks to run {direct.command[0]}"
    question = f"{settings.project} would run {' '.join(direct.command)}; allow it?"
    remedy = f"read its [orchestrator.tools.{name}], {CONSENT}"
    injection.require_consent(desk.app, refusal, question, remedy, desk.confirm)
