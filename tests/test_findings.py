"""Codes of findings: every one is explained, and can be asked for in several ways."""

from __future__ import annotations

from types import ModuleType

import pytest

from aim_lib import findings, health
from aim_lib.errors import BadConfig
from aim_lib.model import Record, Status


def of(codes: dict[str, str]) -> ModuleType:
    module = ModuleType("stranger")
    module.CODES = codes  # type: ignore[attr-defined]
    return module


@pytest.mark.parametrize("word", ["AIM-H010", "aim-h010", "H010", "h10", "010", "10", " 10 "])
def test_a_code_is_found_however_it_is_written(word: str) -> None:
    """The number is enough."""
    assert findings.find(word, findings.table()).code == "AIM-H010"


@pytest.mark.parametrize(("word", "hint"), [("AIM-H019", "did you mean AIM-H010?"), ("AIM-H91O", "did you mean AIM-H")])
def test_a_wrong_code_is_answered_with_the_nearest(word: str, hint: str) -> None:
    """Nobody remembers numbers."""
    known = {code: finding for code, finding in findings.table().items() if code in ("AIM-H010", "AIM-H901")}

    with pytest.raises(BadConfig) as caught:
        findings.find(word, known)

    assert hint in caught.value.message
    assert caught.value.remedy == "aim health explain"


def test_the_check_itself_has_codes_too() -> None:
    """That a check raised, hung or spoke garbage is explained like what it finds."""
    assert {*health.CODES} <= {*findings.table()}


def test_a_plugin_takes_no_code_of_ours() -> None:
    """A plugin's codes are explained beside ours, never in their place."""
    known = findings.table(
        {"notes": of({"AIM-H010": "Mine. Yes.", "NOTES-1": "A note is lost. So."}), "python": of({})}
    )

    assert known["NOTES-1"].check == "notes"
    assert (known["NOTES-1"].title, known["NOTES-1"].rest) == ("A note is lost", "So.")


def test_codes_of_several_findings_of_one_check_count() -> None:
    """A Record carries the worst code; the others are among its findings."""
    several = {"findings": [{"code": "AIM-H070"}, {"code": "AIM-H071"}]}
    records = (
        Record(id="a", status=Status.OK, title="a"),
        Record(id="b", status=Status.FAILED, title="b", code="AIM-H070", facts=several),
    )

    assert tuple(findings.codes_of(records)) == ("AIM-H070", "AIM-H071")
