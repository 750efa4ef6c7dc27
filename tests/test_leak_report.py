"""A scan ends as a Result: 5 for leaks, with the remedy for each, and notes on what was not searched."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest

from aim_lib.leak_report import result
from aim_lib.leaks import Finding, Outcome
from aim_lib.model import Status

VALUE = Finding(path="a.env", line=3, column=7, name="OPENAI_API_KEY", kind="value", form="base64", count=2)
SHAPE = Finding(path="b.py", line=1, column=2, name="github-token", kind="shape", hint="ghp_")


def report(*findings: Finding) -> list[tuple[str, str, str, str]]:
    return [(one.status, one.title, one.detail, one.remedy) for one in result(Outcome(findings=findings)).records]


def test_a_value_is_to_be_rotated() -> None:
    """Where it is, how it is written, and the command."""
    remedy = "aim secrets rotate OPENAI_API_KEY; then take it out of a.env"

    assert report(VALUE) == [("failed", "OPENAI_API_KEY", "a.env:3:7 (as base64, 2 times)", remedy)]


def test_a_key_by_its_shape_is_to_be_revoked() -> None:
    """At its provider's."""
    remedy = "revoke it: https://github.com/settings/tokens; then take it out of b.py"

    assert report(SHAPE) == [("failed", "github-token", "b.py:1:2 (begins with ghp_)", remedy)]


def test_what_is_staged_is_only_to_be_taken_out() -> None:
    """It has not left this machine yet."""
    ((*_, remedy),) = report(msgspec.structs.replace(VALUE, is_staged=True))

    assert remedy == "take it out, then: git add a.env"


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"line": 0, "column": 9, "form": "", "count": 1}, "a.env (at byte 9)"),
        ({"line": 0, "column": 0, "form": "name", "count": 1}, "a.env (in its name)"),
        ({"name": "assigned-secret", "form": "", "hint": "api_key", "count": 1}, "a.env:3:7 (api_key = …)"),
        ({"who": "Codex"}, "a.env:3:7 (as base64, 2 times, Codex)"),
    ],
)
def test_how_it_is_found_is_said(changes: dict[str, object], detail: str) -> None:
    """At a byte of a file that is no text, in a name, given to a name, in whose place."""
    ((_, _, said, _),) = report(msgspec.structs.replace(VALUE, **changes))

    assert said == detail


@dataclass(frozen=True)
class Ending:
    findings: tuple[Finding, ...]
    code: int
    status: Status
    closing: str


STORED = msgspec.structs.replace(SHAPE, is_store=True)
ENDINGS = {
    "leaks": Ending((VALUE, SHAPE), 5, Status.FAILED, "2 leaks"),
    "one leak": Ending((VALUE,), 5, Status.FAILED, "1 leak"),
    "own store": Ending((STORED,), 0, Status.WARNED, "no leaks, 1 in programs' own stores"),
    "a value in a store": Ending((msgspec.structs.replace(VALUE, is_store=True),), 5, Status.FAILED, "1 leak"),
}


@pytest.mark.parametrize("kind", ENDINGS)
def test_leaks_end_with_five(kind: str) -> None:
    """A key in its program's own store is a warning; a value of the vault has no business there."""
    ending = ENDINGS[kind]

    said = result(Outcome(findings=ending.findings, files=3, size_bytes=1_234_567))

    assert (said.exit_code, said.records[0].status) == (ending.code, ending.status)
    assert said.closing == (f"3 files, 1.2 MB: {ending.closing}",)


def test_a_clean_scan_is_fine() -> None:
    """And says how much was searched."""
    said = result(Outcome(findings=(), files=1))

    assert (said.exit_code, said.records, said.closing) == (0, (), ("1 file, 0.0 MB: no leaks",))


def test_what_was_not_searched_is_a_record() -> None:
    """The first three by name, all of them in the facts."""
    files = tuple(f"{name}: no" for name in "abcde")

    unreadable, large, left = result(
        Outcome(findings=(), unreadable=files, too_large=("big",), left_out=("PIN",))
    ).records

    assert (unreadable.status, unreadable.detail) == (Status.WARNED, "a: no, b: no, c: no and 2 more")
    assert unreadable.facts == {"all": list(files)}
    assert (large.title, large.detail) == ("larger than 32 MB", "big")
    assert (left.status, left.detail) == (Status.SKIPPED, "PIN")


def test_the_body_is_the_outcome() -> None:
    """For documents: plain values all through."""
    outcome = Outcome(findings=(VALUE,), files=1)

    body = msgspec.json.encode(result(outcome).body)

    assert msgspec.json.decode(body, type=Outcome) == outcome
