"""What is seen while changes are made."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from aim_lib.model import Change, Lane
from aim_lib.steps import Event
from tasks._progress import LiveProgress, PlainProgress

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def change(name: str, want: str = "2.0") -> Change:
    return Change(
        id=f"npm:{name}",
        kind="npm",
        name=name,
        have="",
        want=want,
        reason="missing",
        do=(),
        undo=(),
        lane=Lane(name="npm"),
    )


def seen(*events: Event, total: int = 3, width: int = 60) -> list[str]:
    """Every line that a terminal was shown, without its colours."""
    screen = io.StringIO()
    with LiveProgress(total, Console(file=screen, force_terminal=True, width=width)) as live:
        for event in events:
            live(event)
    return [line.rstrip() for line in re.split(r"[\r\n]+", CONTROL.sub("", screen.getvalue()))]


def test_each_running_change_has_a_line() -> None:
    """Its name, from what to what; and one that is removed is not installed."""
    lines = seen(Event(kind="start", change=change("cowsay")), Event(kind="start", change=change("rimraf", "")))

    assert any("installing cowsay absent → 2.0" in line for line in lines)
    assert any("removing rimraf absent → removed" in line for line in lines)


def test_a_long_line_is_cut() -> None:
    """No line is wider than the terminal: a wrapped one would push others off the screen."""
    text = "cowsay: the npm registry cannot be reached, as has been said before; again in 4 s"

    lines = seen(Event(kind="start", change=change("cowsay" * 20)), width=60)
    plain = [line for line in seen(Event(kind="retry", change=change("cowsay"), text=text)) if "waiting" in line]

    assert all(len(line) <= 60 for line in lines)
    assert plain
    assert all("waiting cowsay: the npm registry cannot be" in line and "…" in line for line in plain)


def test_what_others_wrote_is_no_markup() -> None:
    """A message with brackets is shown as it is, and breaks nothing."""
    lines = seen(Event(kind="retry", change=change("cowsay"), text="[/dim][bold]oh"))

    assert any("[/dim][bold]oh" in line for line in lines)


def test_what_did_not_succeed_is_counted() -> None:
    """Done, failed, blocked: a run that goes on shows all three."""
    ends = [Event(kind=kind, change=change(kind)) for kind in ("done", "failed", "blocked")]

    assert any("1 of 3 done, 1 failed, 1 blocked" in line for line in seen(*ends))


def test_a_plain_line_says_who_is_blocked(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal as well."""
    PlainProgress()(Event(kind="blocked", change=change("lamp"), text="waits for base, which failed"))

    assert capsys.readouterr().err == "  - lamp waits for base, which failed\n"
