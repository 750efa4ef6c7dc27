"""One screen: how things stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import command

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Record, Result

TOP_LEVEL = True


@command(lenient=True)
def status(app: App) -> Result:
    """One screen: configuration, tools and drift, secrets, PATH, and whether a run was killed."""
    from aim_lib import drift
    from aim_lib.model import Result

    counts = drift.summary(app.standings())
    records = (_config(app), _tools(app, counts), _secrets(app), _path(app), _last_run(app))
    body = {"tools": counts, "config_files": app.config_files()}
    return Result(title="AIM", records=records, body=body)


def _config(app: App) -> Record:
    from aim_lib.model import Record, Status

    problems = app.settings.problems
    if problems:
        return Record(
            id="config", status=Status.FAILED, title="config", detail="\n".join(problems), remedy="aim config validate"
        )
    return Record(id="config", status=Status.OK, title="config", detail=", ".join(app.config_files()))


def _tools(app: App, counts: dict[str, int]) -> Record:
    from aim_lib import drift
    from aim_lib.model import Record, Status

    if app.settings.problems:
        return Record(
            id="tools", status=Status.SKIPPED, title="tools", detail="not judged while the configuration has mistakes"
        )
    off = counts[drift.DRIFT] + counts[drift.MISSING]
    detail = ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "none are declared"
    status = Status.WARNED if off else Status.OK
    return Record(id="tools", status=status, title="tools", detail=detail, remedy="aim plan" if off else "")


def _secrets(app: App) -> Record:
    """How many of the required ones are there, by names alone; the keyring's single items are not asked."""
    from aim_lib.credentials import candidates
    from aim_lib.errors import AimError
    from aim_lib.model import Record, Status

    from ._vault import all_notes, expiring

    told = app.settings.config.secrets
    try:
        notes = all_notes(app)
    except AimError as error:
        return Record(id="secrets", status=Status.WARNED, title="secrets", detail=error.message, remedy=error.remedy)
    late = [name for name, each in notes.items() if expiring(each, app)]
    kept = [name for name in told.required if any(key in notes for key in candidates(name, told.names, told.profile))]
    absent = [name for name in told.required if name not in kept and not app.host.get(name)]
    parts = (
        [f"{len(told.required)} required, {len(told.required) - len(absent)} of them there"] if told.required else []
    )
    parts += [f"{len(late)} expired, or soon"] if late else []
    detail = "; ".join(parts) or "none are required"
    status = Status.WARNED if absent or late else Status.OK
    remedy = "aim secrets" if absent or late else ""
    return Record(id="secrets", status=status, title="secrets", detail=detail, remedy=remedy)


def _path(app: App) -> Record:
    from aim_lib.model import Record, Status
    from aim_lib.verify import path_records

    absent = path_records(app.host, app.bin_folders())
    return (
        absent[0]
        if absent
        else Record(id="path", status=Status.OK, title="PATH", detail="the tools' folders are on it")
    )


def _last_run(app: App) -> Record:
    from aim_lib.model import Record, Status

    if app.journal.is_open():
        detail = "a run is changing things now, or was killed while it did"
        return Record(id="run", status=Status.WARNED, title="last run", detail=detail, remedy="aim install")
    return Record(id="run", status=Status.OK, title="last run", detail="ended by itself")
