"""The terminal report in detail: columns, marks, colours, and what a poor console gets."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from aim_lib.model import Record, Result, Status, Table
from aim_lib.reports import Look
from aim_lib.reports.terminal import mark, paint, plain, render

PLAIN = Look()
COLOUR = Look(has_colour=True)
ASCII = Look(has_unicode=False)


def record(title: str, detail: str = "detail", **fields: object) -> Record:
    return Record(id=title, title=title, detail=detail, **{"status": Status.OK, **fields})  # type: ignore[arg-type]


def lines(result: Result, look: Look = PLAIN) -> list[str]:
    return render(result, look).splitlines()


def column_of(text: str, line: str) -> int:
    """The terminal column at which `text` begins."""
    return cell_len(line[: line.index(text)])


# --- records ----------------------------------------------------------------------------------------------------


def test_details_stand_in_one_column() -> None:
    """Titles of any length, wide characters and accents included, leave the details aligned."""
    titles = ("a", "a longer one", "公案", "späth", "e\u0301")

    found = lines(Result(records=tuple(map(record, titles))))

    assert {column_of("detail", line) for line in found} == {4 + 12 + 2}


def test_one_long_title_does_not_push_the_others_away() -> None:
    """The column is at most 36 wide: a longer title takes its own line's room only."""
    found = lines(Result(records=(record("short"), record("l" * 50))))

    assert column_of("detail", found[0]) == 4 + 36 + 2
    assert found[1].endswith("l" * 50 + "  detail")


def test_further_lines_of_a_detail_are_below_the_first() -> None:
    """A detail of several lines is one block."""
    found = lines(Result(records=(record("ruff", "one\ntwo\nthree"),)))

    assert [column_of(word, line) for word, line in zip(("one", "two", "three"), found, strict=True)] == [10, 10, 10]


def test_a_remedy_stands_below_what_it_mends() -> None:
    """The remedy is the record's last line, in the column of its detail."""
    found = lines(Result(records=(record("ruff", "one\ntwo", remedy="aim pin"), record("next"))))

    assert found[2] == "          fix: aim pin"
    assert "next" in found[3]


def test_a_record_without_a_detail_has_no_blanks_at_its_end() -> None:
    """Lines end where their text ends."""
    assert lines(Result(records=(record("ruff", ""),))) == ["  ✓ ruff"]


@pytest.mark.parametrize(("seconds", "shown"), [(0.0, ""), (0.09, ""), (0.1, "  0.1 s"), (12.34, "  12.3 s")])
def test_only_a_time_that_was_felt_is_shown(seconds: float, shown: str) -> None:
    """A tenth of a second and more is worth its place."""
    (line,) = lines(Result(records=(record("ruff", seconds=seconds),)))

    assert line == f"  ✓ ruff  detail{shown}"


@pytest.mark.parametrize("status", Status)
def test_every_status_has_marks_and_a_colour(status: Status) -> None:
    """Each status has one character for every console, and a colour."""
    fancy, simple = mark(status, PLAIN), mark(status, ASCII)

    assert (cell_len(fancy), len(simple)) == (1, 1)
    assert simple.isascii()
    assert mark(status, COLOUR) == f"\x1b[{mark(status, COLOUR)[2:].split('m')[0]}m{fancy}\x1b[0m"


def test_good_and_bad_can_be_told_apart_without_colour() -> None:
    """The marks of what is well, what changed, what was skipped, what warns and what failed differ."""
    for look in (PLAIN, ASCII):
        marks = {mark(status, look) for status in Status if status is not Status.BLOCKED}
        assert len(marks) == 5


# --- tables -----------------------------------------------------------------------------------------------------


def test_columns_of_a_table_are_aligned() -> None:
    """Cells begin where their heading begins, whatever stands before them."""
    table = Table(columns=("tool", "version"), rows=(("a-rather-long-name", "1"), ("公案", "1"), ("späth", "1")))

    found = lines(Result(table=table))

    assert {column_of("1", line) for line in found[1:]} == {column_of("version", found[0])}


def test_a_table_stands_in_for_the_records() -> None:
    """A Result with a table shows it and not its records as well."""
    found = lines(Result(records=(record("hidden"),), table=Table(columns=("tool",), rows=(("shown",),))))

    assert found == ["  tool", "  shown"]


def test_a_table_without_rows_has_its_heading() -> None:
    """Nothing to list is still a table."""
    assert lines(Result(table=Table(columns=("tool", "version"), rows=()))) == ["  tool  version"]


def test_status_words_are_coloured_without_moving_anything() -> None:
    """Colour is around a padded cell: without its escapes the table is the plain one."""
    table = Table(columns=("status", "tool"), rows=(("ok", "ruff"), ("missing", "black"), ("drift", "isort")))

    coloured = render(Result(table=table), COLOUR)

    assert coloured.count("\x1b[0m") == 2 + 3
    assert [line.rstrip() for line in _without_escapes(coloured).splitlines()] == lines(Result(table=table))


# --- the rest ---------------------------------------------------------------------------------------------------


def test_title_text_and_closing_frame_the_records() -> None:
    """A title comes first, then records, then free text, then the closing lines."""
    result = Result(title="Health", records=(record("python"),), text="free\n\ntext", closing=("healthy: 1 pass",))

    assert lines(result) == ["Health", "  ✓ python  detail", "free", "", "text", "healthy: 1 pass"]


def test_nothing_to_say_is_no_line() -> None:
    """An empty Result prints nothing at all."""
    assert render(Result(), COLOUR) == ""


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("next: aim status", "\x1b[1mnext:\x1b[0m aim status"),
        ("no label here", "no label here"),
        ("a sentence that is rather long: no label", "a sentence that is rather long: no label"),
        ("https://example.org", "https://example.org"),
    ],
)
def test_the_label_of_a_closing_line_is_bold(line: str, shown: str) -> None:
    """A short word before a colon is a label; a sentence or an address is not."""
    assert render(Result(closing=(line,)), COLOUR) == f"{shown}\n"


def test_colour_needs_leave_and_text() -> None:
    """Nothing is painted where colour may not be used, and nothing empty is."""
    assert paint("x", "31", PLAIN) == "x"
    assert paint("", "31", COLOUR) == ""
    assert paint("x", "", COLOUR) == "x"


def test_a_poor_console_gets_words_it_can_print() -> None:
    """Arrows and dots become their nearest; what has none becomes a question mark, never an error."""
    assert plain("1 → 2 … a · b ü 公") == "1 -> 2 ... a - b ? ?"


def test_columns_stay_aligned_on_a_poor_console() -> None:
    """An arrow that becomes two characters, and wide characters that become narrow ones, move nothing."""
    table = Table(columns=("change", "tool"), rows=(("1 → 2", "x"), ("公案", "x"), ("none", "x")))

    found = lines(Result(table=table), ASCII)

    assert {line.index("x") for line in found[1:]} == {found[0].index("tool")}


def _without_escapes(text: str) -> str:
    pieces = text.split("\x1b[")
    return pieces[0] + "".join(piece.partition("m")[2] for piece in pieces[1:])


WIDE = Result(
    table=Table(columns=("tool", "where", "why"), rows=(("ruff", "/home/ada/" + "x" * 60, "it was moved by somebody"),))
)


def test_a_table_fits_on_a_terminal() -> None:
    """The widest columns give, and what they hold goes on below: no character is lost."""
    lines = render(WIDE, Look(width=60, is_terminal=True)).splitlines()

    assert max(map(len, lines)) <= 60
    assert lines[1].startswith("  ruff  /home/ada/")
    assert "".join(lines).count("x") == 60


def test_a_table_that_goes_elsewhere_keeps_its_lines() -> None:
    """A program reads them: one row, one line."""
    assert len(render(WIDE, Look(width=60)).splitlines()) == 2


def test_a_detail_is_wrapped_on_a_terminal_and_a_remedy_is_not() -> None:
    """The one is read, the other pasted."""
    record = Record(id="x", status=Status.WARNED, title="x", detail="word " * 30, remedy="type " * 30)

    lines = render(Result(records=(record,)), Look(width=60, is_terminal=True)).splitlines()

    assert max(map(len, lines[:-1])) <= 60
    assert len(lines[-1]) > 100
