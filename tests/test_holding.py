"""Holding tools at their version: by their manager, and by the setting that stops their self-updates."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import msgspec
import pytest

from aim_lib import holding, registry, switches
from aim_lib.apply import carry_out
from aim_lib.config import default_folder
from aim_lib.holding import Holder
from aim_lib.host import Host
from aim_lib.model import Present, Record, Status, Wanted
from aim_lib.plan import Plan
from aim_lib.registry import KnownTool, Registry, SelfUpdate
from aim_lib.resources import Resource

from . import lockable
from .fakes import host, stub
from .lockable import Lockable, calls, doer, tool

KNOWN = SelfUpdate(
    folders=("$BOT_HOME", "~/.bot"), files=("bot.jsonc", "bot.json"), keys=("env", "OFF"), value="1", proof="here"
)
REGISTRY = Registry(tool={"bot": KnownTool(names={"pipx": "bot"}, self_update=KNOWN)})
BOT = Wanted(kind="pipx", name="bot")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lockable.programs(tmp_path / "machine")
    return tmp_path / "machine"


@pytest.fixture
def home(root: Path) -> Path:
    (root / "home" / ".bot").mkdir(parents=True)
    return root / "home"


def on(root: Path, **env: str) -> Host:
    return host(home=root / "home", env={"PATH": "/usr/bin:/bin", **env})


def holder(root: Path, resource: Resource, *, blocks: bool = True, **env: str) -> Holder:
    there = {each.id: each for each in resource.find()}
    return Holder(on(root, **env), there, {"pipx": resource}, REGISTRY, blocks)


def done(root: Path, resource: Lockable, items: tuple[Wanted, ...], *, is_held: bool = True) -> tuple[Record, ...]:
    """Hold, or free, `items` for real; what is told of it."""

    def plan() -> Plan:
        one = holder(root, resource)
        return one.hold(items) if is_held else one.free(items)

    made = plan()
    outcome = carry_out(made, plan, doer(root, resource, on(root)), contextlib.nullcontext())
    return holding.done(made, outcome.records, {each.id: each for each in resource.find()})


def settings(home: Path, text: str, name: str = "bot.json") -> Path:
    path = home / ".bot" / name
    path.write_text(text, encoding="utf-8")
    return path


# --- by the manager -----------------------------------------------------------------------------------------------


def test_a_tool_that_is_there_is_held_by_its_manager(root: Path) -> None:
    """Once: what is held is not held again."""
    resource = Lockable(root, there=(tool("a"), tool("b")))
    items = (Wanted(kind="pipx", name="a"), Wanted(kind="pipx", name="absent"))

    (record,) = done(root, resource, items)

    assert (record.id, record.status, record.detail) == ("hold:pipx:a", Status.CHANGED, "held by pipx at its version")
    assert done(root, resource, items) == ()
    assert calls(root) == ["hold a"]


def test_freeing_undoes_holding(root: Path) -> None:
    """And only that of the named."""
    resource = Lockable(root, there=(tool("a"), tool("b")))
    items = tuple(Wanted(kind="pipx", name=name) for name in "ab")
    done(root, resource, items)

    (record,) = done(root, resource, items[:1], is_held=False)

    assert record.detail == "no longer held by pipx"
    assert [each.name for each in resource.find() if each.traits] == ["b"]


def test_the_log_calls_it_what_it_is(root: Path) -> None:
    """No version has changed."""
    resource, items = Lockable(root, there=(tool("a"),)), (Wanted(kind="pipx", name="a"),)
    done(root, resource, items)
    done(root, resource, items, is_held=False)

    lines = [json.loads(line) for line in (root / "logs" / "audit.jsonl").read_text().splitlines()]

    assert [(line["event_type"], line["message"]) for line in lines if line["event_type"] != "tool.changing"] == [
        ("tool.held", "pipx:a: held by pipx at its version"),
        ("tool.freed", "pipx:a: no longer held by pipx"),
    ]


def test_a_manager_that_only_says_so_is_not_believed(root: Path) -> None:
    """Exit 0 is no hold."""
    stub(root, "hold", "exit 0")

    (record,) = done(root, Lockable(root, there=(tool("a"),)), (Wanted(kind="pipx", name="a"),))

    assert (record.status, record.detail) == (Status.WARNED, "pipx said that it holds it, and does not")


def test_a_tool_that_cannot_be_held_is_a_warning(root: Path) -> None:
    """It is locked all the same; the others are held."""
    stub(root, "hold", '[ "${1##*/}" = b ] || exit 3\n/bin/mkdir -p "${1%/*}" && : > "$1"')
    resource = Lockable(root, there=(tool("a"), tool("b")))

    records = done(root, resource, tuple(Wanted(kind="pipx", name=name) for name in "ab"))

    assert {record.title: record.status for record in records} == {"a": Status.WARNED, "b": Status.CHANGED}


def test_what_only_root_may_hold_is_the_users_to_do(root: Path) -> None:
    """The command is the remedy."""
    plan = holder(root, Lockable(root, there=(tool("a"),), by_hand="sudo hold a")).hold(
        (Wanted(kind="pipx", name="a"),)
    )

    assert plan.is_empty
    assert [(record.status, record.remedy) for record in plan.records] == [(Status.SKIPPED, "sudo hold a")]


def test_what_is_broken_is_not_held(root: Path) -> None:
    """It must be mended first."""
    resource = Lockable(root)
    one = holder(root, resource)
    broken = {"pipx:a": Present(kind="pipx", name="a", version="1", flaw="its command is gone")}

    plan = Holder(one.host, broken, one.resources, REGISTRY).hold((Wanted(kind="pipx", name="a"),))

    assert plan == Plan()


# --- by itself ----------------------------------------------------------------------------------------------------


def test_self_updates_are_switched_off_and_the_rest_of_the_file_stays(root: Path, home: Path) -> None:
    """In the user's own file, byte for byte but for the one key; and back again."""
    before = '{\n  // mine\n  "env": { "KEY": "x" },\n  "z": [1, 2]\n}\n'
    path = settings(home, before)
    path.chmod(0o640)
    resource = Lockable(root, there=(tool("bot"),))

    (record,) = done(root, resource, (BOT,))

    assert record.detail == "held by pipx at its version, self-updates off in ~/.bot/bot.json"
    assert path.read_text() == before.replace('{ "KEY"', '{ "OFF": "1", "KEY"')
    assert path.stat().st_mode & 0o777 == 0o640
    assert done(root, resource, (BOT,)) == ()

    (record,) = done(root, resource, (BOT,), is_held=False)

    assert record.detail == "no longer held by pipx, self-updates as before in ~/.bot/bot.json"
    assert path.read_text() == before
    assert list((root / "home" / "aim" / "state" / "switches").iterdir()) == []


def test_a_settings_file_is_made_and_goes_again(root: Path, home: Path) -> None:
    """Readable by its owner alone."""
    resource = Lockable(root, there=(tool("bot"),))
    path = home / ".bot" / "bot.json"

    done(root, resource, (BOT,))

    assert json.loads(path.read_text()) == {"env": {"OFF": "1"}}
    assert path.stat().st_mode & 0o777 == 0o600
    done(root, resource, (BOT,), is_held=False)
    assert not path.exists()


def test_what_the_user_had_chosen_stays_after_freeing(root: Path, home: Path) -> None:
    """The same value set by hand is not ours to take away; another value comes back."""
    resource = Lockable(root, there=(tool("bot"),))
    path = settings(home, '{"env": {"OFF": "1"}}')
    done(root, resource, (BOT,))
    done(root, resource, (BOT,), is_held=False)
    assert path.read_text() == '{"env": {"OFF": "1"}}'

    path.write_text('{"env": {"OFF": "0"}}')
    done(root, resource, (BOT,))
    done(root, resource, (BOT,), is_held=False)

    assert path.read_text() == '{"env": {"OFF": "0"}}'


def test_a_tool_that_is_gone_leaves_its_settings_as_they_were(root: Path, home: Path) -> None:
    """If it was us who set them: what we know nothing of stays."""
    resource = Lockable(root, there=(tool("bot"),))
    path = settings(home, '{"z": 1}')
    done(root, resource, (BOT,))
    resource.there = ()

    def plan() -> Plan:
        return holding.let_go(("pipx:bot", "pipx:other", "gone:bot"), {"pipx": resource}, on(root))

    made = plan()
    outcome = carry_out(made, plan, doer(root, resource, on(root)), contextlib.nullcontext())
    (record,) = holding.done(made, outcome.records, {})

    assert (record.status, record.detail) == (Status.CHANGED, "self-updates as before in ~/.bot/bot.json")
    assert path.read_text() == '{"z": 1}'
    assert switches.switched(on(root)) == ()
    assert plan().is_empty


def test_settings_that_cannot_be_put_back_are_told(root: Path, home: Path) -> None:
    """With the file that is in the way."""
    resource = Lockable(root, there=(tool("bot"),))
    path = settings(home, "{}")
    done(root, resource, (BOT,))
    path.write_text("{{")

    (record,) = holding.let_go(switches.switched(on(root)), {"pipx": resource}, on(root)).records

    assert record.status is Status.WARNED
    assert "~/.bot/bot.json cannot be edited" in record.detail


def test_what_was_changed_since_is_left_alone(root: Path, home: Path) -> None:
    """The user has decided otherwise meanwhile."""
    resource = Lockable(root, there=(tool("bot"),))
    path = settings(home, "{}")
    done(root, resource, (BOT,))
    path.write_text('{"env": {"OFF": "maybe", "MORE": "1"}}')

    done(root, resource, (BOT,), is_held=False)

    assert path.read_text() == '{"env": {"OFF": "maybe", "MORE": "1"}}'


def test_a_table_that_holds_more_by_now_stays(root: Path, home: Path) -> None:
    """Only our key goes."""
    resource = Lockable(root, there=(tool("bot"),))
    path = settings(home, "{}")
    done(root, resource, (BOT,))
    path.write_text('{"env": {"OFF": "1", "MORE": "1"}}')

    done(root, resource, (BOT,), is_held=False)

    assert json.loads(path.read_text()) == {"env": {"MORE": "1"}}


def test_the_file_that_exists_is_meant_and_a_variable_leads_elsewhere(root: Path, home: Path) -> None:
    """As the tool itself would look."""
    settings(home, "{}", "bot.jsonc")
    resource = Lockable(root, there=(tool("bot"),))

    usual = holder(root, resource).hold((BOT,)).changes[0]
    moved = holder(root, resource, BOT_HOME=str(home / "else")).hold((BOT,)).changes[0]

    assert "~/.bot/bot.jsonc" in usual.reason
    assert "~/else/bot.json" in moved.reason


@pytest.mark.parametrize("text", ["{", "[]", '{"env": 1}'])
def test_a_settings_file_that_is_not_understood_is_not_touched(text: str, root: Path, home: Path) -> None:
    """It is said, and the tool is held by its manager all the same."""
    path = settings(home, text)
    resource = Lockable(root, there=(tool("bot"),))

    records = done(root, resource, (BOT,))

    assert [record.status for record in records] == [Status.CHANGED, Status.WARNED]
    assert path.read_text() == text


def test_who_allows_self_updates_gets_them(root: Path, home: Path) -> None:
    """By policy or for one tool, which also takes back what an earlier pin switched off."""
    resource = Lockable(root, there=(tool("bot"),))
    done(root, resource, (BOT,))
    allowed = msgspec.structs.replace(BOT, self_update="allow")

    (record,) = done(root, resource, (allowed,))

    assert record.detail == "self-updates as before in ~/.bot/bot.json"
    assert holder(root, resource, blocks=False).hold((BOT,)) == Plan()
    blocked = msgspec.structs.replace(BOT, self_update="block")
    assert len(holder(root, resource, blocks=False).hold((blocked,)).changes) == 1


def test_a_failure_puts_the_settings_back(root: Path, home: Path) -> None:
    """The undo of a change undoes all of it."""
    path = settings(home, '{"a": 1}')
    resource = Lockable(root, there=(tool("bot"),))
    (change,) = holder(root, resource).hold((BOT,)).changes

    undone = [type(step).__name__ for step in change.undo]

    assert undone == ["Write", "Delete", "Run"]
    assert change.undo[0].text == '{"a": 1}'  # type: ignore[union-attr]
    assert path.read_text() == '{"a": 1}'


# --- the registry -------------------------------------------------------------------------------------------------


def test_the_registry_is_read_whole() -> None:
    """Every entry has names, or says how it is spoken to, and every switch says where its proof is."""
    known = registry.load()

    assert known.find("npm:@anthropic-ai/claude-code") == known.tool["claude-code"]
    assert known.find("npm:unknown") is None
    assert all(tool.names or tool.ai for tool in known.tool.values())
    assert all(not tool.self_update or tool.self_update.proof for tool in known.tool.values())


def test_every_switch_of_the_registry_can_be_set(tmp_path: Path) -> None:
    """On an empty home, and taken back without a trace."""
    from aim_lib import switches

    machine = host(home=tmp_path)
    tools = registry.load(default_folder()).tool
    own = {name: known.self_update for name, known in tools.items() if known.self_update}
    assert len(own) >= 5
    for name, update in own.items():
        switching = switches.block(f"npm:{name}", update, machine)

        assert (switching.why, switching.steps is None) == ("", False)
