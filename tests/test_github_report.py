"""Lines for GitHub Actions: annotations that say the whole finding, and no line that is a command by accident."""

from __future__ import annotations

import re

import pytest

from aim_lib.model import Record, Result, Status, Table
from aim_lib.reports import Look, github

ATTACKS = (
    "::set-output name=a::b",
    "  ::add-mask::x",
    "ok\n::warning::x",
    "ok\r::stop-commands::x",
    "##[set-env name=PATH]x",
    "a ##[error]b",
    "\x1b[0m::error::x",
    "\ufeff::error::x",
)


def commands(text: str) -> list[str]:
    """The lines that the runner takes for commands: `::` after blanks, `##[` anywhere."""
    lines = re.split(r"[\r\n]", text)
    return [line for line in lines if line.strip("\ufeff \t").startswith("::") or "##[" in line]


def test_an_annotation_has_its_place_its_title_and_its_remedy() -> None:
    """File and line are told apart; the code leads the title; what to type is in the message."""
    bad = Record(
        id="config",
        status=Status.FAILED,
        title="config",
        code="AIM-H050",
        detail="tools.pipx: 100% wrong,\nreally",
        remedy="aim config validate",
        where="conf/aim.toml:12",
    )

    (line,) = github.only_annotations((bad,))

    assert line == (
        "::error file=conf/aim.toml,line=12,title=AIM-H050%3A config::"
        "tools.pipx: 100%25 wrong,%0Areally%0Afix: aim config validate"
    )


def test_warnings_are_warnings_and_what_is_well_is_a_plain_line() -> None:
    """Ten annotations of a kind is all that GitHub shows of a step: what is well takes none."""
    records = tuple(Record(id="x", status=status, title=status.value, detail="d") for status in Status)

    text = github.render(Result(records=records), Look())

    assert [line.partition(" ")[0] for line in commands(text)] == ["::warning", "::error", "::error"]
    assert "ok: ok: d\n" in text


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_was_read_becomes_a_command(attack: str) -> None:
    """A tool's output that looks like a workflow command is shown and not obeyed."""
    record = Record(id=attack, status=Status.OK, title=attack, detail=attack, remedy=attack)
    bad = Record(id="bad", status=Status.FAILED, title=attack, detail=attack, remedy=attack, where=attack)
    table = Table(columns=(attack,), rows=((attack,),))
    result = Result(title=attack, records=(record, bad), table=table, text=attack, closing=(attack,))

    found = commands(github.render(result, Look()))

    assert [line[:8] for line in found] == ["::error "]
