"""Charts of the HTML page as inline SVG: bars that stretch with the page, each with a title that says its value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from ..quantities import counted
from ._html_parts import Cell, esc

FEWEST_DAYS, MOST_DAYS = 14, 45  # of one day alone the column would be as wide as the page


def bar(begin: float, length: float, tone: str, title: str) -> Cell:
    """A bar on a track; `begin` and `length` are parts of the whole, from 0 to 1. A short one can still be seen."""
    begin = min(max(begin, 0.0), 1.0)
    width = min(max(length * 100, 0.6), 100.0)
    left = min(begin * 100, 100 - width)
    return Cell(
        markup='<svg class="track" viewBox="0 0 100 18" preserveAspectRatio="none" role="img" '
        f'aria-label="{esc(title)}">'
        f'<title>{esc(title)}</title><rect class="ground" width="100" height="18"/>'
        f'<rect class="fill-{tone}" x="{left:.2f}" y="3" width="{width:.2f}" height="12" rx="0.4"/></svg>'
    )


def days(counts: Mapping[str, int], errors: Mapping[str, int]) -> str:
    """Columns of counts by day (ISO dates), the days between them too; of each the errors in the colour of errors."""
    shown = span(counts)
    top = max(max((counts.get(day, 0) for day in shown), default=0), 1)
    width = 100 / max(len(shown), 1)
    columns = "".join(
        _column(day, place * width, width, counts.get(day, 0), errors.get(day, 0), top)
        for place, day in enumerate(shown)
    )
    lines = "".join(f'<line class="grid" x1="0" x2="100" y1="{y}" y2="{y}"/>' for y in (10, 55, 100))
    said = f"events by day from {shown[0]} to {shown[-1]}, at most {top} a day"
    return (
        f'<svg class="days" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="{esc(said)}">'
        f"<title>{esc(said)}</title>{lines}{columns}</svg>\n"
        f'<div class="axis"><span>{esc(shown[0])}</span><span>at most {counted(top, "event")} a day</span>'
        f"<span>{esc(shown[-1])}</span></div>"
    )


def span(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Every day from the first to the last one that was counted: FEWEST_DAYS to MOST_DAYS, up to the last."""
    known = sorted(day for day in counts if _is_day(day))
    if not known:
        return ()
    last = date.fromisoformat(known[-1])
    length = min(max((last - date.fromisoformat(known[0])).days + 1, FEWEST_DAYS), MOST_DAYS)
    return tuple((last - timedelta(days=back)).isoformat() for back in reversed(range(length)))


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _column(day: str, left: float, width: float, count: int, errors: int, top: int) -> str:
    height, bad = 90 * count / top, 90 * min(errors, count) / top
    said = f"{day}: {counted(count, 'event')}" + (f", {counted(errors, 'error')}" if errors else "")
    inside = f'x="{left + width * 0.12:.2f}" width="{width * 0.76:.2f}"'
    red = f'<rect class="fill-bad" {inside} y="{100 - bad:.2f}" height="{bad:.2f}"/>' if errors else ""
    return (
        f"<g><title>{esc(said)}</title>"
        f'<rect fill="transparent" x="{left:.2f}" width="{width:.2f}" y="0" height="100"/>'
        f'<rect class="fill-info" {inside} y="{100 - height:.2f}" height="{height:.2f}"/>{red}</g>'
    )
