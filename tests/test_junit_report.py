"""JUnit XML: what an XML parser reads back is what the records say, whatever is in them."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from aim_lib.model import Record, Result, Status, Table
from aim_lib.reports import Look, junit_xml

HOSTILE = "]]><!--&\"'<script>\x00\x1b[31mred\x1b[0m\ud800\ufffe\u202e\r\nnext"


def read(result: Result) -> ET.Element:
    return ET.fromstring(junit_xml.render(result, Look(timestamp="2026-01-02T12:00:00.000Z")))  # noqa: S314 - it is what we have just written


def record(status: Status, code: str = "", remedy: str = "") -> Record:
    return Record(id="pipx:ruff", status=status, title="ruff", detail="said", code=code, remedy=remedy)


def test_the_counts_are_those_of_the_cases() -> None:
    """A reader that shows only the suite's numbers shows the truth."""
    found = read(Result(command="verify", records=tuple(map(record, Status)), exit_code=4)).find("testsuite")

    assert found is not None
    assert {key: found.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    assert (len(found), found.get("timestamp")) == (6, "2026-01-02T12:00:00")


def test_a_finding_has_its_code_and_its_remedy() -> None:
    """The code is the failure's type; what to type stands in its text."""
    bad = record(Status.FAILED, code="AIM-H011", remedy="apt install git")

    failure = read(Result(records=(bad,), exit_code=1)).find(".//failure")

    assert failure is not None
    assert (failure.get("type"), failure.get("message")) == ("AIM-H011", "AIM-H011: said")
    assert failure.text == "said\nfix: apt install git"


def test_a_warning_passes_and_says_so() -> None:
    """Degraded is not failed: the case is green, and its output has the words."""
    case = read(Result(records=(record(Status.WARNED, remedy="aim pin"),))).find(".//testcase")

    assert case is not None
    assert [child.tag for child in case] == ["system-out"]
    assert case.findtext("system-out") == "warning: said\nfix: aim pin"


@pytest.mark.parametrize("status", Status)
def test_hostile_text_stays_text(status: Status) -> None:
    """Markup, control characters and what XML has no place for come back as harmless text."""
    bad = Record(id=HOSTILE, status=status, title=HOSTILE, detail=HOSTILE, remedy=HOSTILE, where=HOSTILE, code=HOSTILE)

    found = read(Result(command=HOSTILE, records=(bad,)))

    assert {each.tag for each in found.iter()} <= {
        *("testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out")
    }
    case = found.find(".//testcase")
    assert case is not None
    assert case.get("name") == "]]><!--&\"'<script>\u2400red\ufffd\ufffd\ufffd\nnext"


def test_a_command_that_failed_without_a_record_is_red() -> None:
    """An exit code that no case explains is a failed case of its own."""
    found = read(Result(command="health.check", records=(record(Status.WARNED),), exit_code=1))

    assert [case.get("name") for case in found.iter("testcase")] == ["ruff", "exit code"]
    assert found.get("failures") == "1"


def test_the_rows_of_a_listing_are_cases() -> None:
    """`version check` has no records: what drifted or is missing fails by its word."""
    table = Table(columns=("tool", "status"), rows=(("ruff", "ok"), ("black", "missing"), ("isort", "drift")))

    found = read(Result(command="version.check", table=table))

    assert [case.get("name") for case in found.iter("testcase") if len(case.findall("failure"))] == ["black", "isort"]
