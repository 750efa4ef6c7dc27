"""Of a group of tools one is enough; which one, depends on the lock, the machine and the order of the declaration."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib.apply import apply, carry_out
from aim_lib.errors import CommandFailed
from aim_lib.files import held_lock
from aim_lib.first_of import settle
from aim_lib.model import Change, Present, Status, Wanted
from aim_lib.plan import Plan, World, make_plan
from aim_lib.resources import Steps
from tests.properties.things import Order, Things, doer, programs

NOWHERE = Path("/nowhere")
FAILS = Order(trouble="a program fails")


def member(name: str, kind: str = "thing", **more: str) -> Wanted:
    return Wanted(kind=kind, name=name, group="copilot", **more)  # type: ignore[arg-type]


class Refusing(Things):
    """A manager that knows at once that it has no such thing."""

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        raise CommandFailed(f"{wanted.name} cannot be had", remedy="choose another")


RESOURCES = {
    "thing": Things("thing", NOWHERE),
    "absent": Things("absent", NOWHERE, unsuitable="it is not on PATH"),
    "refusing": Refusing("refusing", NOWHERE),
}


def world(*found: Present) -> World:
    return World(
        present={item.id: item for item in found}, resources=RESOURCES, ecosystems=dict.fromkeys(RESOURCES, "pypi")
    )


def present(name: str, flaw: str = "") -> Present:
    return Present(kind="thing", name=name, version="1.0", flaw=flaw)


@pytest.mark.parametrize(
    ("members", "found", "chosen"),
    [
        ([member("a"), member("b")], [], "a"),
        ([member("a"), member("b")], [present("b")], "b"),
        ([member("a"), member("b")], [present("b", flaw="broken")], "a"),
        ([member("a"), member("b", version="1.0")], [present("a")], "b"),
        ([member("a", "absent"), member("b")], [], "b"),
        ([member("a", "absent"), member("b", "absent")], [], "a"),
    ],
)
def test_one_member_counts(members: list[Wanted], found: list[Present], chosen: str) -> None:
    """The locked one, else a whole one that is there, else the first that can be had."""
    (item,) = settle(members, {one.id: one for one in found}, RESOURCES)

    assert item.name == chosen


def test_the_others_come_after_it_in_their_order() -> None:
    """What is tried when the first cannot be installed."""
    (item,) = settle([member("a"), member("b", "absent"), member("c")], {}, RESOURCES)

    assert [other.name for other in item.otherwise] == ["c"]


def test_what_is_in_no_group_stays() -> None:
    """In its place, too."""
    alone = Wanted(kind="thing", name="z")

    assert [item.name for item in settle([alone, member("a"), member("b")], {}, RESOURCES)] == ["z", "a"]


def test_the_plan_knows_what_to_try_next() -> None:
    """The change for the first member carries those for the others."""
    (change,) = make_plan(settle([member("a"), member("b")], {}, RESOURCES), world()).changes

    assert (change.name, [other.name for other in change.otherwise]) == ("a", ["b"])


def test_a_member_that_cannot_be_had_gives_way() -> None:
    """Its manager says so at plan time: the next one is planned."""
    plan = make_plan(settle([member("a", "refusing"), member("b")], {}, RESOURCES), world())

    assert [change.name for change in plan.changes] == ["b"]


def test_what_cannot_be_had_is_a_record_with_its_remedy() -> None:
    """Everything that stands in the way is told at once; planning goes on."""
    items = [Wanted(kind="refusing", name="a"), Wanted(kind="thing", name="b")]

    plan = make_plan(items, world())

    assert [change.name for change in plan.changes] == ["b"]
    assert [(one.status, one.detail, one.remedy, one.facts) for one in plan.records] == [
        (Status.FAILED, "a cannot be had", "choose another", {"exit_code": 4})
    ]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the stub installers and nothing installed."""
    programs(tmp_path)
    (tmp_path / "things").mkdir()
    return tmp_path


def planned(*members: Wanted, resource: Things) -> tuple[Change, ...]:
    now = World(present={}, resources={"thing": resource}, ecosystems={"thing": "pypi"})
    return make_plan(settle(members, {}, {"thing": resource}), now).changes


def test_when_the_first_fails_the_next_is_installed(root: Path) -> None:
    """The failure is on record as a warning, and nothing of the first is left."""
    thing = Things("thing", root, orders={"a": FAILS})

    records = apply(planned(member("a", version="2.0"), member("b", version="2.0"), resource=thing), doer(root, thing))

    assert [(one.title, one.status) for one in records] == [("a", Status.WARNED), ("b", Status.CHANGED)]
    assert [present.name for present in thing.find()] == ["b"]


def test_when_all_fail_the_run_fails(root: Path) -> None:
    """The last one has nothing to give way to."""
    thing = Things("thing", root, orders={"a": FAILS, "b": FAILS})

    with pytest.raises(CommandFailed):
        apply(planned(member("a", version="2.0"), member("b", version="2.0"), resource=thing), doer(root, thing))

    assert thing.find() == ()


def test_what_was_installed_instead_is_ours(root: Path) -> None:
    """It may be pruned one day."""
    thing = Things("thing", root, orders={"a": FAILS})
    changes = planned(member("a", version="2.0"), member("b", version="2.0"), resource=thing)
    plan, hand = Plan(changes=changes), doer(root, thing)

    carry_out(plan, lambda: plan, hand, held_lock(root / "lock", {}, 0, lambda _owner: None))

    assert hand.journal.owned() == {"thing:b"}
