"""A Result for people: aligned lines, a mark and a colour for each status, remedies below what they mend.

Written by hand rather than with rich: importing rich costs more than everything else a listing does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from ..model import Record, Result, Status, Table
from . import Look

MARKS = {
    Status.OK: ("✓", "+", "32"),
    Status.CHANGED: ("●", "*", "36"),
    Status.SKIPPED: ("○", "-", "2"),
    Status.WARNED: ("!", "!", "33"),
    Status.FAILED: ("✗", "x", "31"),
    Status.BLOCKED: ("✗", "x", "31"),
}
WORDS = {
    **dict.fromkeys(("ok", "pass", "healthy", "present", "set"), "32"),
    **dict.fromkeys(("missing", "fail", "unhealthy", "failed", "not set"), "31"),
    **dict.fromkeys(("drift", "warn", "degraded", "unexpected", "changed"), "33"),
}
NEAR = " " * 4  # where a remedy begins that is too long for its column
LEAST = 24  # columns that a detail has on the narrowest screen
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def render(result: Result, look: Look) -> str:
    if not look.has_unicode:
        result = _plain_result(result)  # before anything is measured: a replacement may be wider or narrower
    records = _grouped(result, look) if result.groups else _records(result.records, look)
    blocks = [
        [paint(result.title, "1", look)] if result.title else [],
        list(records if result.table is None else _table(result.table, look)),
        result.text.splitlines(),
        [paint_closing(line, look) for line in result.closing],
    ]
    lines = [line.rstrip() for block in blocks for line in block]
    return "\n".join(lines) + "\n" if lines else ""


def paint(text: str, code: str, look: Look) -> str:
    """`text` in the colour of an SGR `code`, when colour may be used."""
    return f"\x1b[{code}m{text}\x1b[0m" if look.has_colour and text and code else text


def mark(status: Status, look: Look) -> str:
    """The one-character mark of a status."""
    fancy, simple, code = MARKS[status]
    return paint(fancy if look.has_unicode else simple, code, look)


def plain(text: str) -> str:
    """Text for a console that knows no Unicode."""
    return text.replace("→", "->").replace("…", "...").replace("·", "-").encode("ascii", "replace").decode()


def _plain_result(result: Result) -> Result:
    records = tuple(
        replace(record, title=plain(record.title), detail=plain(record.detail), remedy=plain(record.remedy))
        for record in result.records
    )
    table = result.table and Table(
        columns=tuple(map(plain, result.table.columns)),
        rows=tuple(tuple(map(plain, row)) for row in result.table.rows),
    )
    closing = tuple(map(plain, result.closing))
    return replace(
        result, title=plain(result.title), records=records, table=table, text=plain(result.text), closing=closing
    )


def paint_closing(line: str, look: Look) -> str:
    label, colon, rest = line.partition(": ")
    return f"{paint(label + ':', '1', look)} {rest}" if colon and len(label) < 24 else line


def _records(records: Sequence[Record], look: Look) -> Iterable[str]:
    width = min(max((width_of(record.title) for record in records), default=0), 36)
    for record in records:
        title = record.title + " " * (width - width_of(record.title))
        seconds = f"  {record.seconds:.1f} s" if record.seconds >= 0.1 else ""
        first, *more = record.detail.splitlines() or [""]
        yield f"  {mark(record.status, look)} {title}  {first}{paint(seconds, '2', look)}"
        yield from (f"    {' ' * width}  {line}" for line in more)
        if record.remedy:
            yield f"    {' ' * width}  {paint('fix:', '36', look)} {record.remedy}"


def _grouped(result: Result, look: Look) -> Iterable[str]:
    """The records below their headings; details are wrapped, remedies are left whole, to be pasted."""
    by_id = {record.id: record for record in result.records}
    width = max((width_of(record.title) for record in result.records), default=0)
    for heading, names in result.groups:
        yield paint(heading, "1", look)
        for name in names:
            yield from _judged(by_id[name], width, look)
        yield ""


def _judged(record: Record, width: int, look: Look) -> Iterable[str]:
    """A check's Record: everything it found, each with its code and what to do; see `findings` of its facts."""
    lead = f"  {mark(record.status, look)} {_pad(record.title, width)}  "
    indent = " " * (width + 6)
    whole = ({"message": record.detail, "code": record.code, "remedy": record.remedy},)
    for found in record.facts.get("findings") or whole:
        for line in _said(str(found["message"]), str(found["code"]), len(indent), look):
            yield f"{lead}{line}"
            lead = indent
        if found["remedy"]:
            fix = f"{paint('fix:', '36', look)} {_shown(str(found['remedy']), look)}"
            yield f"{indent if len(indent) + len(found['remedy']) + 5 <= look.width else NEAR}{fix}"


def _said(message: str, code: str, indent: int, look: Look) -> Iterable[str]:
    """A message in lines that leave room for `indent` columns before them, its code behind the last."""
    room = max(look.width - indent, LEAST)
    lines = [part for line in _shown(message, look).splitlines() or [""] for part in _wrapped(line, room)]
    if code and width_of(lines[-1]) + len(code) + 2 > room:
        lines.append("")
    if code:
        lines[-1] = f"{lines[-1]}{'  ' if lines[-1] else ''}{paint(code, '2', look)}"
    return lines


def _wrapped(line: str, width: int) -> list[str]:
    if width_of(line) <= width:
        return [line]
    import textwrap

    return textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""]


def _shown(text: str, look: Look) -> str:
    return text if look.has_unicode else plain(text)


def _table(table: Table, look: Look) -> Iterable[str]:
    rows = [table.columns, *table.rows]
    widths = [max(width_of(row[place]) for row in rows) for place in range(len(table.columns))]
    yield "  " + "  ".join(
        paint(_pad(cell, width), "1", look) for cell, width in zip(table.columns, widths, strict=True)
    )
    for row in table.rows:
        cells = (paint(_pad(cell, width), WORDS.get(cell, ""), look) for cell, width in zip(row, widths, strict=True))
        yield "  " + "  ".join(cells)


def _pad(cell: str, width: int) -> str:
    return cell + " " * (width - width_of(cell))


def fitted(text: str, columns: int, look: Look) -> str:
    """`text`, without escapes in it, in at most so many columns of a terminal."""
    if width_of(text) <= columns:
        return text
    end = "…" if look.has_unicode else "..."
    while text and width_of(text) > columns - len(end):
        text = text[: -max(1, (width_of(text) - columns) // 2)]
    return text + end


def width_of(text: str) -> int:
    """Columns the text takes on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(_ESCAPE.sub("", text))
