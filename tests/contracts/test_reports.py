"""The contract of `aim_lib/reports/`: text from values, the same every time, for every reader's side.

Each report has golden files of the one standard Result in `tests/data/reports/`: `<name>.plain`, `<name>.colour` and
`<name>.ascii`. After a change that is meant, write what the failing test shows into them and read the diff.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aim_lib import catalog
from aim_lib.model import Record, Result, Status, Table
from aim_lib.reports import Look, json_doc

PACKAGE = "aim_lib.reports"
REPORTS = catalog.own(PACKAGE)
DATA = Path(__file__).parents[1] / "data" / "reports"
STAMP = "2026-01-02T12:00:00.000Z"
LOOKS = {
    "plain": Look(timestamp=STAMP),
    "colour": Look(timestamp=STAMP, has_colour=True),
    "ascii": Look(timestamp=STAMP, has_unicode=False),
}
ENVELOPE = ("schema_version", "command", "exit_code", "timestamp", "records")

RECORDS = (
    Record(id="pipx:ruff", status=Status.OK, title="ruff", detail="0.14.1 is as wanted"),
    Record(
        id="npm:@openai/codex",
        status=Status.CHANGED,
        title="@openai/codex",
        detail="absent → 0.169.0",
        seconds=12.34,
        facts={"have": "", "now": "0.169.0"},
    ),
    Record(id="npm:kōan", status=Status.SKIPPED, title="kōan 公案", detail='bootstrap.node is "none"'),
    Record(id="pipx:black", status=Status.WARNED, title="black", detail="line one\nline two…", remedy="aim pin"),
    Record(
        id="uv:isort",
        status=Status.FAILED,
        title="isort",
        detail="exit 1 · no such version <7>",
        remedy='choose another version & "try" again',
        where="aim.toml",
        seconds=0.01,
    ),
    Record(id="uv:late", status=Status.BLOCKED, title="late", detail="", remedy="aim install isort"),
)
STANDARD = Result(
    command="install",
    records=RECORDS,
    body={"changes": [{"id": "uv:isort", "want": "7 → 8"}], "totals": {"failed": 1}},
    exit_code=4,
    title="Tools, größer",
    text="a line of text\n\nand one after a blank",
    closing=("next: aim status", "done"),
)
LISTING = Result(
    command="version.check",
    records=RECORDS[:1],
    table=Table(
        columns=("tool", "expected", "actual", "status"),
        rows=(("ruff", "0.14.1", "0.14.1", "ok"), ("公案", "1", "", "missing"), ("späth", "2", "2→1", "drift")),
    ),
    body={"summary": {"ok": 1, "drift": 1, "missing": 1}},
    closing=("summary: 1 ok, 1 drift, 1 missing",),
)
RESULTS = {"standard": STANDARD, "listing": LISTING, "empty": Result()}


# What is known to be wrong today, by report and look or Result: each must fail until it is mended.
KNOWN: dict[tuple[str, str], str] = {}


def every(*names: str) -> list[Any]:
    """Each report with each of `names`."""
    return [
        pytest.param(report, name, marks=[pytest.mark.xfail(strict=True, reason=KNOWN[report, name])])
        if (report, name) in KNOWN
        else (report, name)
        for report in REPORTS
        for name in names
    ]


def render(report: str, result: Result, look: Look) -> str:
    text: str = catalog.load(PACKAGE, report).render(result, look)
    return text


def whole(report: str, look: Look) -> str:
    """Every Result one after the other, as a golden file has them."""
    return "".join(f"=== {name} ===\n{render(report, result, look)}" for name, result in RESULTS.items())


@pytest.mark.parametrize(("report", "look"), every(*LOOKS))
def test_the_standard_result_looks_as_agreed(report: str, look: str) -> None:
    """A report's text is a contract: a change of it shows up in a golden file."""
    golden = DATA / f"{report}.{look}"

    assert golden.is_file()
    assert whole(report, LOOKS[look]) == golden.read_text(encoding="utf-8").replace("␛", "\x1b")


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("report", REPORTS)
def test_a_report_is_the_same_every_time(report: str, name: str) -> None:
    """Values in, text out: nothing else, such as the clock, has a say."""
    assert render(report, RESULTS[name], LOOKS["plain"]) == render(report, RESULTS[name], LOOKS["plain"])


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("report", REPORTS)
def test_a_report_ends_its_last_line(report: str, name: str, look: str) -> None:
    """A report is empty or ends in one newline, so that the next prompt stands on its own line."""
    text = render(report, RESULTS[name], LOOKS[look])

    assert text == "" or text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("report", REPORTS)
def test_without_colour_there_are_no_escapes(report: str, name: str) -> None:
    """A file or a pipe gets no control sequences."""
    assert "\x1b" not in render(report, RESULTS[name], LOOKS["plain"])


@pytest.mark.parametrize(("report", "name"), every("standard", "listing", "empty"))
def test_without_unicode_there_is_only_ascii(report: str, name: str) -> None:
    """A console that knows no Unicode can print every character of it."""
    assert render(report, RESULTS[name], LOOKS["ascii"]).isascii()


@pytest.mark.parametrize("report", REPORTS)
def test_everything_that_matters_is_in_it(report: str) -> None:
    """Each record's title, its detail's words and its remedy reach the reader, whatever the form."""
    text = render(report, STANDARD, LOOKS["plain"])

    for record in RECORDS:
        assert record.title in text
        assert all(word in text for word in ("0.169.0", "line one", "aim pin", "aim install isort"))


# --- the document -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", RESULTS)
def test_the_document_has_its_envelope(name: str, look: str) -> None:
    """Every JSON document, that of an empty Result too, is valid and has the keys that all have."""
    result = RESULTS[name]

    document = json.loads(json_doc.render(result, LOOKS[look]))

    assert list(document)[: len(ENVELOPE)] == list(ENVELOPE)
    assert document["schema_version"] == json_doc.SCHEMA_VERSION
    assert (document["command"], document["exit_code"]) == (result.command, result.exit_code)
    assert document["timestamp"] == STAMP


def test_the_document_has_the_body_beside_the_envelope() -> None:
    """What a command has of its own stands at the top level."""
    document = json.loads(json_doc.render(STANDARD, LOOKS["plain"]))

    assert document["changes"] == STANDARD.body["changes"]
    assert document["totals"] == {"failed": 1}


def test_records_of_the_document_are_whole() -> None:
    """Every field of a Record is there, empty ones too: a reader need not ask whether a key exists."""
    document = json.loads(json_doc.render(STANDARD, LOOKS["plain"]))

    assert msgspec.convert(document["records"], tuple[Record, ...]) == RECORDS
    assert all(list(entry) == list(Record.__struct_fields__) for entry in document["records"])


def test_numbers_and_nothing_stay_what_they_are() -> None:
    """Numbers, null, booleans and nested lists of a body come through unchanged."""
    body: dict[str, Any] = {"a": 1.5, "b": None, "c": [True, {"d": ()}], "e": "\u2028\x00\x7f"}

    document = json.loads(json_doc.render(Result(body=body), LOOKS["plain"]))

    assert {key: document[key] for key in body} == {**body, "c": [True, {"d": []}]}
