"""The gate before a workstream begins, for orchestrators: unhealthy blocks, drift only warns. No Invoke is needed.

from aim_lib.preflight import run_pre_flight_checks
run_pre_flight_checks("run-7", "ws-web")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import Failed

if TYPE_CHECKING:
    from .app import App
    from .model import Record
    from .profiles import Choice

# Checks that read what is installed: they warn, and never block.
VERSIONS = frozenset({"ai_tools", "drift", "duplicates", "path_order"})


class PreFlightFailed(Failed, RuntimeError):
    """The machine is not fit for the workstream. `records` are all findings, `answer` what would have been returned.

    A RuntimeError too: that is what the predecessor raised, with the same message.
    """

    def __init__(self, blockers: tuple[Record, ...], records: tuple[Record, ...], answer: dict[str, Any]) -> None:
        details = [f"{record.id}: {line}" for record in blockers for line in record.detail.splitlines()]
        super().__init__(_message(blockers), remedy=blockers[0].remedy or "aim health", details=details)
        self.records = records
        self.answer = answer


def run_pre_flight_checks(run_id: str, ws_id: str, *, profile: str = "") -> dict[str, Any]:
    """Look at this machine before the workstream `ws_id` of the run `run_id` begins.

    Returns `health_status` (healthy, degraded), `health_summary` {pass, warn, fail}, `version_drift` {drift_count,
    missing_count, total} or None, and `pre_flight_passed`, which is True. Raises PreFlightFailed, a RuntimeError, when
    something fails; BadConfig for a `profile` that does not exist. Without one, the workstream's counts, then the
    project's: see docs/health.md. Leaves events in the audit log.
    """
    from . import app, host

    return fly(app.build(host.current(), lenient=True), run_id, ws_id, profile)[0]


def fly(app: App, run_id: str, ws_id: str, profile: str = "") -> tuple[dict[str, Any], tuple[Record, ...]]:
    """The same for an App that is built: the answer, and what each check found."""
    from . import examination, health
    from .profiles import Asked

    chosen = examination.choice(app, Asked(profile=profile, workstream=ws_id))
    records = tuple(_unblocked(record) for record in examination.examine(app, chosen))
    ids = {"run_id": run_id, "ws_id": ws_id}
    drifted = _version_drift(app, ids)
    blockers = tuple(record for record in records if _blocks(record, is_strict=chosen.is_strict))
    answer = {
        "health_status": health.overall(records),
        "health_summary": health.summary(records),
        "version_drift": drifted,
        "pre_flight_passed": not blockers,
    }
    _record(app, chosen, ids, answer)
    if blockers:
        details = {**ids, "operation": "pre_flight_check", "error": _message(blockers)}
        app.audit.write("error", _message(blockers), severity="error", details=details)
        raise PreFlightFailed(blockers, records, answer)
    return answer, records


def _message(blockers: tuple[Record, ...]) -> str:
    """The predecessor's words, which orchestrators know."""
    return f"Pre-flight health check failed: {len(blockers)} failures"


def _blocks(record: Record, *, is_strict: bool) -> bool:
    """Whether a finding stands in the way: a failure, when strict a warning too, but never that versions drifted."""
    from .model import Status

    return record.status is Status.FAILED or (
        is_strict and record.status is Status.WARNED and record.id not in VERSIONS
    )


def _unblocked(record: Record) -> Record:
    """What becomes of a check of versions: where even looking failed, it is a warning."""
    import msgspec

    from .model import Status

    if record.id in VERSIONS and record.status is Status.FAILED:
        return msgspec.structs.replace(record, status=Status.WARNED)
    return record


def _version_drift(app: App, ids: dict[str, str]) -> dict[str, int] | None:
    """How many tools are not as declared, None when none is, or when that cannot be told: the log then says why."""
    from . import drift

    try:
        counts = drift.summary(app.standings())
    except Exception as error:  # noqa: BLE001 - a version check that crashes may not block; it is put on record
        told = {"operation": "version_check", "error": str(error), **ids}
        app.audit.write("error", f"version check failed: {error}", severity="warning", details=told)
        return None
    off = counts[drift.DRIFT] + counts[drift.MISSING]
    if not off:
        return None
    total = sum(counts[each] for each in (drift.OK, drift.DRIFT, drift.MISSING))
    return {"drift_count": counts[drift.DRIFT], "missing_count": counts[drift.MISSING], "total": total}


def _record(app: App, chosen: Choice, ids: dict[str, str], answer: dict[str, Any]) -> None:
    summary = answer["health_summary"]
    told: dict[str, Any] = {
        **ids,
        "status": answer["health_status"],
        "passed": summary["pass"],
        "failed": summary["fail"],
        "profile": chosen.profile,
        "version_drift": answer["version_drift"],
    }
    is_fine = answer["health_status"] == "healthy" and answer["version_drift"] is None
    message = f"pre-flight of {ids['ws_id']}: {answer['health_status']}"
    app.audit.write("health.check", message, severity="info" if is_fine else "warning", details=told)
