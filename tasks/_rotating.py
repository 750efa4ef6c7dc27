"""Putting away the event log, and other files, when they are large or old."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Record


def own(app: App) -> Iterator[Record]:
    """Seal what there is, compress what was sealed."""
    from aim_lib import audit_rotation
    from aim_lib.model import Record, Status

    app.audit.write("log.rotated", "the log was sealed", details={"by": "aim audit rotate"})
    audit_rotation.seal(app.audit.path)
    for segment in audit_rotation.pack_sealed(app.audit.path.parent):
        detail = f"compressed, {segment.path.stat().st_size} bytes"
        yield Record(id=segment.path.name, status=Status.CHANGED, title=segment.path.name, detail=detail)


def removed(app: App) -> Iterator[Record]:
    """Remove what is older than `keep_days`, each after an event has said what it was."""
    from aim_lib import audit_rotation
    from aim_lib.model import Record, Status

    days = app.settings.config.audit.keep_days
    age = "a day" if days == 1 else f"{days} days"
    for segment, index in audit_rotation.expired(app.audit.path.parent, days, app.audit.stamp()):
        told = {"last_seq": index.last_seq, "last_hash": index.last_hash, "events": index.lines, "until": index.latest}
        name = segment.path.name
        app.audit.write("log.removed", f"{name} was older than {age}", details={"file": name, **told})
        audit_rotation.remove(segment)
        yield Record(id=name, status=Status.CHANGED, title=name, detail=f"removed: older than {age}")


def others(app: App) -> Iterator[Record]:
    """The files of [[audit.rotate]]."""
    from aim_lib import audit_others
    from aim_lib.errors import AimError
    from aim_lib.model import Record, Status

    origin = app.settings.origins.get("audit.rotate", "")
    folder = app.settings.folders.get(origin, app.host.cwd)
    for entry in app.settings.config.audit.rotate:
        path = folder / Path(entry.path).expanduser()
        other = audit_others.Other(
            path=path, max_bytes=entry.max_size_mb << 20, max_age_days=entry.max_age_days, keep=entry.keep
        )
        try:
            for done in audit_others.put_away(other, app.clock()):
                yield Record(id=str(done.path), status=Status.CHANGED, title=done.path.name, detail=done.what)
        except (OSError, AimError) as error:
            remedy = f"look at {path}, or take it out of [[audit.rotate]]"
            yield Record(id=str(path), status=Status.FAILED, title=path.name, detail=str(error), remedy=remedy)
