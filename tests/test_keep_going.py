"""Partial success: what failed is undone alone, what needed it is blocked, the rest is done."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from aim_lib.apply import Outcome, apply, carry_out
from aim_lib.errors import Failed, Interrupted, OurBug
from aim_lib.files import held_lock
from aim_lib.model import Change, Record, Status, Wanted
from aim_lib.plan import Plan, make_plan
from aim_lib.steps import Event
from tests.properties.things import Order, Things, Watch, doer, programs, tree, world

FAILS = Order(trouble="a program fails")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the stub installers and nothing installed."""
    folder = tmp_path / "machine"
    programs(folder)
    (folder / "things").mkdir()
    return folder


def wanted(name: str, kind: str = "thing", **more: object) -> Wanted:
    return Wanted(kind=kind, name=name, request="2.0", version="2.0", **more)  # type: ignore[arg-type]


def planned(items: tuple[Wanted, ...], *resources: Things) -> tuple[Change, ...]:
    return make_plan(items, world(*resources)).changes


def by_name(records: tuple[Record, ...]) -> dict[str, Record]:
    return {record.title: record for record in records}


def log_of(root: Path) -> list[str]:
    lines = (root / "logs" / "audit.jsonl").read_bytes().splitlines()
    return [f"{event['event_type']} {event['message']}" for event in map(msgspec.json.decode, lines)]


def test_the_others_are_done(root: Path) -> None:
    """One of three cannot be installed: it is as it was, the two others are there."""
    thing = Things("thing", root, orders={"second": FAILS})
    thing.plant("second", "1.0")
    before = tree(root / "things" / "thing" / "second")
    items = (wanted("first"), wanted("second"), wanted("third"))

    records = apply(planned(items, thing), doer(root, thing, jobs=1, keep_going=True))

    assert {record.title: record.status for record in records} == {
        "first": Status.CHANGED,
        "second": Status.FAILED,
        "third": Status.CHANGED,
    }
    assert tree(root / "things" / "thing" / "second") == before
    assert [(present.name, present.version) for present in thing.find()] == [
        ("first", "2.0"),
        ("second", "1.0"),
        ("third", "2.0"),
    ]


def test_a_failure_on_record_has_its_remedy(root: Path) -> None:
    """The message, the installer's last words, what to do about it, and the code it would have ended the run with."""
    thing = Things("thing", root, orders={"tool": FAILS})

    (record,) = apply(planned((wanted("tool"),), thing), doer(root, thing, keep_going=True))

    assert record.detail == "no\nout of luck"
    assert record.remedy == "look"
    assert record.facts == {"have": "", "want": "2.0", "exit_code": 4, "output": ("out of luck",)}


def test_what_needed_it_is_blocked(root: Path) -> None:
    """A tool whose prerequisite failed is not tried, and says for what it waits; an optional one is skipped."""
    base = Things("base", root, orders={"base": FAILS})
    gadget = Things("gadget", root, needs=wanted("base", "base"))
    thing = Things("thing", root)
    items = (wanted("lamp", "gadget"), wanted("fan", "gadget", optional=True), wanted("tool"))
    watch = Watch()

    records = by_name(
        apply(planned(items, base, gadget, thing), doer(root, base, gadget, thing, keep_going=True, on_event=watch))
    )

    assert {name: record.status for name, record in records.items()} == {
        "base": Status.FAILED,
        "lamp": Status.BLOCKED,
        "fan": Status.SKIPPED,
        "tool": Status.CHANGED,
    }
    assert records["lamp"].detail == "waits for base, which failed"
    assert records["lamp"].remedy == "mend base, then run the same command again"
    assert ("blocked", "gadget:lamp") in watch.log
    assert ("start", "gadget:lamp") not in watch.log
    assert "tool.blocked gadget:lamp: waits for base, which failed" in log_of(root)


def test_the_exit_code_is_that_of_the_first_failure(root: Path) -> None:
    """A run that went on past a failure has failed all the same; one where nothing failed has not."""
    thing = Things("thing", root, orders={"second": FAILS})
    busy = doer(root, thing, jobs=1, keep_going=True)
    before = Plan(changes=planned((wanted("first"), wanted("second")), thing))
    lock = held_lock(root / "state" / "machine.lock", {}, 0, lambda _owner: None)

    outcome = carry_out(before, lambda: before, busy, lock)

    assert outcome.exit_code == 4
    assert Outcome(records=(by_name(outcome.records)["first"],)).exit_code == 0
    assert busy.journal.owned() == {"thing:first"}
    assert not busy.journal.is_open()


def test_what_was_undone_alone_is_not_told_as_unfinished(root: Path) -> None:
    """After a kill the next run speaks only of what was really in the middle."""
    thing = Things("thing", root, orders={"first": FAILS})
    busy = doer(root, thing, jobs=1, keep_going=True)
    busy.journal.begin("aim install", "noon")

    apply(planned((wanted("first"), wanted("second")), thing), busy)

    left = busy.journal.unfinished()
    assert left is not None
    assert left.changes == ()


def interrupting(event: Event) -> None:
    if event.kind == "done" and event.change.name == "third":
        raise KeyboardInterrupt


def test_an_interrupt_still_undoes_all(root: Path) -> None:
    """Ctrl-C means: as it was before, also what had succeeded."""
    thing = Things("thing", root, orders={"second": FAILS})
    items = (wanted("first"), wanted("second"), wanted("third"))

    with pytest.raises(Interrupted):
        apply(planned(items, thing), doer(root, thing, jobs=1, keep_going=True, on_event=interrupting))

    assert thing.find() == ()


def test_a_bug_still_undoes_all(root: Path) -> None:
    """An exception nobody foresaw is no partial success."""
    thing = Things("thing", root)

    def broken(event: Event) -> None:
        if event.kind == "done" and event.change.name == "second":
            raise RuntimeError("nobody foresaw this")

    with pytest.raises(OurBug):
        apply(
            planned((wanted("first"), wanted("second")), thing),
            doer(root, thing, jobs=1, keep_going=True, on_event=broken),
        )

    assert thing.find() == ()


def test_an_undo_that_fails_is_in_the_record(root: Path) -> None:
    """What could not be put back stands below the failure, and in the log."""
    thing = Things("thing", root, orders={"tool": Order(trouble="a program fails", place=1)})
    (change,) = planned((wanted("tool"),), thing)
    stuck = msgspec.structs.replace(change, undo=change.do[-1:])

    (record,) = apply([stuck], doer(root, thing, keep_going=True))

    assert record.status is Status.FAILED
    assert record.detail.splitlines()[-1].startswith("tool could not be put back to absent: it is still different")
    assert any(line.startswith("tool.undo_failed thing:tool") for line in log_of(root))


def test_a_required_tool_that_needs_a_failed_optional_one_ends_the_run(root: Path) -> None:
    """Without --keep-going a tool that cannot be tried is a failure like any other."""
    thing = Things("thing", root, orders={"base": FAILS})
    first, second = planned((wanted("base", optional=True), wanted("tool")), thing)
    waits = msgspec.structs.replace(second, after=(first.id,))

    with pytest.raises(Failed, match="tool waits for base, which failed"):
        apply([first, waits], doer(root, thing))

    assert thing.find() == ()
