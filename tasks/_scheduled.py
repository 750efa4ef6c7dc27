"""The run of health that nobody looks at: its report is kept, and somebody is told when the answer is another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result

GRAVITY = {"unhealthy": "error", "degraded": "warning"}


def keep(app: App, result: Result) -> Result:
    """Write `result` to the state folder and tell of a change since the last such run; returns it with what was told.

    The first of all runs is compared with a healthy machine.
    """
    import msgspec

    from aim_lib import last_health
    from aim_lib.notices import Notice

    from ._noticing import tell

    before = last_health.read(app.host) or {}
    was, now = str(before.get("overall_status", "healthy")), str(result.body["overall_status"])
    stamp = app.audit.stamp()
    document = {"timestamp": stamp, "exit_code": result.exit_code, **result.body}
    last_health.write(app.host, msgspec.json.decode(app.redactor.text(msgspec.json.encode(document).decode())))
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
