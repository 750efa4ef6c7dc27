"""The event log: what was done to this machine, when, by whom; and whether the log can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._app import asked, command, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aim_lib.app import App
    from aim_lib.audit_query import Question
    from aim_lib.audit_segments import Event
    from aim_lib.model import Result

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

    return _listed(app, Question(), count)


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
    told = {"severity": severity, "tool": tool, "text": text, "session": session}
    question = _question(app, type_, family, since, until, **told)
    return _followed(app, question, limit) if follow else _listed(app, question, limit)


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
    from aim_lib.audit_stats import stats as count
    from aim_lib.model import Result

    told = {"severity": severity, "tool": tool, "text": text, "session": session}
    found = count(app.audit.path, _question(app, type_, family, since, until, **told))
    body: dict[str, Any] = {"total_events": found.total, **{f"by_{kind}": by for kind, by in found.counts.items()}}
    body |= {"log_size_bytes": found.size_bytes, "oldest_event": found.since, "newest_event": found.until}
    closing = (f"{found.total} events, {found.since} to {found.until}" if found.total else "there are no events",)
    return Result(text=_chart(found.counts), closing=closing, body=body)


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
    told = {"severity": severity, "tool": tool, "text": text, "session": session}
    question = _question(app, type_, family, since, until, **told)
    path, counter = app.host.cwd / Path(file).expanduser(), count()
    if not asked().dry_run:
        found = (pair for pair, _ in zip(audit_query.lines(app.audit.path, question), counter, strict=False))
        files.write_pieces(path, audit_export.export(found, form), files.PRIVATE_FILE)
    counted = next(counter)
    record = Record(id="export", status=Status.CHANGED, title=file, detail=f"{counted} events as {form}")
    return Result(records=(record,), body={"file": str(path), "format": form, "events": counted})


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


def _listed(app: App, question: Question, limit: int) -> Result:
    from itertools import islice

    from aim_lib.audit_query import ask
    from aim_lib.model import Result, Table

    found = list(islice(ask(app.audit.path, question), limit or None))
    columns = ("time", "severity", "type", "message", "user", "by")
    table = Table(columns=columns, rows=tuple(map(_row, found)))
    closing = () if found else ("there are no such events",)
    return Result(table=table if found else None, closing=closing, body={"events": found, "count": len(found)})


def _row(event: Event) -> tuple[str, ...]:
    message = event.message.partition("\n")[0]
    return (event.timestamp[:19], event.severity, event.event_type, message, event.user, event.asked_by or "-")


def _followed(app: App, question: Question, limit: int) -> Result:
    """New events as lines, until Ctrl-C or `limit` of them; as JSON lines when JSON is asked for."""
    import msgspec

    from aim_lib import audit_query
    from aim_lib.engine.summary import print_out
    from aim_lib.model import Result

    is_plain = asked().format == "terminal"
    found = audit_query.follow(app.audit.path, question, lambda: app.runner.pause(0.25))
    say("new events, until Ctrl-C:")
    for count, event in enumerate(found, 1):
        line = "  ".join(_row(event)) if is_plain else msgspec.json.encode(event).decode()
        print_out(f"{app.redactor.text(line)}\n")
        if count == limit:
            break
    return Result()


def _chart(counts: Any) -> str:
    """A bar for each value: on a terminal alone, for a pipe has no use for them."""
    import sys

    width = 30 if sys.stdout.isatty() else 0
    lines: list[str] = []
    for kind, by in counts.items():
        rows = sorted(by.items(), key=lambda pair: pair[0] if kind == "day" else -pair[1])
        rows = rows[-14:] if kind == "day" else rows[:14]
        lines += [f"by {kind}", *_bars(rows, width)] if rows else []
    return "\n".join(lines)


def _bars(rows: Sequence[tuple[str, int]], width: int) -> list[str]:
    most = max(count for _, count in rows)
    longest = max(len(name) for name, _ in rows)
    return [f"  {name:{longest}}  {count:>9}  {'#' * -(-count * width // most)}".rstrip() for name, count in rows]
