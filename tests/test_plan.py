"""Planning is pure: wanted, present and lock give changes and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aim_lib.errors import BadConfig
from aim_lib.model import Locked, Present, Status, Wanted
from aim_lib.plan import Plan, World, has_grown, make_plan, needs_rights, relevant, with_locked_versions
from aim_lib.policy import Policy
from aim_lib.resources import Steps
from aim_lib.selection import choose
from aim_lib.versions import Ecosystem
from tests.properties.things import Things

ECOSYSTEMS: dict[str, Ecosystem] = {"thing": "pypi", "node": "pypi", "npm": "npm", "pipx": "pypi"}
NOWHERE = Path("/nowhere")


def wanted(name: str = "tool", request: str = "2.0", **more: object) -> Wanted:
    fields: dict[str, object] = {"kind": "thing", "name": name, "request": request, "version": request}
    return Wanted(**{**fields, **more})  # type: ignore[arg-type]


def present(version: str = "2.0", name: str = "tool", **more: object) -> Present:
    return Present(**{"kind": "thing", "name": name, "version": version, **more})  # type: ignore[arg-type]


def world(*found: Present, **resources: Things) -> World:
    known = {"thing": Things("thing", NOWHERE), **resources}
    return World(present={item.id: item for item in found}, resources=known, ecosystems=ECOSYSTEMS)


@pytest.mark.parametrize(
    ("item", "found", "reason"),
    [
        (wanted(), None, "missing"),
        (wanted(), present(flaw="its files are gone"), "broken: its files are gone"),
        (wanted(), present("1.0"), "below the wanted version"),
        (wanted(), present("3.0"), "above the wanted version"),
        (wanted(request=">=1,<3", version="2.0"), present("2.5"), "drifted from the lock"),
        (wanted(extras=("b", "a", "c")), present(extras=("a",)), "lacks b, c"),
    ],
)
def test_each_change_has_its_reason(item: Wanted, found: Present | None, reason: str) -> None:
    """Why the tool is changed at all."""
    (change,) = make_plan([item], world(*([found] if found else []))).changes

    assert change.reason == reason


def test_what_is_above_a_range_is_said_to_be_above() -> None:
    """27 is not below ">=25,<26"."""
    (change,) = make_plan([wanted(request=">=1,<2", version="")], world(present("3.0"))).changes

    assert "below" not in change.reason


@pytest.mark.parametrize("found", [present(), present("2.0.0"), present(extras=("more",))])
def test_what_is_as_wanted_is_left_alone(found: Present) -> None:
    """A record says so, and there is no change."""
    plan = make_plan([wanted()], world(found))

    assert plan.is_empty
    assert [(record.status, record.detail) for record in plan.records] == [(Status.OK, f"{found.version} is as wanted")]


@dataclass(slots=True)
class Obtainable(Things):
    """One that says how it is had."""

    remedy: str = ""


class ByHand(Things):
    """A resource that lacks the rights to change anything."""

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        return msgspec.structs.replace(super().change(wanted, have, version), by_hand=f"sudo get {wanted.name}")

    def remove(self, have: Present) -> Steps:
        return msgspec.structs.replace(super().remove(have), by_hand=f"sudo drop {have.name}")


def test_what_only_root_may_change_is_told_with_its_command() -> None:
    """No change, but a failure whose remedy is the command."""
    plan = make_plan([wanted()], world(thing=ByHand("thing", NOWHERE)))

    (record,) = plan.records
    assert (plan.changes, needs_rights(plan)) == ((), True)
    assert (record.status, record.remedy) == (Status.FAILED, "sudo get tool")
    assert record.detail == "missing; only root may change it"


def test_an_optional_one_that_only_root_may_change_is_skipped() -> None:
    """Nobody expects it: the rest goes on."""
    (record,) = make_plan([wanted(optional=True)], world(thing=ByHand("thing", NOWHERE))).records

    assert (record.status, record.remedy) == (Status.SKIPPED, "sudo get tool")


def test_what_only_root_may_remove_stays() -> None:
    """Pruning leaves it, and says how it would be removed."""
    plan = make_plan([], world(thing=ByHand("thing", NOWHERE)), prune=[present()])

    assert plan.changes == ()
    assert [(record.status, record.remedy) for record in plan.records] == [(Status.SKIPPED, "sudo drop tool")]


def test_what_is_there_needs_no_rights() -> None:
    """Without a change nobody asks for root."""
    plan = make_plan([wanted()], world(present(), thing=ByHand("thing", NOWHERE)))

    assert not needs_rights(plan)
    assert [record.status for record in plan.records] == [Status.OK]


def test_prerequisites_come_first_and_once() -> None:
    """Two tools that need the same thing wait for one change of it."""
    needs = Wanted(kind="node", name="node", request="2.0", version="2.0")
    npm = Things("npm", NOWHERE, needs=needs)
    items = [wanted("a", "1.0.0", kind="npm"), wanted("b", "1.0.0", kind="npm")]

    changes = make_plan(items, world(npm=npm, node=Things("node", NOWHERE))).changes

    assert [change.id for change in changes] == ["node:node", "npm:a", "npm:b"]
    assert [change.after for change in changes] == [(), ("node:node",), ("node:node",)]


@pytest.mark.parametrize(
    ("is_off", "is_optional", "status"),
    [(False, False, Status.FAILED), (False, True, Status.SKIPPED), (True, False, Status.SKIPPED)],
)
def test_an_unsuitable_kind_plans_nothing(is_off: bool, is_optional: bool, status: Status) -> None:
    """A required tool that cannot be installed has failed; one that is optional, or switched off, is skipped."""
    things = Things("thing", NOWHERE, unsuitable="no npm here", is_off=is_off)

    plan = make_plan([wanted(optional=is_optional)], world(thing=things))

    (record,) = plan.records
    assert plan.is_empty
    assert (record.status, record.detail) == (status, "no npm here")
    assert bool(record.remedy) is (status is Status.FAILED)


@pytest.mark.parametrize(
    ("remedy", "told"),
    [
        ("get it", "get it  (or remove tool from aim.toml)"),
        ("", "give tool platforms = [...] or optional = true in aim.toml, or remove it there"),
    ],
)
def test_what_makes_a_kind_suitable_is_said(remedy: str, told: str) -> None:
    """By the kind itself, where something does."""
    (record,) = make_plan([wanted()], world(thing=Obtainable("thing", NOWHERE, unsuitable="x", remedy=remedy))).records

    assert record.remedy == told


def test_notes_are_told_once() -> None:
    """However many tools a kind has."""
    things = Things("thing", NOWHERE, notes=("an old one is on PATH",))

    assert make_plan([wanted("a"), wanted("b")], world(thing=things)).notes == ("an old one is on PATH",)


def test_pruning_removes_after_everything_else() -> None:
    """With a reason and a way back."""
    extra = present("1.0", "extra", where="/nowhere/things/thing/extra")

    changes = make_plan([wanted()], world(extra), prune=[extra]).changes

    assert [(change.id, change.have, change.want, change.reason) for change in changes] == [
        ("thing:tool", "", "2.0", "missing"),
        ("thing:extra", "1.0", "", "not declared"),
    ]


def entry(request: str, version: str, **more: object) -> Locked:
    return Locked(kind="thing", name="tool", request=request, version=version, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "locked", "version"),
    [
        ("2.0", None, "2.0"),
        ("2.0", ("2.0", "1.0"), "2.0"),
        (">=1", (">=1", "1.5"), "1.5"),
        (">=1", (">=0", "0.5"), ""),
        ("*", None, ""),
    ],
)
def test_the_lock_decides_where_the_request_does_not(
    request_: str, locked: tuple[str, str] | None, version: str
) -> None:
    """An entry for another request is void."""
    books = {("here", "thing:tool"): entry(*locked)} if locked else {}

    (item,) = with_locked_versions([wanted(request=request_, folder="here", version="")], books, ECOSYSTEMS)

    assert item.version == version


def test_a_companion_of_the_lock_is_told_by_its_whole_path() -> None:
    """The resource finds the file, and what its bytes must be, without knowing of locks."""
    books = {("/here", "thing:tool"): entry("2.0", "2.0", file="aim.lock.d/tool.json", sha256="ab")}

    (item,) = with_locked_versions([wanted(request="2.0", folder="/here", version="")], books, ECOSYSTEMS)

    assert (item.lock_file, item.lock_sha256) == ("/here/aim.lock.d/tool.json", "ab")


@pytest.mark.parametrize(
    ("more", "flaw"),
    [
        ({}, ""),
        ({"extras": ("hat",)}, "its lock was made for with = [], not [hat]"),
        ({"python": "3.12"}, 'its lock was made for python = "", not "3.12"'),
    ],
)
def test_a_companion_for_something_else_is_void(more: dict[str, Any], flaw: str) -> None:
    """It has other packages than are declared now; the version stands."""
    books = {("/here", "thing:tool"): entry("2.0", "2.0", file="aim.lock.d/tool.json", sha256="ab")}

    (item,) = with_locked_versions([wanted(request="2.0", folder="/here", version="", **more)], books, ECOSYSTEMS)

    assert (item.version, item.lock_flaw, bool(item.lock_file)) == ("2.0", flaw, not flaw)


@pytest.mark.parametrize("found", [(), (present(),)])
def test_nothing_is_installed_without_the_lock_that_it_should_have(found: tuple[Present, ...]) -> None:
    """It is to be locked again first; what is there stays."""
    plan = make_plan([wanted(lock_flaw="its lock was made for another")], world(*found))

    assert plan.is_empty
    (record,) = plan.records
    assert (record.status, record.detail, record.remedy) == (
        Status.FAILED,
        "its lock was made for another",
        "aim pin tool",
    )
    assert record.facts["exit_code"] == 5


def test_what_was_made_from_another_lock_is_made_again() -> None:
    """At the very same version."""
    there = msgspec.structs.replace(world(present()), relocked=frozenset({"thing:tool"}))

    (change,) = make_plan([wanted()], there).changes

    assert (change.have, change.want, change.reason) == ("2.0", "2.0", "its lock has changed")


def test_an_entry_for_another_source_is_void() -> None:
    """What was locked came from somewhere else."""
    books = {("here", "thing:tool"): entry("*", "1.0", source="https://example.org/tool.tgz")}

    (item,) = with_locked_versions([wanted(request="*", folder="here", version="")], books, ECOSYSTEMS)

    assert item.version == ""


def test_a_lock_of_another_folder_is_not_ours() -> None:
    """Each lock stands beside the file that declared the tool."""
    books = {("elsewhere", "thing:tool"): entry("*", "1.0")}

    (item,) = with_locked_versions([wanted(request="*", version="", folder="here")], books, ECOSYSTEMS)

    assert item.version == ""


def test_optional_tools_count_when_there_or_when_all_are_asked() -> None:
    """A missing optional tool is nobody's drift."""
    items = [wanted("a"), wanted("b", optional=True), wanted("c", optional=True)]
    found = {"thing:c": present(name="c")}

    assert [item.name for item in relevant(items, found)] == ["a", "c"]
    assert [item.name for item in relevant(items, found, all_optional=True)] == ["a", "b", "c"]


@pytest.mark.parametrize(("names", "has"), [(["a"], False), ([], False), (["a", "b"], True)])
def test_a_plan_has_grown_when_it_shows_more(names: list[str], has: bool) -> None:
    """Less to do is fine, more is not."""
    before = make_plan([wanted("a")], world())

    assert has_grown(before, make_plan([wanted(name) for name in names], world())) is has


def test_another_version_is_growth_too() -> None:
    """What was shown was another change."""
    before, after = (make_plan([wanted(request=version)], world()) for version in ("1.0", "2.0"))

    assert has_grown(before, after)
    assert not has_grown(before, Plan())


DECLARED = (
    Wanted(kind="pipx", name="ruff", request=">=0.14", version="0.14.1", optional=True),
    Wanted(kind="npm", name="both", request="*"),
    Wanted(kind="pipx", name="both", request="*"),
)


def test_a_named_tool_is_required_now() -> None:
    """With its declared request and its locked version."""
    (item,) = choose(DECLARED, ["ruff"], "", "", ECOSYSTEMS)

    assert item == msgspec.structs.replace(DECLARED[0], optional=False)


@pytest.mark.parametrize(
    ("name", "manager", "kind"), [("both", "npm", "npm"), ("npm:both", "", "npm"), ("@x/y", "", "npm")]
)
def test_the_kind_is_looked_up_or_said(name: str, manager: str, kind: str) -> None:
    """By declaration, by id, by option, by the look of the name."""
    (item,) = choose(DECLARED, [name], manager, "", ECOSYSTEMS)

    assert item.kind == kind


def test_a_version_overrides_the_declared_one() -> None:
    """For this once."""
    (item,) = choose(DECLARED, ["ruff"], "", "0.15.0", ECOSYSTEMS)

    assert (item.request, item.version) == ("0.15.0", "0.15.0")


@pytest.mark.parametrize(("asked", "is_locked"), [("1.0", False), ("2.0", True)])
def test_a_version_that_is_said_is_not_the_lock_s(asked: str, is_locked: bool) -> None:
    """A companion is for the version it was made for; also one that is void is in nobody's way then."""
    flaw = "" if is_locked else "its lock was made for another"
    locked = wanted(request=">=1", version="2.0", lock_file="/f/x", lock_sha256="ab", lock_flaw=flaw)

    (item,) = choose([locked], ["tool"], "", asked, ECOSYSTEMS)

    assert (bool(item.lock_file), bool(item.lock_sha256), item.lock_flaw) == (is_locked, is_locked, "")


def test_a_name_like_no_other_leaves_no_blank_behind_its_remedy() -> None:
    """Nothing is offered in place of it."""
    with pytest.raises(BadConfig) as caught:
        choose(DECLARED, ["zzzzzz"], "", "", ECOSYSTEMS)

    assert caught.value.remedy == "declare it in aim.toml, or say --manager pipx"


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("rufff", "declare it in aim.toml, or see what is: aim version check (did you mean ruff?)"),
        ("@x/y", "declare it in aim.toml, or see what is: aim version check"),
        ("both", "say which: npm:both"),
    ],
)
def test_where_only_declared_tools_will_do_no_manager_is_offered(name: str, remedy: str) -> None:
    """What is to be pinned, freed or updated stands in a file; an id says which of two."""
    with pytest.raises(BadConfig) as caught:
        choose(DECLARED, [name], "", "", ECOSYSTEMS, only_declared=True)

    assert caught.value.remedy == remedy


@pytest.mark.parametrize(
    ("names", "manager", "version", "message", "remedy"),
    [
        (["rufff"], "", "", "rufff is not declared", "(did you mean ruff?)"),
        (["both"], "", "", "both is declared for several managers: npm, pipx", "say which: --manager npm"),
        (["ruff"], "pip", "", "--manager pip is not known", "one of: "),
        (["ruff", "@x/y"], "", "1.0", "--version goes with one name", "one by one"),
        (["ruff"], "", "x y", '--version "x y" is not a version', "--version takes a version of ruff"),
    ],
)
def test_a_choice_that_cannot_be_made_is_code_2(
    names: list[str], manager: str, version: str, message: str, remedy: str
) -> None:
    """With what to type instead."""
    with pytest.raises(BadConfig) as caught:
        choose(DECLARED, names, manager, version, ECOSYSTEMS)

    assert caught.value.exit_code == 2
    assert caught.value.message.startswith(message)
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    ("policy", "found", "detail"),
    [
        (Policy(deny=("thing:to*",)), None, 'policy.deny has "thing:to*"'),
        (Policy(allow=("npm:*",)), None, "policy.allow does not have it"),
        (Policy(max_major=0), present("1.0"), "major version 2 after 1, policy.max_major is 0"),
    ],
)
def test_what_policy_forbids_is_not_planned(policy: Policy, found: Present | None, detail: str) -> None:
    """It is on record as a failure with the code of a missing permission."""
    now = msgspec.structs.replace(world(*([found] if found else [])), policy=policy)

    plan = make_plan([wanted()], now)

    assert plan.changes == ()
    assert [(one.status, one.detail, one.facts) for one in plan.records] == [(Status.FAILED, detail, {"exit_code": 7})]


def test_what_is_as_wanted_needs_no_permission() -> None:
    """Policy is about changes."""
    now = msgspec.structs.replace(world(present()), policy=Policy(deny=("*",)))

    assert [record.status for record in make_plan([wanted()], now).records] == [Status.OK]


def test_what_may_not_change_is_not_pruned() -> None:
    """Removing is a change."""
    now = msgspec.structs.replace(world(present()), policy=Policy(deny=("*",)))

    plan = make_plan([], now, prune=[present()])

    assert (plan.changes, [record.status for record in plan.records]) == ((), [Status.SKIPPED])
