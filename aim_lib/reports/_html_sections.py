"""The sections of the HTML page, each made from one part of a Result and left out where that part is not there.

A body may be of any command: a key that has another shape than a section knows is none of its business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..model import Record, Result, Status, Table
from ..quantities import counted
from ._html_body import activity, entries, last_run
from ._html_charted import activity_section, caches_section, run_section
from ._html_parts import Cell, Column, Section, code, details, esc, fix, pill, section, table, tone
from ._text import duration

ORDER = (Status.FAILED, Status.BLOCKED, Status.WARNED, Status.CHANGED, Status.OK, Status.SKIPPED)
# What each section shows of a body; the rest is shown as data.
DRAWS = {
    "results": ("overall_status", "summary", "checks"),
    "drift": ("tools", "summary"),
    "run": ("last_run", "tasks", "totals", "command", "timestamp", "result"),
    "caches": ("caches",),
    "activity": ("activity", "by_day"),
}


def sections(result: Result) -> tuple[Section, ...]:
    """Everything that the Result has to show, in the order of reading."""
    body = result.body
    found = (
        _records(result),
        _tools(entries(body, "tools")),
        run_section(last_run(body)),
        caches_section(entries(body, "caches")),
        activity_section(activity(body)),
        _listing(result),
    )
    drawn = tuple(each for each in found if each is not None)
    rest = _rest(body, drawn)
    return drawn if rest is None else (*drawn, rest)


def _records(result: Result) -> Section | None:
    if not result.records:
        return None
    is_health = isinstance(result.body.get("overall_status"), str) and "gates" not in result.body
    name = "Health" if is_health else "Results"
    columns = (
        Column(label="status", kind="tight", is_bare=True),
        Column(label="what", kind="what", is_bare=True),
        _DETAIL,
    )
    ordered = [record for status in ORDER for record in result.records if record.status is status]
    rows = ((Cell(markup=pill(each.status.value)), _what(each), _detail(each)) for each in ordered)
    bad = sum(each.status in (Status.FAILED, Status.BLOCKED, Status.WARNED) for each in ordered)
    note = f"{len(ordered)} looked at, {bad} to see to" if bad else f"{len(ordered)} looked at, nothing to do"
    return section("results", name, note, table(columns, rows))


_DETAIL = Column(label="detail and fix", kind="text", is_bare=True)


def _what(record: Record) -> Cell:
    told = [f'<span class="name">{esc(record.title)}</span>']
    told += [f'<span class="tag">{esc(record.code)}</span>'] if record.code else []
    told += [f'<span class="dim">{duration(record.seconds)}</span>'] if record.seconds >= 0.1 else []
    return Cell(markup=" ".join(told))


def _detail(record: Record) -> Cell:
    where = f" <code>{esc(record.where)}</code>" if record.where else ""
    return Cell(markup=f"{esc(record.detail)}{where}{fix(record.remedy, is_alone=not record.detail)}")


def _tools(found: Sequence[Mapping[str, Any]]) -> Section | None:
    known = [each for each in found if {"tool", "status"} <= set(each)]
    if not known:
        return None
    off = [each for each in known if each["status"] != "ok"]
    columns = (
        Column(label="status", kind="tight", is_bare=True),
        Column(label="tool", is_bare=True),
        Column(label="manager"),
        Column(label="expected"),
        Column(label="actual"),
        Column(label="why and fix", kind="text", is_bare=True),
    )
    rows = (_tool(each) for each in (*off, *(each for each in known if each["status"] == "ok")))
    note = (
        f"{counted(len(known), 'tool')}, {len(off)} not as declared"
        if off
        else f"{counted(len(known), 'tool')}, all as declared"
    )
    return section("drift", "Drift", note, table(columns, rows))


def _tool(each: Mapping[str, Any]) -> tuple[str | Cell, ...]:
    why, remedy = str(each.get("why") or ""), str(each.get("remedy") or "")
    return (
        Cell(markup=pill(str(each["status"]))),
        Cell(markup=f'<span class="name">{esc(each["tool"])}</span>'),
        str(each.get("manager") or ""),
        Cell(markup=code(str(each.get("expected") or ""))),
        Cell(markup=code(str(each.get("actual") or ""))),
        Cell(markup=f"{esc(why)}{fix(remedy, is_alone=not why)}"),
    )


def _listing(result: Result) -> Section | None:
    is_shown = result.table is None or (result.records and entries(result.body, "tools"))
    parts = [
        "" if is_shown else _table(result.table),  # type: ignore[arg-type]
        f"<pre>{esc(result.text.strip(chr(10)))}</pre>" if result.text.strip() else "",
        f'<ul class="lines">{"".join(f"<li>{esc(line)}</li>" for line in result.closing)}</ul>'
        if result.closing
        else "",
    ]
    if not any(parts):
        return None
    name = "Output" if any(parts[:2]) else "In short"
    return section("output", name, "", *parts)


def _table(shown: Table) -> str:
    columns = tuple(Column(label=label, kind="text") for label in shown.columns)
    return table(columns, (_row(row) for row in shown.rows))


def _row(row: tuple[str, ...]) -> tuple[str | Cell, ...]:
    return tuple(Cell(markup=pill(cell)) if tone(cell) != "skip" else cell for cell in row)


def _rest(body: Mapping[str, Any], drawn: Iterable[Section]) -> Section | None:
    """What the body has besides: as the JSON document has it, behind a line that opens it."""
    import json

    import msgspec

    keys = {key for each in drawn for key in DRAWS.get(each.identity, ())}
    left = {key: value for key, value in body.items() if key not in keys}
    if not left:
        return None
    # Not msgspec's own JSON: a file name may have bytes that are no text.
    text = json.dumps(msgspec.to_builtins(left, str_keys=True), indent=2, ensure_ascii=False)
    parts = details(", ".join(left), f"<pre>{esc(text)}</pre>")
    return section("data", "Data", "what the JSON document has besides", parts)
