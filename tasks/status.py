"""One screen: how things stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._app import command

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Record, Result

TOP_LEVEL = True
WIDTH = 64  # of a detail: with its mark and its title a line has 80 columns at most
LOOK_BACK_DAYS = 7


@command(lenient=True)
def status(app: App) -> Result:
    """One screen: configuration, tools and drift, secrets, PATH, health as last seen, last runs, the event log."""
    from aim_lib import drift, last_health, overview
    from aim_lib.model import Result

    counts = drift.summary(app.standings())
    seen, run = last_health.read(app.host.folders.state), overview.last_run(app)
    events, error = _events(app)
    records = (
        *(_config(app), _tools(app, counts), _secrets(app), _path(app)),
        *(_health(app, seen), _last_run(app), *_last_tasks(app, run), _audit(app, events, error)),
    )
    body = {
        "tools": counts,
        "config_files": app.config_files(),
        "health": seen,
        "last_run": run or None,
        "audit": {"events_today": events, "last_error": error},
    }
    return Result(title="AIM", records=tuple(map(_fitted, records)), body=body)


def _fitted(record: Record) -> Record:
    """The record with a detail that fits beside its title on a narrow terminal."""
    import msgspec

    lines = [line for text in record.detail.splitlines() for line in _wrapped(text)]
    return msgspec.structs.replace(record, detail="\n".join(lines))


def _wrapped(text: str) -> list[str]:
    if len(text) <= WIDTH:
        return [text]
    import textwrap

    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False) or [""]


def _config(app: App) -> Record:
    from aim_lib.model import Record, Status

    problems = app.settings.problems
    if problems:
        return Record(
            id="config", status=Status.FAILED, title="config", detail="\n".join(problems), remedy="aim config validate"
        )
    files = ", ".join(app.host.tilde(name) for name in app.config_files())
    return Record(id="config", status=Status.OK, title="config", detail=files)


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
    from aim_lib.errors import AimError
    from aim_lib.model import Record, Status

    from ._vault import absent_required, all_notes, expiring

    told = app.settings.config.secrets
    try:
        notes, absent = all_notes(app), absent_required(app)
    except AimError as error:
        return Record(id="secrets", status=Status.WARNED, title="secrets", detail=error.message, remedy=error.remedy)
    late = [name for name, each in notes.items() if expiring(each, app)]
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


def _health(app: App, seen: Any) -> Record:
    """What the last whole run of the checks found, and how old that is."""
    from aim_lib.ages import ago
    from aim_lib.model import Record, Status

    if seen is None:
        return Record(
            id="health", status=Status.SKIPPED, title="health", detail="never checked here", remedy="aim health"
        )
    state = {"healthy": Status.OK, "degraded": Status.WARNED}.get(seen.overall_status, Status.FAILED)
    counts = ", ".join(f"{count} {word}" for word, count in seen.summary.items() if count)
    bad = [str(each.get("name")) for each in seen.checks if each.get("status") in ("warn", "fail")]
    names = f"\n{', '.join(bad)}" if bad else ""
    detail = f"{seen.overall_status} {ago(seen.timestamp, app.clock())}: {counts}{names}"
    return Record(
        id="health", status=state, title="health", detail=detail, remedy="" if state is Status.OK else "aim health"
    )


def _last_run(app: App) -> Record:
    from aim_lib.model import Record, Status

    if app.journal.is_open():
        detail = "a run is changing things now, or was killed while it did"
        return Record(id="run", status=Status.WARNED, title="last run", detail=detail, remedy="aim install")
    return Record(id="run", status=Status.OK, title="last run", detail=f"ended by itself{_last_change(app)}")


def _last_change(app: App) -> str:
    from aim_lib.ages import ago

    newest = max(app.journal.installed().values(), key=lambda entry: entry.when, default=None)
    if newest is None or not newest.when:
        return ""
    return f"; {newest.run.replace('.', ' ')} changed this machine {ago(newest.when, app.clock())}"


def _last_tasks(app: App, run: Any) -> tuple[Record, ...]:
    """The project's last run of tasks, where there was one."""
    from aim_lib.ages import ago
    from aim_lib.model import Record, Status

    if not run:
        return ()
    result, totals = str(run.get("result")), run.get("totals") or {}
    good = {"succeeded": Status.OK, "succeeded with warnings": Status.WARNED, "completed with errors": Status.WARNED}
    took = f"{totals.get('tasks', 0)} tasks in {float(totals.get('seconds', 0)):.1f} s"
    detail = f"{run.get('command')}: {result} {ago(str(run.get('timestamp')), app.clock())}, {took}"
    bad = [str(task.get("name")) for task in run.get("tasks", ()) if task.get("state") == "failed"]
    return (
        Record(
            id="tasks",
            status=good.get(result, Status.FAILED),
            title="tasks",
            detail=detail + (f"\nfailed: {', '.join(bad)}" if bad else ""),
        ),
    )


def _events(app: App) -> tuple[int, Any]:
    """How many events there are of today (UTC), and the last error of the last days, or None."""
    from datetime import timedelta

    from aim_lib.audit_query import Question, ask
    from aim_lib.host import iso
    from aim_lib.overview import GRAVE

    now = app.clock()
    since = iso(now - timedelta(days=LOOK_BACK_DAYS))
    today = sum(1 for _ in ask(app.audit.path, Question(since=f"{iso(now)[:10]}T00:00:00.000Z")))
    grave = [next(ask(app.audit.path, Question(since=since, severity=word)), None) for word in GRAVE]
    return today, max((event for event in grave if event), key=lambda event: event.timestamp, default=None)


def _audit(app: App, today: int, error: Any) -> Record:
    from aim_lib.ages import ago
    from aim_lib.model import Record, Status

    if not app.audit.is_enabled:
        return Record(id="audit", status=Status.SKIPPED, title="audit", detail="the event log is switched off")
    counted = f"{today} event{'' if today == 1 else 's'} today"
    if error is None:
        return Record(
            id="audit", status=Status.OK, title="audit", detail=f"{counted}, no error in {LOOK_BACK_DAYS} days"
        )
    said = error.message.partition("\n")[0]
    detail = f"{counted}, the last error {ago(error.timestamp, app.clock())}:\n{said}"
    return Record(id="audit", status=Status.OK, title="audit", detail=detail)
