"""Facts are found out when a check wants them: once, in its own time."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from aim_lib import app, examination
from aim_lib.examination import Gathering, Once
from aim_lib.profiles import Asked
from tests.fakes import host
from tests.test_health import facts


def counted(answer: Any, calls: list[int]) -> Once:
    def find_out() -> Any:
        calls.append(1)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Once(find_out)


def test_a_costly_fact_is_found_out_once() -> None:
    """However many ask, and not before."""
    calls: list[int] = []
    seen = Gathering(facts(), {"off_tools": counted(("ruff",), calls)})

    before, twice = len(calls), (seen.off_tools, seen.off_tools)

    assert (before, twice, len(calls)) == (0, (("ruff",), ("ruff",)), 1)


def test_what_is_known_is_handed_on() -> None:
    """A field that costs nothing is as it was given."""
    assert Gathering(facts(), {}).min_python == "3.11"


def test_a_fact_that_cannot_be_had_fails_whoever_asks() -> None:
    """It is not found out again for the next one."""
    calls: list[int] = []
    seen = Gathering(facts(), {"off_tools": counted(ValueError("broken"), calls)})

    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            _ = seen.off_tools

    assert len(calls) == 1


def test_a_slow_fact_delays_only_who_wants_it() -> None:
    """While one fact is being found out, another is there at once."""
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        go_on.wait(20)
        return "late"

    seen = Gathering(facts(), {"off_tools": slow, "tool_count": lambda: 3})
    waiting = threading.Thread(target=lambda: seen.off_tools, daemon=True)
    waiting.start()
    begun.wait(20)

    early = seen.tool_count

    assert (early, go_on.is_set()) == (3, False)
    go_on.set()
    waiting.join(20)


def test_the_chosen_checks_look_at_this_machine(tmp_path: Path) -> None:
    """One Record for each, sorted; the settings are those of the project."""
    (tmp_path / "aim.toml").write_text('[tools]\n[health]\nmin_python = "3.99"\nrequired_commands = []\n')
    built = app.build(host(home=tmp_path))
    choice = examination.choice(built, Asked(only=("python", "config")))

    records = examination.examine(built, choice)

    assert [(record.id, record.code) for record in records] == [("config", ""), ("python", "AIM-H001")]


def test_profiles_do_not_count_beside_a_wrong_configuration(tmp_path: Path) -> None:
    """The mistakes are the news, not that a profile is unknown to the built-in settings."""
    (tmp_path / "aim.toml").write_text("[healt]\n[health.profiles.ci]\nstrict = true\n")
    built = app.build(host(home=tmp_path), lenient=True)

    choice = examination.choice(built, Asked(profile="ci"))

    assert (choice.profile, "config" in choice.checks) == ("", True)
