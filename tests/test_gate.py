"""The gate of a pipeline: what its records say, and where its files may go."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import gate
from aim_lib.errors import BadConfig, NotPermitted
from aim_lib.model import Record, Result, Status
from aim_lib.reports import Look
from tests.fakes import host

LOOK = Look(timestamp="2026-01-02T12:00:00.000Z", has_unicode=False, has_colour=True)


def tool(status: str, actual: str = "1.0", why: str = "") -> dict[str, str]:
    known = {"manager": "pipx", "tool": "ruff", "expected": "2.0", "remedy": ""}
    return {**known, "status": status, "actual": actual, "why": why}


def test_what_is_off_is_a_finding_each() -> None:
    """Drift and what is missing fail; what is there without being declared does not."""
    found = gate.of_drift([tool("drift", why="below"), tool("missing", actual=""), tool("unexpected"), tool("ok")])

    assert [(record.status, record.detail) for record in found] == [
        (Status.FAILED, "drift: 2.0 is wanted, 1.0 is there (below)"),
        (Status.FAILED, "missing: 2.0 is wanted, it is not there"),
        (Status.OK, "1 as declared"),
    ]


def test_without_tools_nothing_has_drifted() -> None:
    """An empty list is a gate that holds."""
    (record,) = gate.of_drift([])

    assert (record.status, record.detail) == (Status.OK, "no tools are declared")


def test_each_mistake_is_at_its_file() -> None:
    """An annotation needs the file as the checkout calls it; what names none has none."""
    error = BadConfig("2 mistakes", details=["/shop/aim.toml: tools.pip: unknown", "a plugin: broken"], remedy="mend")

    found = gate.of_error("config", error, Path("/shop"))

    assert [(record.where, record.remedy) for record in found] == [("aim.toml", "mend"), ("", "mend")]


@pytest.mark.parametrize(("told", "folder"), [("out", "out"), ("a/../b", "b"), ("../beside", "../beside")])
def test_the_folder_is_where_it_was_told(told: str, folder: str, tmp_path: Path) -> None:
    """From the current folder; one outside of it may be named."""
    here = tmp_path / "here"
    here.mkdir()

    assert gate.report_folder(told, host(cwd=here)) == (here / folder).resolve()


@pytest.mark.parametrize("told", ["aim-report", "aim-report/deep", "x/../aim-report"])
def test_a_link_in_the_checkout_does_not_lead_out(told: str, tmp_path: Path) -> None:
    """A pull request that brings such a link must not choose where our files go."""
    here, outside = tmp_path / "here", tmp_path / "outside"
    here.mkdir()
    outside.mkdir()
    (here / "aim-report").symlink_to(outside)

    with pytest.raises(NotPermitted, match="leads elsewhere by a link") as caught:
        gate.report_folder(told, host(cwd=here))

    assert "--output DIR" in caught.value.remedy


def test_a_link_in_the_place_of_a_file_is_replaced(tmp_path: Path) -> None:
    """What it pointed to stays as it was."""
    target, folder = tmp_path / "target", tmp_path / "report"
    folder.mkdir()
    target.write_text("kept")
    (folder / gate.JUNIT).symlink_to(target)

    gate.write(folder, [(gate.JUNIT, "<x/>")])

    assert (target.read_text(), (folder / gate.JUNIT).read_text()) == ("kept", "<x/>")
    assert not (folder / gate.JUNIT).is_symlink()


def test_files_are_unicode_without_colour() -> None:
    """Whatever the terminal beside it can show."""
    record = Record(id="x", status=Status.FAILED, title="größer", detail="→")

    files = dict(gate.pages(Result(records=(record,)), {}, LOOK, with_page=True))

    assert list(files) == [gate.JUNIT, gate.JSON, gate.SUMMARY, gate.PAGE]
    assert all("größer" in text and "\x1b" not in text for text in files.values())


@pytest.mark.parametrize(
    ("statuses", "word"),
    [
        ((), "pass"),
        ((Status.SKIPPED,), "skip"),
        ((Status.OK, Status.WARNED), "warn"),
        ((Status.WARNED, Status.BLOCKED), "fail"),
    ],
)
def test_a_gate_is_as_its_worst_record(statuses: tuple[Status, ...], word: str) -> None:
    """One failure fails it; a warning alone does not."""
    assert gate.verdict(Record(id="x", status=status, title="x") for status in statuses) == word
