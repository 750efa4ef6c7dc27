"""The screen of a look at the machine's health: headings, codes, details that fit, remedies that can be pasted."""

from __future__ import annotations

from typing import Any

from aim_lib.model import Record, Result, Status
from aim_lib.reports import Look
from aim_lib.reports.terminal import render

LONG = "export PATH=" + ":".join(f"/a/rather/long/folder/of/commands/number/{number}" for number in range(4))


def record(identity: str, status: Status = Status.OK, detail: str = "fine", **more: Any) -> Record:
    return Record(id=identity, status=status, title=identity, detail=detail, **more)


def screen(*records: Record, look: Look | None = None) -> list[str]:
    groups = (("This machine", tuple(each.id for each in records if each.id != "config")), ("AIM", ("config",)))
    whole = Result(records=(*records, record("config")), groups=groups, closing=("degraded: 1 pass",))
    return render(whole, look or Look()).splitlines()


def test_records_stand_below_their_headings() -> None:
    """In the order of the headings, aligned with each other, the verdict apart."""
    assert screen(record("required_commands"), record("disk")) == [
        "This machine",
        "  ✓ required_commands  fine",
        "  ✓ disk               fine",
        "",
        "AIM",
        "  ✓ config             fine",
        "",
        "degraded: 1 pass",
    ]


def test_what_is_bad_has_its_code_and_its_remedy() -> None:
    """Both stand where the finding is."""
    bad = record("disk", Status.WARNED, "1 GB left", code="AIM-H120", remedy="aim scan caches")

    assert screen(bad)[1:3] == ["  ! disk    1 GB left  AIM-H120", "            fix: aim scan caches"]


def test_details_fit_the_screen() -> None:
    """They go on below where they began; a code that has no room left goes with them."""
    bad = record("disk", Status.FAILED, " ".join(["word"] * 40), code="AIM-H120", remedy="x")

    lines = screen(bad)

    assert all(len(line) <= 80 for line in lines)
    assert [line[:12] for line in lines[2:5]] == [" " * 12] * 3
    assert sum("AIM-H120" in line for line in lines) == 1


def test_a_remedy_is_never_broken() -> None:
    """What would not fit its column begins further left, and stays one line: it is to be pasted."""
    bad = record("required_commands", Status.WARNED, "not on PATH", code="AIM-H061", remedy=LONG)

    assert f"    fix: {LONG}" in screen(bad)


def test_each_finding_of_a_check_has_its_own_code_and_remedy() -> None:
    """A check may find several things: its Record has the worst, its findings all."""
    findings = [
        {"code": "AIM-H070", "status": "failed", "message": "the vault is open", "remedy": "chmod 600 vault"},
        {"code": "AIM-H071", "status": "warned", "message": "the log is open", "remedy": "chmod 600 log"},
    ]
    bad = record("permissions", Status.FAILED, "both", code="AIM-H070", remedy="chmod", facts={"findings": findings})

    assert screen(bad)[1:5] == [
        "  ✗ permissions  the vault is open  AIM-H070",
        "                 fix: chmod 600 vault",
        "                 the log is open  AIM-H071",
        "                 fix: chmod 600 log",
    ]


def test_it_is_ascii_where_nothing_else_can_be_seen() -> None:
    """Findings are translated like everything else."""
    findings = [{"code": "AIM-H070", "message": "größer → 1", "remedy": "größer"}] * 2
    bad = record("disk", Status.FAILED, "größer → 1", remedy="größer", facts={"findings": findings})

    text = "\n".join(screen(bad, look=Look(has_unicode=False)))

    assert text.isascii()
    assert "gr??er -> 1" in text


def test_colour_does_not_move_anything() -> None:
    """With the escapes taken out it is the same screen."""
    import re

    bad = record("disk", Status.FAILED, " ".join(["word"] * 40), code="AIM-H120", remedy="x")

    coloured = screen(bad, look=Look(has_colour=True))

    assert "\x1b[31m" in "".join(coloured)
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in coloured] == screen(bad)
