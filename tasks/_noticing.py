"""The channels of `[alerts]`, and who may be told through them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ._app import say_always

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Record
    from aim_lib.notices import Channels, Notice


def channels_of(app: App) -> Channels:
    """Where notices go. What a project's `aim.toml` says of it counts only when it is trusted."""
    from aim_lib import trust
    from aim_lib.notices import Channels

    told, project = app.settings.config.alerts, app.settings.project
    values = {"desktop": told.desktop, "webhook": told.webhook, "file": told.file}
    for key in ("webhook", "file"):
        is_theirs = project is not None and app.settings.origins.get(f"alerts.{key}") == str(project)
        if project is not None and values[key] and is_theirs and not trust.is_trusted(project, app.host):
            say_always(f"  ! {project} wants notices in its {key}; if you agree: aim config trust")
            values[key] = ""
    folder = app.settings.folders.get(app.settings.origins.get("alerts.file", ""), app.host.cwd)
    file = folder / Path(str(values["file"])).expanduser() if values["file"] else None
    return Channels(app.host, app.runner, bool(values["desktop"]), str(values["webhook"]), file)


def tell(app: App, notice: Notice) -> tuple[Record, ...]:
    """Send a notice and put on record what became of it."""
    from aim_lib import notices

    records = notices.tell(notice, channels_of(app))
    for record in records:
        severity = "warning" if record.remedy else "info"
        details = {"channel": record.title, "kind": notice.kind, "success": not record.remedy}
        app.audit.write(
            "notice.sent", f"{notice.kind} by {record.title}: {record.detail}", severity=severity, details=details
        )
    return records
