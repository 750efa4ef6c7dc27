"""JUnit XML, which every CI shows: a test case for each record.

A warning is a case that passed and says something. A command that failed without a failed record has a case for that,
so that no red command makes a green report. Times are UTC without a zone, as the oldest readers want them.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ..model import Frozen, Record, Result, Status
from . import Look
from ._text import visible

BAD_WORDS = frozenset({"drift", "missing", "fail", "failed", "unhealthy"})


class Case(Frozen, frozen=True):
    """One test case; `outcome` is "failure", "error", "skipped", or "" for one that passed."""

    name: str
    group: str
    outcome: str = ""
    message: str = ""
    kind: str = ""
    text: str = ""
    seconds: float = 0.0


def render(result: Result, look: Look) -> str:
    cases = tuple(_cases(result))
    name = f"aim {result.command.replace('.', ' ')}".rstrip()
    counts = {key: sum(case.outcome == key for case in cases) for key in ("failure", "error", "skipped")}
    told = {
        "tests": str(len(cases)),
        "failures": str(counts["failure"]),
        "errors": str(counts["error"]),
        "skipped": str(counts["skipped"]),
        "time": _time(sum(case.seconds for case in cases)),
    }
    suite = {"name": name, **told, "timestamp": look.timestamp.removesuffix("Z").partition(".")[0]}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites{_attributes({'name': name, **told})}>",
        f"  <testsuite{_attributes(suite)}>",
        *(line for case in cases for line in _lines(case)),
        "  </testsuite>",
        "</testsuites>",
    ]
    text = "\n".join(lines) + "\n"
    return text if look.has_unicode else text.encode("ascii", "xmlcharrefreplace").decode()


def _cases(result: Result) -> Iterator[Case]:
    group = f"aim.{result.command or 'report'}"
    yield from (_of_record(record, group) for record in result.records)
    if result.table is not None and not result.records:
        yield from (_of_row(row, group) for row in result.table.rows)
    if result.exit_code and not any(record.status in (Status.FAILED, Status.BLOCKED) for record in result.records):
        yield Case(
            name="exit code",
            group=group,
            outcome="failure",
            message=f"exit code {result.exit_code}",
            text="\n".join(result.closing),
        )


def _of_record(record: Record, group: str) -> Case:
    remedy = f"fix: {record.remedy}" if record.remedy else ""
    text = "\n".join(part for part in (record.detail, record.where, remedy) if part)
    outcome = {Status.FAILED: "failure", Status.BLOCKED: "error", Status.SKIPPED: "skipped"}.get(record.status, "")
    first = record.detail.partition("\n")[0] or record.title
    return Case(
        name=record.title,
        group=f"{group}.{record.id}",
        outcome=outcome,
        message=f"{record.code}: {first}" if record.code else first,
        kind=record.code or record.status.value,
        text=f"warning: {text}" if record.status is Status.WARNED else text,
        seconds=record.seconds,
    )


def _of_row(row: tuple[str, ...], group: str) -> Case:
    """A row of a listing fails by the word that says how the thing stands."""
    bad = next((cell for cell in row if cell in BAD_WORDS), "")
    text = "  ".join(cell for cell in row if cell)
    return Case(
        name=row[0] if row else "", group=group, outcome="failure" if bad else "", message=bad, kind=bad, text=text
    )


def _lines(case: Case) -> Iterator[str]:
    head = _attributes({"classname": case.group, "name": case.name, "time": _time(case.seconds)})
    if not case.text and not case.outcome:
        yield f"    <testcase{head}/>"
        return
    yield f"    <testcase{head}>"
    if case.outcome == "skipped":
        yield f"      <skipped{_attributes({'message': case.text or case.message})}/>"
    elif case.outcome:
        told = _attributes({"message": case.message, "type": case.kind})
        yield f"      <{case.outcome}{told}>{_text(case.text)}</{case.outcome}>"
    else:
        yield f"      <system-out>{_text(case.text)}</system-out>"
    yield "    </testcase>"


def _attributes(values: dict[str, str]) -> str:
    return "".join(f' {key}="{_value(value)}"' for key, value in values.items() if value or key != "timestamp")


def _value(text: str) -> str:
    """Readers make spaces of plain line breaks in attributes."""
    return _text(text).replace("\n", "&#10;").replace("\t", "&#9;")


def _text(text: str) -> str:
    return escape(visible(text), quote=True)


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"
