"""The event log: what was done to this machine, when, by whom; and whether the log can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aim_lib.quantities import counted

from ._app import asked, command, say

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.audit_query import Question
    from aim_lib.audit_segments import Event
    from aim_lib.model import Result
    from aim_lib.reports import Look

ASKING = {
    "type": "a type such as tool.changed or secret.*, or a predecessor's word such as tool_upgrade",
    "family": "tool_invoke, tool_install, secret_access, health_check, version_sync, config_change, scan, error, …",
    "severity": "debug, info, warning, error or critical",
    "since": "1h, 2d, 1w, or a time in ISO 8601 (UTC when it names no zone)",
    "until": "likewise",
    "tool": "events of this tool",
    "text": "events with this text, upper or lower case",
    "session": "events of one run and of all it started",
}


@command(lenient=True, default=True, help={"count": "how many; 0 is all of them"})
def show(app: App, count: int = 20) -> Result:
    """The newest events."""
    from aim_lib.audit_query import Question

    return _listed(app, Question(), count, "--count")


@command(lenient=True, help={**ASKING, "limit": "how many at most; 0 is all of them", "follow": "go on with new ones"})
def query(
    app: App,
    type_: str = "",
    family: str = "",
    severity: str = "",
    since: str = "",
    until: str = "",
    tool: str = "",
    text: str = "",
    session: str = "",
    limit: int = 100,
    follow: bool = False,
) -> Result:
    """Events that fit all that is asked for, newest first."""
    question = _question(app, type_, family, since, until, severity=severity, tool=tool, text=text, session=session)
    return _followed(app, question, limit) if follow else _listed(app, question, limit, "--limit")


@command(lenient=True, help=ASKING)
def stats(
    app: App,
    type_: str = "",
    family: str = "",
    severity: str = "",
    since: str = "",
    until: str = "",
    tool: str = "",
    text: str = "",
    session: str = "",
) -> Result:
    """How many events there are, by type, severity, tool and day."""
    from aim_lib.audit_shown import chart
    from aim_lib.audit_stats import stats as count
    from aim_lib.model import Result

    found = count(
        app.audit.path,
        _question(app, type_, family, since, until, severity=severity, tool=tool, text=text, session=session),
    )
    body: dict[str, Any] = {"total_events": found.total, **{f"by_{kind}": by for kind, by in found.counts.items()}}
    body |= {"log_size_bytes": found.size_bytes, "oldest_event": found.since, "newest_event": found.until}
    if not found.total:
        return Result(closing=("there are no events",), body=body)
    size = f"{found.size_bytes / 1e6:,.1f} MB on disk"
    closing = (f"{counted(found.total, 'event')}, {found.since[:16]} to {found.until[:16]} UTC, {size}",)
    return Result(text="\n".join(chart(found.counts, _look(app))), closing=closing, body=body)


@command(
    lenient=True,
    positional=["file"],
    help={"file": "where to", "format": "json, jsonl or csv; by the file's ending", **ASKING},
)
def export(
    app: App,
    file: str,
    format_: str = "",
    type_: str = "",
    family: str = "",
    severity: str = "",
    since: str = "",
    until: str = "",
    tool: str = "",
    text: str = "",
    session: str = "",
) -> Result:
    """Write events to a file, oldest first; JSON lines are the log's own, byte for byte."""
    from itertools import count

    from aim_lib import audit_export, audit_query, files
    from aim_lib.errors import BadConfig
    from aim_lib.mistakes import did_you_mean
    from aim_lib.model import Record, Result, Status

    form = format_ or Path(file).suffix.removeprefix(".").lower() or "json"
    if form not in audit_export.FORMATS:
        hint = did_you_mean(form, audit_export.FORMATS)
        raise BadConfig(f"{form!r} is no format of an export{hint}", remedy=f"aim audit export {file} --format json")
    question = _question(app, type_, family, since, until, severity=severity, tool=tool, text=text, session=session)
    path, counter = app.host.cwd / Path(file).expanduser(), count()
    if not asked().dry_run:
        found = (pair for pair, _ in zip(audit_query.lines(app.audit.path, question), counter, strict=False))
        files.write_pieces(path, audit_export.export(found, form), files.PRIVATE_FILE)
    exported = next(counter)
    record = Record(id="export", status=Status.CHANGED, title=file, detail=f"{counted(exported, 'event')} as {form}")
    return Result(records=(record,), body={"file": str(path), "format": form, "events": exported})


# --- how they are done --------------------------------------------------------------------------------------------


def _question(app: App, kind: str, family: str, since: str, until: str, **told: str) -> Question:
    from aim_lib import audit_families, audit_query
    from aim_lib.errors import BadConfig
    from aim_lib.mistakes import did_you_mean

    wanted = []
    if family:
        found = audit_families.by_family(family)
        if found is None:
            hint = did_you_mean(family, audit_families.FAMILIES)
            raise BadConfig(f"there is no family {family!r}{hint}", remedy="aim audit stats shows what there is")
        wanted.append(found)
    named = audit_families.by_type(kind)
    if named is not None:
        wanted.append(named)
    now = app.clock()
    return audit_query.Question(
        wanted=tuple(wanted), since=audit_query.moment(since, now), until=audit_query.moment(until, now), **told
    )


def _listed(app: App, question: Question, limit: int, option: str) -> Result:
    from itertools import islice

    from aim_lib.audit_query import ask
    from aim_lib.model import Result, Table

    found = list(islice(ask(app.audit.path, question), limit or None))
    body = {"events": found, "count": len(found)}
    if not found:
        return Result(closing=("there are no such events",), body=body)
    look = _look(app)
    if look is None:
        columns = ("time", "severity", "type", "message", "user", "by")
        return Result(table=Table(columns=columns, rows=tuple(map(_row, found))), body=body)
    from aim_lib.audit_shown import listed

    closing = (f"the newest {len(found)}; {option} 0 shows all",) if len(found) == limit else ()
    return Result(text="\n".join(listed(found, look, app.audit.user)), closing=closing, body=body)


def _look(app: App) -> Look | None:
    """How the person at the terminal sees; None when it is a program that reads."""
    import sys

    if asked().format != "terminal" or not sys.stdout.isatty():
        return None
    from aim_lib.engine.summary import look_of

    return look_of(sys.stdout, app.host)


def _row(event: Event) -> tuple[str, ...]:
    from aim_lib.audit_shown import one_line

    told = (event.timestamp[:19], event.severity, event.event_type, event.message, event.user, event.asked_by or "-")
    return tuple(map(one_line, told))


def _followed(app: App, question: Question, limit: int) -> Result:
    """New events as lines, until Ctrl-C or `limit` of them; as JSON lines when JSON is asked for."""
    import msgspec

    from aim_lib import audit_query
    from aim_lib.audit_shown import listed
    from aim_lib.engine.summary import print_out
    from aim_lib.model import Result

    look, day = _look(app), ""
    found = audit_query.follow(app.audit.path, question, lambda: app.runner.pause(0.25))
    say("new events, until Ctrl-C:")
    for count, event in enumerate(found, 1):
        if look:
            line = "\n".join(listed([event], look, app.audit.user, day))
            day = event.timestamp[:10]
        else:
            is_plain = asked().format == "terminal"
            line = "  ".join(_row(event)) if is_plain else msgspec.json.encode(event).decode()
        print_out(f"{app.redactor.text(line)}\n")
        if count == limit:
            break
    return Result()
