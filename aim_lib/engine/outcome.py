"""Runs a task's body and turns however it ends into a state, one message and an exit code."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..errors import AimError, Interrupted, OurBug, TookTooLong
from ..host import iso, utc_now
from . import summary
from .run import CANCELLED, CHANGED, FAILED, OK, Run, TaskState, running


def run_body(body: Callable[[], Any], state: TaskState, run: Run) -> Any:
    """Run `body` as the task of `state`, which says afterwards how it went. Returns what it did; raises nothing."""
    began = time.monotonic()
    state.started = iso(utc_now())
    before = len(run.results)
    value: Any = None
    with running(state):
        try:
            value = body()
        except BaseException as error:  # noqa: BLE001 - every end becomes a state, a message and a code
            fail(error, state, run)
        else:
            _succeed(state, run, before)
    state.seconds += time.monotonic() - began
    return value


def fail(error: BaseException, state: TaskState, run: Run) -> None:
    """Put on record, and say, that `error` ended the task."""
    from .failures import child_code, explain, is_exit

    told = explain(error, state)
    if state.ran_out_of_time and not isinstance(error, KeyboardInterrupt):
        told = _too_slow(state)
    if is_exit(error) and told.exit_code == 0:
        state.state = OK
        return
    if run.is_stopping and not state.must_run and not isinstance(error, KeyboardInterrupt):
        state.state, state.reason = CANCELLED, "stopped"  # we ended its programs: that is no failure of its own
        return
    state.state = CANCELLED if isinstance(told, Interrupted) else FAILED
    if not told.message and not state.is_command:
        told.message = f"{state.name}: left with exit {told.exit_code}"
    state.reason = run.redact(told.message or f"left with exit {told.exit_code}")
    state.exit_code, state.child_code = told.exit_code, child_code(error)
    state.remedy, state.details = run.redact(told.remedy), tuple(map(run.redact, told.details))
    if told.message:
        summary.say_error(told, run)


def _succeed(state: TaskState, run: Run, before: int) -> None:
    """A body that came to its end: by its Results, if it has any, it may have failed nevertheless."""
    said = run.results[before:]
    state.exit_code = max((result.exit_code for result in said), default=0)
    if state.ran_out_of_time:
        fail(_too_slow(state), state, run)
        return
    state.state = FAILED if state.exit_code else OK
    if said:
        _take_records(state, [record for result in said for record in result.records])


def _take_records(state: TaskState, records: list[Any]) -> None:
    from ..model import Status, worst

    state.warnings += [_line(record) for record in records if record.status is Status.WARNED]
    if state.state == OK and Status.CHANGED in {record.status for record in records}:
        state.state = CHANGED
    if state.state == FAILED:
        gravest = worst(tuple(records))
        bad = [record.title for record in records if record.status is gravest] if gravest is not Status.OK else []
        state.reason = state.reason or ", ".join(bad[:3])


def _line(record: Any) -> str:
    first = record.detail.partition("\n")[0]
    return f"{record.title}: {first}" if first else str(record.title)


def _too_slow(state: TaskState) -> AimError:
    return TookTooLong(f"{state.name} was not done within {state.limit_s:g} s", remedy="raise its timeout_s")


def finish(run: Run, code: int) -> int:
    """Call who waits for the end of the run; a bug in one of them is a bug report, not a traceback."""
    for callback in run.on_end:
        try:
            callback(code)
        except Exception as error:  # noqa: BLE001 - said as one line, its traceback goes to the bug log
            show_error(error, "the end of the run", run)
            code = OurBug.exit_code
    return code


def show_error(error: Exception, what: str, run: Run) -> int:
    """Say and count an error that is no task's own but that of `what`; its exit code."""
    from .failures import explain

    told = explain(error, TaskState(name=what, is_command=not what.startswith("a hook")))
    run.errors.append(run.redact(told.message))
    summary.say_error(told, run)
    return told.exit_code
