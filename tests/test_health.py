"""Running checks: side by side, bounded, and none can take the others down."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from aim_lib import catalog, health
from aim_lib.checks import Facts
from aim_lib.errors import BadConfig
from aim_lib.model import Record, Status
from aim_lib.proc import Runner

from . import fakes
from .fakes import ScriptedRunner, host

Answer = Callable[[Facts, Runner], Record]


def facts(timeout_s: float = 30.0) -> Facts:
    """A machine of which nothing is asked."""
    return fakes.facts(host(home=Path("/nowhere/ada")), timeout_s=timeout_s)


def a_check(identity: str, answer: Answer | None = None) -> ModuleType:
    """A check that answers as told, or that all is well."""
    module = ModuleType(identity)
    module.ID = identity  # type: ignore[attr-defined]
    module.check = answer or (lambda _facts, _runner: record(identity))  # type: ignore[attr-defined]
    return module


def record(identity: str, status: Status = Status.OK) -> Record:
    return Record(id=identity, status=status, title=identity, detail="looked at", remedy="" if status == "ok" else "x")


def run(*checks: ModuleType, timeout_s: float = 30.0) -> dict[str, Record]:
    records = health.run_checks(checks, facts(timeout_s), ScriptedRunner())
    return {entry.id: entry for entry in records}


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """An event that does not come while the test runs, and then does, so that no thread stays behind."""
    event = threading.Event()
    yield event
    event.set()


def test_a_check_that_raises_is_reported_as_itself() -> None:
    """An exception becomes that check's failure, with its class and words; the others are as they were."""

    def broken(_facts: Facts, _runner: Runner) -> Record:
        raise ZeroDivisionError("by nothing")

    found = run(a_check("fine"), a_check("broken", broken), a_check("good"))

    assert found["broken"].status is Status.FAILED
    assert "ZeroDivisionError: by nothing" in found["broken"].detail
    assert found["broken"].code == health.RAISED
    assert found["broken"].remedy
    assert (found["fine"].status, found["good"].status) == (Status.OK, Status.OK)


def test_a_check_that_ends_the_program_does_not() -> None:
    """A check may call sys.exit: the program goes on, and the check has failed."""

    def leaving(_facts: Facts, _runner: Runner) -> Record:
        raise SystemExit(0)

    found = run(a_check("leaving", leaving), a_check("fine"), timeout_s=5.0)

    assert found["leaving"].status is Status.FAILED
    assert "SystemExit" in found["leaving"].detail
    assert found["leaving"].remedy
    assert found["fine"].status is Status.OK


def test_a_check_that_hangs_is_left_behind(never: threading.Event) -> None:
    """A check that does not answer in time has failed, saying so; it is not waited for."""

    def hanging(_facts: Facts, _runner: Runner) -> Record:
        never.wait()
        return record("hanging")

    found = run(a_check("hanging", hanging), a_check("fine"), timeout_s=0.05)

    assert not never.is_set()
    assert found["hanging"].status is Status.FAILED
    assert "no answer within" in found["hanging"].detail
    assert found["hanging"].code == health.HUNG
    assert found["hanging"].remedy == "raise health.timeouts.hanging in aim.toml, or: aim health --skip hanging"
    assert found["fine"].status is Status.OK


def test_a_check_has_its_own_time(never: threading.Event) -> None:
    """A check that has less time than the others is given up earlier, and is told how much it has."""
    told: list[float] = []

    def slow(facts: Facts, _runner: Runner) -> Record:
        told.append(facts.timeout_s)
        never.wait()
        return record("slow")

    checks = (a_check("slow", slow), a_check("fine"))
    found = health.run_checks(checks, facts(), ScriptedRunner(), {"slow": 0.05})

    assert not never.is_set()
    assert told == [0.05]
    assert [entry.code for entry in found] == [health.HUNG, ""]
    assert "no answer within 0.05 s" in found[0].detail


def test_a_check_that_is_in_somebody_s_way_says_so() -> None:
    """What stands in the way of looking is no bug: its message and its remedy are the check's."""

    def hindered(_facts: Facts, _runner: Runner) -> Record:
        raise BadConfig("aim.lock is not valid", remedy="aim pin")

    found = run(a_check("hindered", hindered), a_check("fine"))["hindered"]

    assert (found.status, found.code, found.remedy) == (Status.FAILED, health.RAISED, "aim pin")
    assert found.detail == "could not look: aim.lock is not valid"


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (None, "NoneType"),
        ("all is well", "str"),
        (Record(id="other", status=Status.OK, title="x"), "'other'"),
        (Record(id="odd", status=Status.OK, title="x", facts={"a": object()}), "no document"),
        (Record(id="odd", status="fine", title="x"), "no document"),  # type: ignore[arg-type]
        (Record(id="odd", status=Status.OK, title=b"\xff"), "no document"),  # type: ignore[arg-type]
    ],
)
def test_garbage_is_reported_as_itself(said: Record, word: str) -> None:
    """What is no answer is the check's failure; the others are as they were."""
    found = run(a_check("odd", lambda _facts, _runner: said), a_check("fine"))

    assert (found["odd"].status, found["odd"].code) == (Status.FAILED, health.GARBAGE)
    assert word in found["odd"].detail
    assert found["odd"].remedy
    assert found["fine"].status is Status.OK


def test_checks_run_side_by_side() -> None:
    """Three checks that wait for each other all answer: none waits for its turn."""
    together = threading.Barrier(3)

    def meeting(identity: str) -> Answer:
        def check(_facts: Facts, _runner: Runner) -> Record:
            together.wait(20)
            return record(identity)

        return check

    found = run(*(a_check(name, meeting(name)) for name in "abc"))

    assert [entry.status for entry in found.values()] == [Status.OK] * 3


def test_records_keep_the_order_of_the_checks() -> None:
    """The order is that of the checks, whichever answers first."""
    first = threading.Event()

    def late(_facts: Facts, _runner: Runner) -> Record:
        first.wait(20)
        return record("a")

    def early(_facts: Facts, _runner: Runner) -> Record:
        first.set()
        return record("b")

    assert list(run(a_check("a", late), a_check("b", early))) == ["a", "b"]


def test_checks_get_the_facts_and_the_runner() -> None:
    """What a check may know and use is handed to it."""
    seen: list[object] = []

    def curious(given: Facts, runner: Runner) -> Record:
        seen.extend((given, runner))
        return record("curious")

    known, runner = facts(), ScriptedRunner()
    health.run_checks([a_check("curious", curious)], known, runner)

    assert seen[0] is known
    assert seen[1] is runner


def test_every_record_says_how_long_it_took() -> None:
    """Seconds are measured by the one who runs the checks, not by each of them."""
    (found,) = health.run_checks([a_check("fine")], facts(), ScriptedRunner())

    assert 0 <= found.seconds < 30
    assert found.seconds == round(found.seconds, 3)


def test_all_checks_are_run_in_order() -> None:
    """Without a choice every check of the folder answers, sorted by id."""
    found = health.check_all(facts(), ScriptedRunner())

    assert [entry.id for entry in found] == list(catalog.members("aim_lib.checks"))


def test_checks_can_be_chosen() -> None:
    """With a choice only those run, still sorted."""
    found = health.check_all(facts(), ScriptedRunner(), ["python", "config"])

    assert [entry.id for entry in found] == ["config", "python"]


@pytest.mark.parametrize(
    ("statuses", "word"),
    [
        ((), "healthy"),
        ((Status.OK, Status.SKIPPED), "healthy"),
        ((Status.OK, Status.WARNED), "degraded"),
        ((Status.WARNED, Status.FAILED, Status.OK), "unhealthy"),
    ],
)
def test_the_worst_check_decides(statuses: tuple[Status, ...], word: str) -> None:
    """One failure makes it unhealthy, one warning degraded; what was skipped does not count."""
    assert health.overall(record(str(place), status) for place, status in enumerate(statuses)) == word


def test_the_summary_counts_verdicts() -> None:
    """Passes, warnings and failures are counted, each word always there; what was skipped is none of them."""
    statuses = (Status.OK, Status.OK, Status.WARNED, Status.SKIPPED)

    assert health.summary(record(str(place), status) for place, status in enumerate(statuses)) == {
        "pass": 2,
        "warn": 1,
        "fail": 0,
    }
