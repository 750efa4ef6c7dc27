"""Markdown: tables that stay tables and words that stay words, whatever is in them."""

from __future__ import annotations

import pytest

from aim_lib.model import Record, Result, Status, Table
from aim_lib.reports import Look, markdown

NASTY = (
    "a|b",
    "`tick`",
    "``",
    "<script>alert(1)</script>",
    "[x](http://evil)",
    "@someone",
    "# h",
    "\\|",
    "a\nb",
    "`|`",
)


@pytest.mark.parametrize("nasty", NASTY)
def test_a_row_keeps_its_four_cells(nasty: str) -> None:
    """A bar, a tick or a line break in a value does not end its cell."""
    record = Record(id="x", status=Status.OK, title=nasty, detail=nasty, remedy=nasty, where=nasty)

    rows = [line for line in markdown.render(Result(records=(record,)), Look()).splitlines() if line.startswith("| ")]

    assert len(rows) == 2
    assert unescaped_bars(rows[1]) == 5


def unescaped_bars(row: str) -> int:
    """A bar ends a cell unless an odd number of backslashes stands before it, in code too."""
    return sum(
        char == "|" and (len(row[:place]) - len(row[:place].rstrip("\\"))) % 2 == 0 for place, char in enumerate(row)
    )


def test_words_are_no_markup() -> None:
    """No tag, no link, no mention comes out of what was read."""
    record = Record(id="x", status=Status.OK, title="t", detail="<b> [x](https://evil) @ada *now*")

    text = markdown.render(Result(records=(record,)), Look())

    assert r"\<b\> \[x\](https:&#8203;//evil) @&#8203;ada \*now\*" in text


def test_a_fence_is_longer_than_any_inside() -> None:
    """Text with a fence of its own does not end ours."""
    text = markdown.render(Result(text="```\ninside\n````\n<b>"), Look())

    assert text == "`````text\n```\ninside\n````\n<b>\n`````\n"


def test_what_is_wrong_comes_first() -> None:
    """The reader of a summary sees failures without scrolling."""
    records = tuple(Record(id=status, status=status, title=status.value) for status in Status)

    text = markdown.render(Result(records=records), Look())

    order = [status.value for status in markdown.ORDER]
    assert sorted(order, key=lambda word: text.index(f"`{word}`")) == order


def test_a_table_without_rows_is_a_head() -> None:
    """A listing of nothing is still a table."""
    assert markdown.render(Result(table=Table(columns=("a", "b"), rows=())), Look()) == "| a | b |\n|---|---|\n"
