"""Markdown as GitHub, GitLab and Azure show it: the step summary of a pipeline, a comment, a wiki page.

Names stand as code, so that none of them mentions a person or becomes a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Record, Result, Status, Table
from . import Look
from ._text import duration, visible

MARKS = {
    Status.OK: "✅",
    Status.CHANGED: "🔵",
    Status.SKIPPED: "⚪",
    Status.WARNED: "⚠️",
    Status.FAILED: "❌",
    Status.BLOCKED: "⛔",
}
ORDER = (Status.FAILED, Status.BLOCKED, Status.WARNED, Status.CHANGED, Status.OK, Status.SKIPPED)
_SPECIAL = re.compile(r"([\\`*_\[\]#|~$<>&])")


def render(result: Result, look: Look) -> str:
    blocks = [block for block in _blocks(result, look) if block]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _blocks(result: Result, look: Look) -> Iterator[str]:
    heading = result.title or (f"aim {result.command.replace('.', ' ')}" if result.command else "")
    yield f"## {_prose(heading, look)}" if heading else ""
    yield _counts(result, look)
    yield _records(result.records, look)
    yield _table(result.table, look) if result.table is not None else ""
    yield _fenced(result.text, look)
    yield "\n".join(f"- {_prose(line, look)}" for line in result.closing)


def _counts(result: Result, look: Look) -> str:
    found = [record.status for record in result.records]
    parts = [f"{_mark(status, look)} {found.count(status)} {status.value}" for status in ORDER if status in found]
    parts += [f"exit code {result.exit_code}"] if result.exit_code else []
    return " · ".join(parts) if look.has_unicode else " / ".join(parts)


def _records(records: tuple[Record, ...], look: Look) -> str:
    """What is wrong comes first; within a status the order stays."""
    if not records:
        return ""
    rows = [
        "| | what | detail | fix |\n|---|---|---|---|",
        *(_row(record, look) for status in ORDER for record in records if record.status is status),
    ]
    return "\n".join(rows)


def _row(record: Record, look: Look) -> str:
    code = f" {record.code}" if record.code else ""
    seconds = f" ({duration(record.seconds)})" if record.seconds >= 0.1 else ""
    where = f"<br>{_code(record.where, look)}" if record.where else ""
    detail = f"{_prose(record.detail, look)}{seconds}{where}"
    remedy = "<br>".join(_code(line, look) for line in record.remedy.splitlines() if line.strip())
    return f"| {_mark(record.status, look)} | {_code(record.title, look)}{code} | {detail} | {remedy} |"


def _table(table: Table, look: Look) -> str:
    head = f"| {' | '.join(_prose(cell, look) for cell in table.columns)} |"
    rule = f"|{'---|' * len(table.columns)}"
    rows = (f"| {' | '.join(_code(cell, look) for cell in row)} |" for row in table.rows)
    return "\n".join((head, rule, *rows))


def _mark(status: Status, look: Look) -> str:
    return MARKS[status] if look.has_unicode else f"[{status.value}]"


def _fenced(text: str, look: Look) -> str:
    if not text.strip():
        return ""
    shown = _ascii(visible(text).strip("\n"), look)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", shown)), default=0))
    return f"{fence}text\n{shown}\n{fence}"


def _code(text: str, look: Look) -> str:
    """Code in a cell of a table: its fence is longer than any in it.

    With a bar it is written as HTML: a cell ends at a bar in a code span too, and a backslash before it would stay.
    """
    shown = _ascii(" ".join(visible(text).split()), look)
    if not shown:
        return ""
    if "|" in shown:
        return f"<code>{_SPECIAL.sub(lambda found: f'&#{ord(found[1])};', shown)}</code>"
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _prose(text: str, look: Look) -> str:
    """Plain words: nothing in them is markup, a mention or a link."""
    shown = "<br>".join(_SPECIAL.sub(r"\\\1", line) for line in visible(text).splitlines())
    # A backslash stops neither of these from becoming a link.
    shown = shown.replace("\t", " ").replace("://", ":&#8203;//").replace("@", "@&#8203;")
    return shown if look.has_unicode else shown.encode("ascii", "xmlcharrefreplace").decode()


def _ascii(text: str, look: Look) -> str:
    """In code there are no entities: other characters are written as Python writes them."""
    return text if look.has_unicode else text.encode("ascii", "backslashreplace").decode()
