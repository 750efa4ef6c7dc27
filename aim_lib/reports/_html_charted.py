"""The sections of the HTML page with a chart: the last run, caches, activity. None where there is nothing to draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..quantities import counted
from ._html_body import entries, timeline
from ._html_charts import MOST_DAYS, bar, days, span
from ._html_parts import Cell, Column, Section, code, details, esc, pill, section, table, tone
from ._text import duration, size

MOST_CACHES = 40


def run_section(run: Mapping[str, Any]) -> Section | None:
    placed = timeline(entries(run, "tasks"))
    if not placed:
        return None
    whole = max(max(begin + length for _, begin, length in placed), 0.001)
    columns = (
        Column(label="state", kind="tight", is_bare=True),
        Column(label="task", is_bare=True),
        Column(label="took", kind="number"),
        Column(label="when", kind="bar", is_bare=True),
    )
    rows = (_task(task, begin, length, whole) for task, begin, length in placed)
    told = [str(run.get("command") or ""), str(run.get("result") or ""), _moment(str(run.get("timestamp") or ""))]
    axis = (
        f'<div class="axis bars"><span>0 s</span><span>{duration(whole / 2)}</span><span>{duration(whole)}</span></div>'
    )
    note = " · ".join(part for part in told if part)
    return section("run", "Last run", note, table(columns, rows), axis)


def _task(task: Mapping[str, Any], begin: float, length: float, whole: float) -> tuple[str | Cell, ...]:
    state, name = str(task.get("state") or ""), str(task["name"])
    reason = str(task.get("error") or task.get("reason") or "").partition("\n")[0]
    said = f"{name}: {state}, {duration(length)} from {duration(begin)} on" + (f": {reason}" if reason else "")
    why = f'<br><span class="dim">{esc(reason)}</span>' if reason else ""
    drawn = bar(begin / whole, length / whole, tone(state), said) if task.get("started") else Cell(markup="")
    return (
        Cell(markup=pill(state)),
        Cell(markup=f'<span class="name">{esc(name)}</span>{why}'),
        duration(length) if task.get("started") else "",
        drawn,
    )


def caches_section(found: Sequence[Mapping[str, Any]]) -> Section | None:
    known = sorted(
        (each for each in found if isinstance(each.get("size_bytes"), int) and "path" in each),
        key=lambda each: (-each["size_bytes"], str(each["path"])),
    )
    if not known:
        return None
    top, total = max(known[0]["size_bytes"], 1), sum(each["size_bytes"] for each in known)
    columns = (
        Column(label="cache", is_bare=True),
        Column(label="size", kind="number"),
        Column(label="share", kind="bar", is_bare=True),
    )
    rows = (_cache(each, top) for each in known[:MOST_CACHES])
    more = f"<p>and {len(known) - MOST_CACHES} smaller ones</p>" if len(known) > MOST_CACHES else ""
    note = f"{counted(len(known), 'folder')}, {size(total)} in all"
    return section("caches", "Caches", note, table(columns, rows), more)


def _cache(each: Mapping[str, Any], top: int) -> tuple[str | Cell, ...]:
    path, count = str(each["path"]), each["size_bytes"]
    return (
        Cell(markup=code(path)),
        size(count),
        bar(0.0, count / top, "info", f"{path}: {size(count)}"),
    )


_SWATCH = '<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="fill-{}" width="10" height="10"/></svg>{}</li>'
_LEGEND = f'<ul class="legend">{_SWATCH.format("info", "events")}{_SWATCH.format("bad", "errors among them")}</ul>'


def activity_section(told: tuple[Mapping[str, int], Mapping[str, int]]) -> Section | None:
    counts, errors = told
    shown = span(counts)
    if not shown:
        return None
    columns = (Column(label="day", is_bare=True), Column(label="events"), Column(label="errors"))
    busy = [day for day in reversed(shown) if counts.get(day)]
    rows = ((day, str(counts[day]), str(errors.get(day, 0))) for day in busy)
    note = f"{counted(sum(counts.get(day, 0) for day in shown), 'event')} in {counted(len(shown), 'day')}"
    note += " (the last ones)" if len(shown) == MOST_DAYS else ""
    numbers = details("the same as numbers", table(columns, rows))
    parts = (_LEGEND, days(counts, errors), numbers)
    return section("activity", "Audit activity", note, *parts)


def _moment(stamp: str) -> str:
    return f"{stamp[:10]} {stamp[11:16]} UTC" if len(stamp) > 16 else stamp
