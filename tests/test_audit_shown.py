"""Events and counts on a terminal: a line each that fits, and nothing in it that moves the cursor."""

from __future__ import annotations

import pytest

from aim_lib.audit_segments import Event
from aim_lib.audit_shown import chart, listed, one_line
from aim_lib.reports import Look
from aim_lib.reports.terminal import fitted, width_of

WIDE = Look(width=80)
ASCII = Look(width=80, has_unicode=False)


def event(**told: str) -> Event:
    given = {"event_type": "tool.changed", "timestamp": "2026-01-02T12:00:00.000Z", "severity": "info"}
    return Event(**{**given, "message": "pipx:ruff", "user": "ada", "asked_by": "human", **told})  # type: ignore[arg-type]


def test_events_stand_below_their_day() -> None:
    """Each day once."""
    events = [event(), event(timestamp="2026-01-02T08:00:00.000Z"), event(timestamp="2026-01-01T08:00:00.000Z")]

    assert list(listed(events, WIDE, "ada")) == [
        "2026-01-02 UTC",
        "  12:00:00    tool.changed        pipx:ruff",
        "  08:00:00    tool.changed        pipx:ruff",
        "2026-01-01 UTC",
        "  08:00:00    tool.changed        pipx:ruff",
    ]


def test_who_it_was_is_said_when_it_was_somebody_else() -> None:
    """Another user, or no human."""
    (_, line) = listed([event(user="bob", asked_by="agent:codex")], WIDE, "ada")

    assert line.endswith("pipx:ruff  bob, agent:codex")


@pytest.mark.parametrize(("look", "mark", "end"), [(WIDE, "✗", "…"), (ASCII, "x", "...")])
@pytest.mark.parametrize("message", ["x" * 200, "字" * 100])
def test_a_line_is_as_wide_as_the_terminal(look: Look, mark: str, end: str, message: str) -> None:
    """With a mark for what went wrong, and who it was."""
    (_, line) = listed([event(message=message, severity="error", user="bob")], look, "ada")

    assert 70 < width_of(line) <= 80
    assert line.startswith(f"  12:00:00  {mark} tool.changed")
    assert line.endswith(f"{end}  bob")


def test_words_of_tools_do_not_move_the_cursor() -> None:
    """Escapes of an error message are shown as what they are."""
    assert one_line("a\x1b[2Jb\x07\nsecond") == "a�[2Jb�"


def test_a_colour_says_what_a_mark_says() -> None:
    """Times are dim, which a light and a dark terminal show alike."""
    (day, line) = listed([event(severity="warning")], Look(width=80, has_colour=True), "ada")

    assert day == "\x1b[1m2026-01-02 UTC\x1b[0m"
    assert line.startswith("  \x1b[2m12:00:00\x1b[0m  \x1b[33m!\x1b[0m \x1b[33mtool.changed      \x1b[0m")


def test_counts_have_bars_and_say_what_is_left_out() -> None:
    """The most frequent first, of days the last."""
    counts = {"type": {"a.b": 1000, "c.d": 1}, "severity": {}, "tool": {f"t{n:02}": 5 for n in range(16)}}

    assert list(chart(counts, Look(width=40)))[:5] == [
        "by type",
        f"  a.b  1,000  {'█' * 26}",
        "  c.d      1  █",
        "",
        "by tool",
    ]
    assert "  and 2 more: --json has all" in list(chart(counts, WIDE))
    assert list(chart({"day": {f"2026-01-{n:02}": n for n in range(1, 17)}}, None))[1] == f"  2026-01-03  {3:>9}"


def test_a_text_is_cut_by_its_columns() -> None:
    """Not by its letters."""
    assert (fitted("abcdef", 4, WIDE), fitted("abcd", 4, WIDE), fitted("字字字", 4, ASCII)) == ("abc…", "abcd", "...")
