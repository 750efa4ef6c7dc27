"""Lines for the log of GitHub Actions: an annotation for what failed or warns, a plain line for everything else.

Source: docs.github.com, "Workflow commands for GitHub Actions"; and the runner's ActionCommand.cs for what it takes for
a command: a line that begins with `::` after blanks, and `##[` anywhere in a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..model import Record, Result, Status
from . import Look
from ._text import visible

KINDS = {Status.FAILED: "error", Status.BLOCKED: "error", Status.WARNED: "warning"}
_PLACE = re.compile(r"(.+?):(\d+)(?::\d+)?")


def render(result: Result, look: Look) -> str:
    lines = [line for line in _lines(result) if line]
    text = "".join(f"{line}\n" for line in lines)
    return text if look.has_unicode else text.encode("ascii", "backslashreplace").decode()


def only_annotations(records: Iterable[Record]) -> tuple[str, ...]:
    """Only the annotations: one for each record that failed, is blocked, or warns."""
    return tuple(_annotation(record) for record in records if record.status in KINDS)


def _lines(result: Result) -> Iterator[str]:
    yield _plain(result.title)
    for record in result.records:
        yield _annotation(record) if record.status in KINDS else _plain(_said(record))
    if result.table is not None:
        yield from (_plain("  ".join(row)) for row in (result.table.columns, *result.table.rows))
    yield from (_plain(line) for line in (*result.text.splitlines(), *result.closing))


def _annotation(record: Record) -> str:
    title = f"{record.code}: {record.title}" if record.code else record.title
    remedy = f"fix: {record.remedy}" if record.remedy else ""
    message = "\n".join(part for part in (record.detail, remedy) if part) or record.status.value
    place = "".join(f"{key}={_property(value)}," for key, value in _place(record.where))
    return f"::{KINDS[record.status]} {place}title={_property(title)}::{_data(message)}"


def _place(where: str) -> Iterator[tuple[str, str]]:
    """`file`, and `line` where one is told. GitHub shows an annotation at files of the checkout alone."""
    if not where:
        return
    found = _PLACE.fullmatch(where)
    yield "file", found[1] if found else where
    if found:
        yield "line", found[2]


def _said(record: Record) -> str:
    seconds = f" ({record.seconds:.1f} s)" if record.seconds >= 0.1 else ""
    remedy = f"; fix: {record.remedy}" if record.remedy else ""
    return f"{record.status.value}: {record.title}: {record.detail}{seconds}{remedy}"


def _plain(text: str) -> str:
    """One line of the log that is no command, whatever is in it."""
    line = " | ".join(part.strip() for part in visible(text).splitlines()).replace("##[", "## [")
    return f"| {line}" if re.match(r"\W*?::", line) else line


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
