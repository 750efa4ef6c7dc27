"""Convergence and rollback: whatever is wanted, present, locked and broken, a run ends where it should."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim_lib import files
from aim_lib.apply import Outcome, carry_out
from aim_lib.errors import AimError
from aim_lib.model import Locked, Status, Wanted
from aim_lib.plan import Plan, make_plan, relevant, with_locked_versions
from aim_lib.steps import Doer

from . import BOUNDED
from .things import AVAILABLE, TROUBLES, Order, Things, Watch, doer, programs, tree, world

REQUESTS = ("*", "1.0", "2.0", "==3.0", ">=1,<3", "<2")
FOLDER = "the project"


@dataclass(frozen=True)
class Case:
    """One thing of a random world. `request` is None for what nobody declared."""

    name: str
    kind: str
    have: str | None
    request: str | None
    is_optional: bool
    lock: tuple[str, str] | None
    order: Order

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.name}"


orders = st.builds(Order, by_program=st.booleans(), payload_first=st.booleans(), place=st.integers(0, 2))
broken_orders = st.builds(
    Order,
    by_program=st.booleans(),
    place=st.integers(0, 2),
    trouble=st.sampled_from(TROUBLES),
    payload_first=st.booleans(),
)
cases = st.builds(
    Case,
    name=st.sampled_from([f"tool-{letter}" for letter in "abcdefg"]),
    kind=st.sampled_from(["thing", "gadget"]),
    have=st.none() | st.sampled_from(AVAILABLE),
    request=st.none() | st.sampled_from(REQUESTS),
    is_optional=st.booleans(),
    lock=st.none() | st.tuples(st.sampled_from(REQUESTS), st.sampled_from(AVAILABLE)),
    order=orders,
)


@dataclass(frozen=True)
class Setting:
    """Everything random about one run."""

    cases: tuple[Case, ...]
    widths: tuple[int, int]
    jobs: int
    has_base: bool
    base: Order
    prunes: bool


settings_ = st.builds(
    Setting,
    cases=st.lists(cases, max_size=6, unique_by=lambda case: case.id).map(tuple),
    widths=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    jobs=st.integers(1, 5),
    has_base=st.booleans(),
    base=orders,
    prunes=st.booleans(),
)
missing_required = st.builds(
    Case,
    name=st.just("tool-x"),
    kind=st.sampled_from(["thing", "gadget"]),
    have=st.none() | st.just("0.5"),
    request=st.sampled_from(["1.0", "2.0", "==3.0", ">=1,<3"]),
    is_optional=st.just(False),
    lock=st.none(),
    order=broken_orders,
)


@dataclass(frozen=True)
class Stage:
    """A random world laid out on disk, with what it takes to plan and apply."""

    root: Path
    setting: Setting
    resources: tuple[Things, ...]
    doer: Doer
    watch: Watch

    def wanted(self) -> tuple[Wanted, ...]:
        declared = [
            Wanted(kind=case.kind, name=case.name, request=case.request, optional=case.is_optional, folder=FOLDER)
            for case in self.setting.cases
            if case.request is not None
        ]
        locked = {
            (FOLDER, case.id): Locked(kind=case.kind, name=case.name, request=case.lock[0], version=case.lock[1])
            for case in self.setting.cases
            if case.lock
        }
        return with_locked_versions(declared, locked, self.doer.ecosystems)

    def plan(self) -> Plan:
        now = world(*self.resources)
        undeclared = {case.id for case in self.setting.cases if case.request is None}
        prune = [now.present[key] for key in sorted(now.present) if key in undeclared and self.setting.prunes]
        return make_plan(relevant(self.wanted(), now.present, all_optional=True), now, prune=prune)

    def run(self, *, keep_going: bool = False) -> Outcome:
        busy = replace(self.doer, keep_going=keep_going)
        lock = files.held_lock(self.root / "state" / "machine.lock", {}, 0, lambda _owner: None)
        return carry_out(self.plan(), self.plan, busy, lock)

    def things(self) -> dict[str, tuple[int, bytes]]:
        return tree(self.root / "things")


@contextmanager
def staged(setting: Setting) -> Iterator[Stage]:
    """Lay the world out in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        programs(root)
        by_kind = {
            kind: {case.name: case.order for case in setting.cases if case.kind == kind} for kind in ("thing", "gadget")
        }
        base = Things("base", root, width=1, orders={"base": setting.base})
        thing = Things("thing", root, width=setting.widths[0], orders=by_kind["thing"])
        needs = Wanted(kind="base", name="base", request="2.0", version="2.0")
        gadget = Things("gadget", root, width=setting.widths[1], orders=by_kind["gadget"], needs=needs)
        (root / "things").mkdir()
        if setting.has_base:
            base.plant("base", "2.0")
        for case in setting.cases:
            if case.have:
                (thing if case.kind == "thing" else gadget).plant(case.name, case.have)
        watch = Watch()
        resources = (base, thing, gadget)
        yield Stage(root, setting, resources, doer(root, *resources, jobs=setting.jobs, on_event=watch), watch)


def with_trouble(setting: Setting, broken: Case, troubles: list[Order | None]) -> Setting:
    """`setting` with `broken` in it, and troubles for some of the others."""
    pairs = zip(setting.cases, [*troubles, *[None] * 6], strict=False)
    others = [replace(case, order=trouble or case.order) for case, trouble in pairs]
    return replace(setting, cases=(*others, broken))


@BOUNDED
@given(settings_)
def test_planning_after_applying_gives_nothing(setting: Setting) -> None:
    """What was applied needs no change, and applying it again touches no file."""
    with staged(setting) as stage:
        planned = stage.plan()

        outcome = stage.run()

        assert {record.id for record in outcome.records} == {change.id for change in planned.changes}
        assert all(record.status is Status.CHANGED for record in outcome.records)
        assert stage.plan().is_empty
        assert not stage.doer.journal.is_open()
        before = tree(stage.root)
        assert stage.run() == Outcome()
        assert tree(stage.root) == before


@BOUNDED
@given(settings_, missing_required, st.lists(st.none() | broken_orders, max_size=6))
def test_a_failure_leaves_everything_as_it_was(setting: Setting, broken: Case, troubles: list[Order | None]) -> None:
    """When a required change fails, every file is what it was, and the next plan is the same plan."""
    with staged(with_trouble(setting, broken, troubles)) as stage:
        before, planned = stage.things(), stage.plan()

        with pytest.raises(AimError) as caught:
            stage.run()

        assert caught.value.exit_code == 4
        assert stage.things() == _without_empty_kinds(before, stage.things())
        assert stage.plan() == planned
        assert not stage.doer.journal.is_open()


@BOUNDED
@given(settings_, missing_required, st.lists(st.none() | broken_orders, max_size=6))
def test_what_is_optional_fails_alone(setting: Setting, broken: Case, troubles: list[Order | None]) -> None:
    """A failing optional change is a warning, is undone, and leaves the others applied."""
    mixed = with_trouble(setting, replace(broken, is_optional=True), troubles)
    cases_ = tuple(
        case if case.is_optional or not case.order.trouble else replace(case, order=Order()) for case in mixed.cases
    )
    with staged(replace(mixed, cases=cases_)) as stage:
        planned, before = stage.plan(), stage.things()
        failing = {case.id for case in cases_ if case.order.trouble and case.request}
        expected = failing & {change.id for change in planned.changes}

        outcome = stage.run()

        assert {record.id for record in outcome.records if record.status is Status.WARNED} == expected
        assert {change.id for change in stage.plan().changes} == expected
        assert _of(before, expected) == _of(stage.things(), expected)
        assert not stage.doer.journal.is_open()


@BOUNDED
@given(settings_, broken_orders, st.lists(st.none() | broken_orders, max_size=6), st.booleans())
def test_keeping_on_does_all_that_can_be_done(
    setting: Setting, base: Order, troubles: list[Order | None], base_fails: bool
) -> None:
    """With any of them failing, exactly those are changed that do not fail and whose prerequisites held."""
    pairs = zip(setting.cases, [*troubles, *[None] * 6], strict=False)
    mixed = replace(setting, cases=tuple(replace(case, order=trouble or case.order) for case, trouble in pairs))
    with staged(replace(mixed, base=base if base_fails else setting.base)) as stage:
        planned, before = stage.plan(), stage.things()
        failing = {case.id for case in mixed.cases if case.order.trouble and case.request}
        failing |= {"base:base"} if base_fails else set()
        bad = {change.id for change in planned.changes if change.id in failing and change.want}
        blocked = {change.id for change in planned.changes if bad & set(change.after)}
        bad -= blocked

        outcome = stage.run(keep_going=True)

        ended = {record.id: record.status for record in outcome.records}
        good = {change.id for change in planned.changes} - bad - blocked
        assert {key for key, status in ended.items() if status is Status.CHANGED} == good
        assert {key for key, status in ended.items() if status in (Status.FAILED, Status.WARNED)} == bad
        assert {key for key, status in ended.items() if status in (Status.BLOCKED, Status.SKIPPED)} == blocked
        assert outcome.exit_code == (4 if Status.FAILED in ended.values() else 0)
        assert _of(before, bad | blocked) == _of(stage.things(), bad | blocked)
        assert {change.id for change in stage.plan().changes} == bad | blocked


@BOUNDED
@given(settings_)
def test_lanes_are_kept_and_prerequisites_come_first(setting: Setting) -> None:
    """Never more changes of a kind at once than its lane is wide, and none before what it needs."""
    with staged(setting) as stage:
        planned = stage.plan()

        stage.run()

        widths = {resource.kind: resource.width for resource in stage.resources}
        assert all(peak <= widths[lane] for lane, peak in stage.watch.peak.items())
        assert sum(stage.watch.running.values()) == 0
        for change in planned.changes:
            began = stage.watch.log.index(("start", change.id))
            assert all(("done", need) in stage.watch.log[:began] for need in change.after)
        gadgets = [change for change in planned.changes if change.kind == "gadget" and change.want]
        assert all(change.after == (() if setting.has_base else ("base:base",)) for change in gadgets)


def _without_empty_kinds(before: dict[str, tuple[int, bytes]], after: dict[str, tuple[int, bytes]]) -> object:
    """`before`, with the empty folders of kinds that the run may have made."""
    return {**{path: after[path] for path in after if "/" not in path}, **before}


def _of(files_: dict[str, tuple[int, bytes]], ids: set[str]) -> dict[str, tuple[int, bytes]]:
    folders = tuple(identity.replace(":", "/") for identity in ids)
    return {path: content for path, content in files_.items() if path.startswith(folders)}
