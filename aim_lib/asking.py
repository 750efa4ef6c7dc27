"""Asks AI tools for a capability, one after the other: who, in which turn, and when to go on to the next."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec

from . import files, payloads, routing, turns
from .adapters import Adapter, Answer, Failure
from .app import App
from .calling import FOLDER, Attempt, Order, try_tool
from .desk import Desk, versioned
from .errors import BadConfig, CommandFailed, MissingProgram, NotPermitted, TookTooLong
from .model import Frozen
from .proc import own_pid
from .routing import Candidate, Decision

AGAIN = (Failure.RATE_LIMIT, Failure.NETWORK)  # after which the same tool is worth another try
EXITS = {
    Failure.UNAVAILABLE.value: MissingProgram.exit_code,
    Failure.AUTHENTICATION.value: NotPermitted.exit_code,
    Failure.TIMEOUT.value: TookTooLong.exit_code,
}


class Outcome(Frozen, frozen=True):
    """How it ended: the last tool's answer, every attempt before it, and the exit code for a command."""

    success: bool
    message: str
    attempts: tuple[Attempt, ...] = ()
    content: Mapping[str, Any] = {}
    tool: str = ""
    exit_code: int = 0

    def body(self) -> dict[str, Any]:
        """`success`, `message` and `content`, as the predecessor answered, with the attempts in the content."""
        told = {"tool_id": self.tool, **self.content, "attempts": msgspec.to_builtins(self.attempts)}
        told["duration_s"] = round(sum(each.seconds for each in self.attempts), 3)
        return {"success": self.success, "message": self.message, "content": told}


def decide(desk: Desk, capability: str, payload: Mapping[str, Any] | None = None, tool: str = "") -> Decision:
    """Who would be asked, and why; with a `payload` also whether it may be sent. Starts nothing."""
    if tool:
        known = desk.tools.named(tool)
        if known is None:
            return Decision(capability=capability, refusals=(f"no tool of the name {tool} is known",))
        decision = routing.only(known, capability, desk.found, desk.rules)
    else:
        turn = _turn(desk, capability)
        decision = routing.route(capability, desk.tools, desk.found, desk.rules, turn=turn)
    wrong = _payload_problems(desk, capability, payload) if payload is not None else ()
    return msgspec.structs.replace(decision, refusals=(*decision.refusals, *wrong))


def _payload_problems(desk: Desk, capability: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
    root = os.path.realpath(desk.app.host.cwd)
    real = {
        name: os.path.relpath(os.path.realpath(os.path.join(root, name)), root)  # noqa: PTH118 - names may be any text
        for name in payloads.files_of(payload)
        if "\0" not in name
    }
    try:
        return payloads.problems(payload, desk.rules.of(capability).requires, desk.policies, real)
    except ValueError as error:
        return (str(error),)


def ask(desk: Desk, order: Order, tool: str = "") -> Outcome:
    """Decide, wait for a turn, and ask one after the other. Raises BadConfig for a payload that may not be sent."""
    require_enabled(desk.app)
    decision = decide(desk, order.capability, order.payload, tool)
    if decision.refusals:
        desk.app.audit.write(
            "ai.refused",
            f"{order.capability}: {decision.refusals[0]}",
            severity="warning",
            details={"capability": order.capability, "reasons": list(decision.refusals)},
        )
        raise BadConfig(
            f"{order.capability} is not asked of anybody",
            details=decision.refusals,
            remedy="aim ai route NAME says why",
        )
    if decision.is_native:
        return _versions(desk, decision, order)
    if not decision.usable:
        return _nobody_there(decision)
    told = desk.app.settings.config.ai.policy
    with _turn_taken(desk, order.capability, told.max_concurrent, told.queue_timeout_s):
        _count_turn(desk, order.capability)
        return _ask_each(desk, decision, order)


def require_enabled(app: App) -> None:
    """Raises NotPermitted when `aim.enabled` is false."""
    if not app.settings.config.aim.enabled:
        origin = app.settings.origins.get("aim.enabled", "the configuration")
        raise NotPermitted(f"AIM is switched off: aim.enabled is false ({origin})", remedy="set aim.enabled = true")


def _ask_each(desk: Desk, decision: Decision, order: Order) -> Outcome:
    attempts: list[Attempt] = []
    last: Answer | None = None
    for candidate in decision.usable:
        last, adapter = _ask_one(desk, candidate, order, attempts)
        if last.success or not _moves_on(last, adapter, desk):
            break
    if last is not None and last.success:
        desk.app.audit.write("ai.done", f"{order.capability}: {attempts[-1].tool}", details={"tool": attempts[-1].tool})
        return _outcome(last, attempts, last.message, 0)
    return _failed(decision, attempts, last, order.capability)


def _ask_one(desk: Desk, candidate: Candidate, order: Order, attempts: list[Attempt]) -> tuple[Answer, Adapter]:
    """One tool with its further tries; only what passes is tried again."""
    tries = 0
    while True:
        attempt, answer, adapter = try_tool(desk, candidate, order)
        attempts.append(attempt)
        if answer.success or tries >= candidate.retries or answer.failure not in AGAIN:
            return answer, adapter
        tries += 1
        desk.app.runner.pause(float(2 ** (tries - 1)))


def _moves_on(answer: Answer, adapter: Adapter, desk: Desk) -> bool:
    if answer.failure in (Failure.UNAVAILABLE, Failure.TIMEOUT):
        return True
    return answer.failure in adapter.RETRYABLE and answer.failure.value in desk.policies.told.move_on


def _failed(decision: Decision, attempts: list[Attempt], last: Answer | None, capability: str) -> Outcome:
    """One try that failed speaks for itself; of several each is told."""
    told = "; ".join(f"{each.tool}: {each.message}" for each in attempts)
    message = attempts[0].message if len(attempts) == 1 else f"All tools failed for capability '{capability}': {told}"
    return _outcome(last, attempts, message, EXITS.get(attempts[-1].failure, CommandFailed.exit_code))


def _outcome(last: Answer | None, attempts: list[Attempt], message: str, exit_code: int) -> Outcome:
    content = {**(last.content if last else {})}
    if last is not None and last.failure:
        content["error_reason"] = last.failure.value
    return Outcome(
        success=exit_code == 0,
        message=message,
        attempts=tuple(attempts),
        content=content,
        tool=attempts[-1].tool if attempts else "",
        exit_code=exit_code,
    )


def _nobody_there(decision: Decision) -> Outcome:
    """Every candidate is passed over: each is told with its reason."""
    attempts = tuple(
        Attempt(tool=each.tool, success=False, message=each.why_not, failure=Failure.UNAVAILABLE.value)
        for each in decision.candidates
    )
    told = "; ".join(f"{each.tool}: {each.message}" for each in attempts)
    return Outcome(
        success=False,
        message=f"no tool for {decision.capability} can be used: {told}",
        attempts=attempts,
        exit_code=MissingProgram.exit_code,
    )


def _versions(desk: Desk, decision: Decision, order: Order) -> Outcome:
    """`version_checking`: what is on disk, without any AI; of the tools of the payload, else of all that are there."""
    asked = order.payload.get("tools")
    names = [str(each) for each in asked] if isinstance(asked, list) else []
    tools = [desk.tools.named(name) for name in names] if names else list(desk.tools.by_id.values())
    there = [tool for tool in tools if tool is not None and desk.found[tool.id].where]
    versions = {tool.id: versioned(desk, tool).version for tool in there}
    unknown = [name for name in names if desk.tools.named(name) is None]
    content = {"versions": versions, "unknown": unknown}
    return Outcome(success=not unknown, message=f"{len(versions)} found", content=content, exit_code=int(bool(unknown)))


def _turn_taken(desk: Desk, capability: str, seats: int, wait_s: float) -> AbstractContextManager[None]:
    app = desk.app
    line = turns.Line(
        folder=str(app.host.folders.state / FOLDER),
        project=str(app.host.cwd),
        # Whom we started in our turn has it already: it would wait for us for ever.
        seats=0 if app.host.get(turns.VARIABLE) == str(app.host.cwd) else seats,
        wait_s=wait_s if app.settings.config.ai.policy.concurrency == "queue" else 0.0,
    )
    since = app.clock().strftime("%Y-%m-%d %H:%M:%S UTC")
    owner = {"command": f"ai run {capability}", "pid": own_pid(), "since": since}
    return turns.taken(
        line, owner, lambda holder: desk.say(f"  waiting for {files.describe_owner(holder)}"), app.runner.pause
    )


def _turn(desk: Desk, capability: str) -> int:
    """How often `load_balance` has already sent a request for this capability somewhere."""
    try:
        return int(_counter(desk.app, capability).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0


def _count_turn(desk: Desk, capability: str) -> None:
    if desk.rules.of(capability).load_balance:
        files.write_text(_counter(desk.app, capability), str(_turn(desk, capability) + 1), files.PRIVATE_FILE)


def _counter(app: App, capability: str) -> Path:
    plain = "".join(sign if sign.isalnum() else "_" for sign in capability)
    return app.host.folders.state / FOLDER / f"turn-{plain}"
