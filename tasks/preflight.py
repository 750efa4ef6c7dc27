"""The orchestrator's gate, as a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import asked, command
from ._health import grouped

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result

TOP_LEVEL = True


@command(
    lenient=True,
    help={
        "run-id": "the run it is for",
        "ws-id": "the workstream that would begin; [health.workstreams] may give it a profile",
        "profile": "what this kind of work asks: one of [health.profiles]",
    },
)
def preflight(app: App, run_id: str = "", ws_id: str = "", profile: str = "") -> Result:
    """May a workstream begin here: unhealthy blocks (1), drift only warns."""
    from aim_lib.errors import BadConfig
    from aim_lib.model import Result, Status
    from aim_lib.preflight import PreFlightFailed, fly
    from aim_lib.quantities import counted

    if not run_id or not ws_id:
        raise BadConfig("preflight needs a run and a workstream", remedy="aim preflight --run-id RUN --ws-id WS")
    try:
        answer, records = fly(app, run_id, ws_id, profile)
    except PreFlightFailed as error:
        answer, records = error.answer, error.records
    bad = tuple(record for record in records if record.status in (Status.WARNED, Status.FAILED))
    summary = ", ".join(f"{count} {word}" for word, count in answer["health_summary"].items())
    verdict = "passed" if answer["pre_flight_passed"] else "blocked"
    lines = [f"{verdict}: {ws_id} of {run_id}; {answer['health_status']}: {summary}"]
    drifted = answer["version_drift"]
    if drifted:
        off = drifted["drift_count"] + drifted["missing_count"]
        of_all = f"{off} of {counted(drifted['total'], 'tool')}"
        lines.append(f"drift: {of_all} {'is' if off == 1 else 'are'} not as declared; fix: aim sync-versions")
    return Result(
        exit_code=0 if answer["pre_flight_passed"] else 1,
        records=bad if asked().format == "terminal" else records,
        groups=grouped(bad),
        closing=tuple(lines),
        body=answer,
    )
