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
    from aim_lib.model import Record, Result

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


@command(
    lenient=True, help={"anchor": "a file with a head of the chain: checked when it is there, then brought up to date"}
)
def verify(app: App, anchor: str = "") -> Result:
    """Walk the chain over all segments: exit 5 at the first line that was torn, changed, removed or moved."""
    from aim_lib import audit_verify
    from aim_lib.model import Result

    place = app.host.cwd / Path(anchor).expanduser() if anchor else None
    kept = audit_verify.read_anchor(place) if place else None
    verdict = audit_verify.verify(app.audit.path, kept)
    records = tuple(_findings(verdict))
    is_broken = verdict.first_break is not None
    if place and not is_broken and verdict.events and not asked().dry_run:
        from aim_lib import files

        files.write_text(place, audit_verify.anchor_text(verdict), files.PRIVATE_FILE)
    import msgspec

    body = {"holds": not is_broken, **msgspec.to_builtins(verdict)}
    closing = (f"head: {verdict.head_seq} {verdict.head_hash}",) if verdict.events else ()
    return Result(records=records, closing=closing, body=body, exit_code=5 if is_broken else 0)


@command()
def rotate(app: App) -> Result:
    """Seal and compress the log, and the files of [[audit.rotate]] that are due; remove what need not be kept."""
    from aim_lib.model import Result

    from ._rotating import others, own, removed

    if asked().dry_run:
        return Result(closing=("nothing was rotated",))
    return Result(records=(*own(app), *removed(app), *others(app)))


@command(positional=["place"], help={"place": "the old log: its folder (AIM_audit), or a file"})
def import_legacy(app: App, place: str) -> Result:
    """Take over the events of the predecessors' logs, each once; what tools were given and said stays behind."""
    from aim_lib import audit_import
    from aim_lib.audit_query import Question, ask
    from aim_lib.errors import BadConfig
    from aim_lib.model import Record, Result, Status

    folder = app.host.cwd / Path(place).expanduser()
    if not folder.exists():
        raise BadConfig(f"{folder} is not there", remedy="name the folder AIM_audit, or a file of events")
    found = audit_import.read(folder)
    have = {event.details.get("imported") for event in ask(app.audit.path, Question(text="imported"))}
    fresh = [event for event in found.events if event.source not in have]
    for event in () if asked().dry_run else fresh:
        details = {**event.details, "imported": event.source}
        app.audit.write(
            event.event_type, event.message, severity=event.severity, details=details, timestamp=event.timestamp
        )
    for line in found.refused:
        say(f"  ! {line}")
    detail = f"{len(fresh)} events, {len(found.events) - len(fresh)} were here already, {len(found.refused)} not read"
    record = Record(id="import", status=Status.CHANGED if fresh else Status.OK, title=place, detail=detail)
    return Result(records=(record,), body={"imported": len(fresh), "refused": found.refused})


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


def _findings(verdict: Any) -> Sequence[Record]:
    from aim_lib.model import Record, Status

    broken = verdict.first_break
    count = f"{verdict.events} events"
    records = []
    if broken is None:
        records.append(
            Record(id="chain", status=Status.OK, title="chain", detail=f"{count}, each follows the one before")
        )
    else:
        detail = f"{broken.kind}: {broken.file}:{broken.line}: {broken.text}"
        remedy = "compare with a copy of the log from before; the events up to there can be trusted"
        records.append(Record(id="chain", status=Status.FAILED, title="chain", detail=detail, remedy=remedy))
    told = (
        (verdict.unchained, "earlier", f"{verdict.unchained} lines from before there was a chain, sealed by it"),
        (verdict.torn, "torn", f"{verdict.torn} lines were cut short by a crash; they are kept in audit.torn"),
        (verdict.removed, "removed", f"{verdict.removed} events were removed by [audit] keep_days"),
    )
    return [*records, *(Record(id=key, status=Status.WARNED, title=key, detail=text) for n, key, text in told if n)]
