"""The record of a run as a document: `last-run.json` in the project's place, and wherever `--report` says."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

from ..errors import NotPermitted
from ..files import make_folder, write_text
from ..host import iso, utc_now
from ..model import Record, Result, Status
from ..reports import Look, json_doc, member_of
from .places import Places
from .run import CANCELLED, CHANGED, FAILED, OK, SKIPPED, STATES, UP_TO_DATE, WAITING, Run, TaskState

ABORTED, BROKEN, WITH_ERRORS, WITH_WARNINGS, SUCCEEDED = (
    "aborted",
    "failed",
    "completed with errors",
    "succeeded with warnings",
    "succeeded",
)

STATUSES = {
    OK: Status.OK,
    CHANGED: Status.CHANGED,
    FAILED: Status.FAILED,
    SKIPPED: Status.SKIPPED,
    UP_TO_DATE: Status.SKIPPED,
}


def ending(run: Run, code: int) -> str:
    """One of the five ways a run ends."""
    if code:
        return (
            BROKEN if any(state.started or state.state not in (WAITING, CANCELLED) for state in run.states) else ABORTED
        )
    if errors(run):
        return WITH_ERRORS
    return WITH_WARNINGS if warnings(run) else SUCCEEDED


def errors(run: Run) -> int:
    """What went wrong of itself, and what was interrupted; what was only blocked or stopped by that does not count."""
    return len(run.errors) + sum(state.is_failure for state in run.states)


def warnings(run: Run) -> int:
    return len(run.warnings) + sum(len(state.warnings) for state in run.states)


def seconds(run: Run) -> float:
    return round(time.monotonic() - run.began, 3)


def document(run: Run, code: int) -> dict[str, Any]:
    """The run as the body of a JSON document."""
    counts = Counter(state.state for state in run.states)
    totals: dict[str, Any] = {"tasks": len(run.states), **{name.replace("-", "_"): counts[name] for name in STATES}}
    totals |= {"errors": errors(run), "warnings": warnings(run), "seconds": seconds(run)}
    return {
        "tasks": [_task(state, run) for state in run.states],
        "totals": totals,
        "result": ending(run, code),
        "errors": run.errors,
        "warnings": run.warnings,
    }


def render(run: Run, code: int) -> str:
    """The whole JSON document of a run."""
    result = Result(command=" ".join(run.requested), exit_code=code, body=_as_text(document(run, code)))
    return run.redact(json_doc.render(result, Look(timestamp=iso(utc_now()))))


def shown(run: Run, code: int, look: Look) -> str:
    """The run in the format that was asked for: a record for each task, and the document as its body."""
    if run.options.format == "json":
        return render(run, code)
    from importlib import import_module

    body = _as_text(document(run, code))
    records = tuple(_record(state, run) for state in run.states)
    closing = f"{body['result']}: {len(run.states)} tasks in {seconds(run):.1f} s"
    result = Result(
        command=" ".join(run.requested), title="Run", records=records, body=body, exit_code=code, closing=(closing,)
    )
    report = import_module(f"aim_lib.reports.{member_of(run.options.format)}")
    return run.redact(report.render(result, look))


def _record(state: TaskState, run: Run) -> Record:
    detail = "\n".join((state.reason, *state.details, *(f"warning: {text}" for text in state.warnings))).strip()
    known = STATUSES.get(state.state, Status.BLOCKED)
    return Record(
        id=state.label or state.name,
        status=Status.WARNED if state.warnings and known is Status.OK else known,
        title=state.label or state.name,
        detail=detail or state.state,
        remedy=state.remedy,
        seconds=round(state.seconds, 3),
        where=state.path if state.state == FAILED else "",
    )


def _as_text(value: Any) -> Any:
    """The same with names of files that are no text made readable: JSON has no place for their bytes."""
    if isinstance(value, dict):
        return {key: _as_text(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_text(each) for each in value]
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def write(run: Run, code: int, places: Places) -> None:
    """Write the record, except of a dry run. Raises NotPermitted or OSError where it cannot be written."""
    if run.options.dry_run:
        return
    text = render(run, code)
    if not run.is_one_command:
        make_folder(places.folder)
        write_text(places.last_run, text, 0o600)
    if run.options.report:
        _write_report(Path(run.options.report), text)


def _write_report(path: Path, text: str) -> None:
    try:
        write_text(path.expanduser(), text)
    except OSError as error:
        raise NotPermitted(f"--report {path}: {error.strerror or error}", remedy="name a file you may write") from error


def _task(state: TaskState, run: Run) -> dict[str, Any]:
    return {
        "name": state.name,
        "path": state.path,
        "state": state.state,
        "reason": run.redact(state.reason),
        "started": state.started or None,
        "seconds": round(state.seconds, 3),
        "exit_code": state.exit_code,
        "child_exit_code": state.child_code,
        "error": run.redact("\n".join((state.reason, *state.details))) if state.state == FAILED else None,
        "warnings": state.warnings,
    }
