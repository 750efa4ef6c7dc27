"""Turns however a task's body ends into a state, one message and one of our exit codes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..errors import AimError, CommandFailed, Interrupted, OurBug
from . import summary
from .run import Run, TaskState


def run_body(body: Callable[[], Any], state: TaskState, run: Run) -> tuple[int, Any]:
    """Run `body` as the task of `state`; returns the exit code and what it returned. Raises nothing."""
    run.current = state.name
    began = time.monotonic()
    before = len(run.results)
    summary.begin_task(state, run)
    value: Any = None
    try:
        value = body()
    except BaseException as error:  # noqa: BLE001 - every end becomes a state, a message and a code
        code = code_of(error)
        state.state, state.reason = "failed", _sentence(error)
        if isinstance(error, AimError):
            state.remedy, state.details = error.remedy, error.details
        summary.show_failure(error, state)
    else:
        code = max((result.exit_code for result in run.results[before:]), default=0)
        state.state = "failed" if code else _state_of(run, before)
    state.seconds = time.monotonic() - began
    return code, value


def finish(run: Run, code: int) -> int:
    """Call who waits for the end of the run; a bug in one of them is a bug report, not a traceback."""
    for callback in run.on_end:
        try:
            callback(code)
        except Exception as error:  # noqa: BLE001 - said as one line, its traceback goes to the bug log
            summary.show_failure(error, TaskState(name="end of run"))
            code = OurBug.exit_code
    return code


def code_of(error: BaseException) -> int:
    """The exit code of house rules for whatever ended a task; a child's own code is reported, not leaked as ours."""
    if isinstance(error, AimError):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return Interrupted.exit_code
    if summary.is_invokes(error, "UnexpectedExit"):
        return CommandFailed.exit_code
    if summary.is_invokes(error, "Exit"):
        return int(getattr(error, "code", 1))
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    return OurBug.exit_code


def _state_of(run: Run, before: int) -> str:
    from ..model import Status, worst

    said = tuple(record for result in run.results[before:] for record in result.records)
    return {Status.CHANGED: "changed", Status.WARNED: "warned"}.get(worst(said), "ok")


def _sentence(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
