"""The run of health that nobody looks at: somebody is told when the answer is another one than the last time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result

GRAVITY = {"unhealthy": "error", "degraded": "warning"}


def told_of_change(app: App, result: Result) -> Result:
    """Tell of a change since the last such run, whatever was seen by hand meanwhile; `result` with what was told.

    The first of all runs is compared with a healthy machine.
    """
    import msgspec

    from aim_lib import last_health
    from aim_lib.notices import Notice

    from ._health import redacted
    from ._noticing import tell

    state, stamp = app.host.folders.state, app.audit.stamp()
    before = last_health.read(state, last_health.SCHEDULED)
    was, now = before.overall_status if before else "healthy", str(result.body["overall_status"])
    last_health.keep(state, redacted(app, result.body), stamp, last_health.SCHEDULED)
    if was == now:
        return result
    bad = [f"{record.id}: {record.detail}" for record in result.records if record.remedy]
    text = app.redactor.text("; ".join(bad) or "every check passes")
    severity = GRAVITY.get(now, "info")
    details = {"was": was, "now": now, "summary": result.body["summary"], "findings": bad}
    app.audit.write("health.changed", f"health: {was} → {now}", severity=severity, details={"was": was, "now": now})
    notice = Notice(
        kind="health.changed",
        timestamp=stamp,
        title=f"AIM on {app.host.name or 'this machine'}: {now}",
        text=text,
        host=app.host.name,
        severity=severity,
        details=details,
    )
    told = tell(app, notice)
    said = [f"told by {record.title}: {record.detail}" for record in told]
    return msgspec.structs.replace(result, closing=(*result.closing, f"was {was}", *said))
