"""A saved plan is believed only when it is ours, and done only when nothing has moved since."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from aim_lib import saved
from aim_lib.errors import BadConfig, NotAsWanted, NotPermitted
from aim_lib.host import Host
from aim_lib.model import Run, Wanted, Write
from aim_lib.plan import make_plan
from aim_lib.saved import Moment, SavedPlan, Scope
from tests.fakes import IS_ROOT, host
from tests.properties.things import Things, programs, world
from tests.test_files import as_nobody, open_folder

__all__ = ["open_folder"]
OURS = Scope()


@pytest.fixture
def thing(tmp_path: Path) -> Things:
    """Things with `tool` 1.0 installed."""
    programs(tmp_path)
    found = Things("thing", tmp_path)
    found.plant("tool", "1.0")
    return found


def wanted(name: str = "tool", request: str = "2.0", **more: object) -> Wanted:
    return Wanted(kind="thing", name=name, request=request, version=request, **more)  # type: ignore[arg-type]


def moment(thing: Things, *items: Wanted, machine: Host | None = None, again: bool = False) -> Moment:
    asked = items or (wanted(),)
    now = world(thing)
    plan = make_plan(asked, now, uninstall_first=again)
    return Moment(host=machine or host(home=thing.root), wanted=asked, world=now, plan=plan, aim_version="1.0")


def captured(thing: Things, *items: Wanted, also: SavedPlan | None = None, **more: object) -> SavedPlan:
    return saved.capture(moment(thing, *items, **more), OURS, also=also.present if also else ())  # type: ignore[arg-type]


def moved(then: SavedPlan, now: SavedPlan) -> list[str]:
    return list(saved.differences(then, now))


# --- the file -------------------------------------------------------------------------------------------------------


def test_a_plan_comes_back_from_its_file(thing: Things, tmp_path: Path) -> None:
    """What is loaded is what was saved; the file is its owner's alone."""
    path, document = tmp_path / "my.plan", captured(thing)

    saved.save(path, document)

    assert saved.load(path) == document
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_was_there_is_in_it(thing: Things) -> None:
    """Of each changed tool and of what it needs, present or not, and of nothing else."""
    thing.needs = Wanted(kind="thing", name="base", request="*")
    thing.plant("bystander", "1.0")

    document = captured(thing)

    assert set(document.present) == {"thing:tool", "thing:base"}
    assert document.present["thing:base"] is None
    there = document.present["thing:tool"]
    assert there is not None
    assert (there.version, there.where) == ("1.0", str(thing.folder / "tool"))


def test_no_credential_is_in_it(thing: Things) -> None:
    """Neither one in a URL nor one that the redactor knows; and the plan is still recognised as the same."""
    before = moment(thing)
    secret = Run(argv=("pip", "git+https://ada:hunter22@host.example/x", "s3cr3t-t0ken"))
    changes = tuple(msgspec.structs.replace(change, do=(secret,)) for change in before.plan.changes)
    before = msgspec.structs.replace(before, plan=msgspec.structs.replace(before.plan, changes=changes))

    document = saved.capture(before, OURS, lambda text: text.replace("s3cr3t-t0ken", "***"))

    text = msgspec.json.encode(document).decode()
    assert "hunter22" not in text
    assert "s3cr3t" not in text
    assert moved(document, saved.capture(before, OURS, lambda text: text.replace("s3cr3t-t0ken", "***"))) == []


@pytest.mark.parametrize("bits", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_refused(thing: Things, tmp_path: Path, bits: int) -> None:
    """Whoever could have changed it could have us agree to something else."""
    path = tmp_path / "my.plan"
    saved.save(path, captured(thing))
    path.chmod(bits)

    with pytest.raises(NotPermitted, match="can be written by others") as caught:
        saved.load(path)

    assert caught.value.remedy == f"read it, then: chmod 600 {path}"


@pytest.mark.skipif(not IS_ROOT, reason="only root can be somebody else for a while")
def test_a_file_of_another_user_is_refused(thing: Things, open_folder: Path) -> None:
    """What somebody else planned is not for us to do, also where we can read it."""
    path = open_folder / "my.plan"
    saved.save(path, captured(thing))
    path.chmod(0o644)

    with as_nobody(), pytest.raises(NotPermitted, match="belongs to another user") as caught:
        saved.load(path)

    assert caught.value.exit_code == 7


@pytest.mark.parametrize(
    "text", ["", "no JSON", "[]", "{}", '{"schema_version": 1}', '{"schema_version": "1"}', "\udcff"]
)
def test_another_file_is_no_plan(tmp_path: Path, text: str) -> None:
    """Nonsense of every kind is one sentence and code 2."""
    path = tmp_path / "my.plan"
    path.write_bytes(text.encode(errors="surrogateescape"))
    path.chmod(0o600)

    with pytest.raises(BadConfig, match="is not a saved plan") as caught:
        saved.load(path)

    assert caught.value.remedy == f"aim plan --save {path}"


def test_a_file_with_more_in_it_is_no_plan(thing: Things, tmp_path: Path) -> None:
    """A key that we do not know might matter."""
    path = tmp_path / "my.plan"
    saved.save(path, captured(thing))
    path.write_text(path.read_text(encoding="utf-8").replace("{", '{"more": 1,', 1), encoding="utf-8")

    with pytest.raises(BadConfig, match="is not a saved plan"):
        saved.load(path)


def test_no_file_and_a_folder_are_said(tmp_path: Path) -> None:
    """What cannot be read is named."""
    with pytest.raises(BadConfig, match="there is no"):
        saved.load(tmp_path / "nowhere")
    with pytest.raises(NotPermitted, match="cannot be read"):
        saved.load(tmp_path)


# --- what has moved -------------------------------------------------------------------------------------------------


def test_nothing_has_moved(thing: Things) -> None:
    """The same machine and configuration give the same document."""
    then = captured(thing)

    assert moved(then, captured(thing, also=then)) == []
    saved.require_same(then, captured(thing, also=then), "my.plan")


def test_another_path_is_the_same_plan(thing: Things) -> None:
    """PATH belongs to the shell that applies, not to the plan."""
    first, second = (
        msgspec.structs.replace(change, do=(Run(argv=("x",), env=(("PATH", path), ("A", "b"))),))
        for path in ("/a", "/b")
        for change in moment(thing).plan.changes
    )
    plans = [
        msgspec.structs.replace(moment(thing), plan=msgspec.structs.replace(moment(thing).plan, changes=(change,)))
        for change in (first, second)
    ]

    then, now = (saved.capture(each, OURS) for each in plans)

    assert moved(then, now) == []


def upgraded(thing: Things) -> None:
    (thing.folder / "tool" / "version").write_text("1.5", encoding="utf-8")


def broken(thing: Things) -> None:
    (thing.folder / "tool" / "payload").unlink()


def gone(thing: Things) -> None:
    for path in (thing.folder / "tool").iterdir():
        path.unlink()
    (thing.folder / "tool").rmdir()


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (upgraded, "thing:tool: was 1.0 in {where}, is 1.5 in {where}"),
        (broken, "thing:tool: was 1.0 in {where}, is 1.0 in {where}; broken: half of it is missing"),
        (gone, "thing:tool: was 1.0 in {where}, is absent"),
    ],
)
def test_what_is_there_has_moved(thing: Things, event: Callable[[Things], None], line: str) -> None:
    """Another version, a flaw, an absence: each is named, with what was there before."""
    then = captured(thing)
    event(thing)

    lines = moved(then, captured(thing, also=then))

    assert line.format(where=thing.folder / "tool") in lines


@pytest.mark.parametrize(
    ("items", "line"),
    [
        ((wanted(request="3.0"),), "thing:tool: was asked for as 2.0, now as 3.0"),
        ((wanted(), wanted("more")), "thing:more: was not asked for"),
        ((wanted("other"),), "thing:tool: is not asked for any more"),
        ((wanted(commands=("x",)),), "the declared tools differ"),
    ],
)
def test_what_is_asked_for_has_moved(thing: Things, items: tuple[Wanted, ...], line: str) -> None:
    """A changed configuration is named tool by tool where it can be."""
    then = captured(thing)

    assert line in moved(then, captured(thing, *items, also=then))


def test_the_lock_has_moved(thing: Things) -> None:
    """The request is the same, the locked version is another."""
    locked = [Wanted(kind="thing", name="tool", request=">=1", version=version) for version in ("2.0", "3.0")]
    then = captured(thing, locked[0])

    lines = moved(then, captured(thing, locked[1], also=then))

    assert "thing:tool: was asked for as >=1 (locked: 2.0), now as >=1 (locked: 3.0)" in lines


def test_another_home_has_moved(thing: Things) -> None:
    """A plan of one home says nothing about another."""
    then = captured(thing)

    lines = moved(then, captured(thing, also=then, machine=host(home=thing.root / "elsewhere")))

    assert lines == ["this is another machine or another home"]


def test_a_step_that_planning_does_not_give_is_refused(thing: Things) -> None:
    """A hand in the file cannot make us do anything: what differs is named, with the remedy."""
    then = captured(thing)
    (change,) = then.changes
    evil = msgspec.structs.replace(change, do=(*change.do, Write(path="/etc/evil", text="")))

    with pytest.raises(NotAsWanted) as caught:
        saved.require_same(msgspec.structs.replace(then, changes=(evil,)), captured(thing, also=then), "my.plan")

    assert caught.value.exit_code == 5
    assert caught.value.details == ("thing:tool: planning it now gives another do",)
    assert caught.value.remedy == "aim plan --save my.plan"


def test_a_change_that_was_not_saved_is_refused(thing: Things) -> None:
    """Leaving something out of the file does not leave it out of what is done: it is refused too."""
    then = captured(thing)

    lines = moved(msgspec.structs.replace(then, changes=()), captured(thing, also=then))

    assert lines == ["thing:tool: needs a change that was not planned"]


def test_the_remedy_plans_the_same_again(thing: Things) -> None:
    """With the options that the plan was made with."""
    scope = Scope(all=True, uninstall_first=True)
    then = saved.capture(moment(thing), scope)

    with pytest.raises(NotAsWanted) as caught:
        saved.require_same(msgspec.structs.replace(then, host=""), then, "my.plan")

    assert caught.value.remedy == "aim plan --save my.plan --all --uninstall-first"


# --- removed first --------------------------------------------------------------------------------------------------


def test_what_is_removed_first_comes_back_on_undo(thing: Things) -> None:
    """Removal, installation; and to undo it, what brings a removed tool back."""
    (change,) = moment(thing, wanted(request="1.0"), again=True).plan.changes

    (there,) = thing.find()
    assert change.reason == "removed and installed again"
    assert (change.have, change.want) == ("1.0", "1.0")
    assert change.do == (*thing.remove(there).do, *thing.change(wanted(request="1.0"), None, "1.0").do)
    assert change.undo == thing.remove(there).undo


def test_only_what_is_there_is_removed_first(thing: Things) -> None:
    """An absent tool is installed, a broken one replaced, as ever; what a tool needs is left alone."""
    thing.plant("broken", "1.0")
    (thing.folder / "broken" / "payload").unlink()
    thing.plant("base", "1.0")
    thing.needs = Wanted(kind="thing", name="base", request="*")
    items = (wanted("broken"), wanted("absent"))

    changes = moment(thing, *items, again=True).plan.changes

    assert changes == moment(thing, *items).plan.changes
    assert [change.name for change in changes] == ["broken", "absent"]


def test_changes_in_another_order_are_another_plan(thing: Things) -> None:
    """What comes first matters when one fails."""
    then = captured(thing, wanted("a"), wanted("b"))

    lines = moved(msgspec.structs.replace(then, changes=then.changes[::-1]), then)

    assert lines == ["the changes come in another order"]
