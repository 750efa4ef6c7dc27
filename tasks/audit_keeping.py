"""Keeping the event log: seeing that it is whole, putting it away, taking over older ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aim_lib.quantities import counted

from ._app import asked, command, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aim_lib.app import App
    from aim_lib.model import Record, Result

GROUP = "audit"


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
    here, refused = len(found.events) - len(fresh), len(found.refused)
    detail = f"{counted(len(fresh), 'event')}, {here} were here already, {refused} not read"
    record = Record(id="import", status=Status.CHANGED if fresh else Status.OK, title=place, detail=detail)
    return Result(records=(record,), body={"imported": len(fresh), "refused": found.refused})


def _findings(verdict: Any) -> Sequence[Record]:
    from aim_lib.model import Record, Status

    broken = verdict.first_break
    count = _many(verdict.events, "event")
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
        (
            verdict.unchained,
            "earlier",
            f"{_many(verdict.unchained, 'line')} from before there was a chain, sealed by it",
        ),
        (verdict.torn, "torn", f"{_many(verdict.torn, 'line')} cut short by a crash and kept in audit.torn"),
        (verdict.removed, "removed", f"{_many(verdict.removed, 'event')} removed by [audit] keep_days"),
    )
    return [*records, *(Record(id=key, status=Status.WARNED, title=key, detail=text) for n, key, text in told if n)]


def _many(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
