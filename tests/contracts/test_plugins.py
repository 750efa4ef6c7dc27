"""What we ask of plugins is what our own members keep, and what is asked can be failed."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from aim_lib import catalog, plugins
from aim_lib.model import Lane, Record, Result, Run, Status
from aim_lib.plugin_contract import problems
from aim_lib.reports import Look
from aim_lib.resources import Diagnosis, Steps

EXAMPLE = Path(__file__).parents[1] / "data" / "plugins" / "aim_plugin_example"
OURS = [(group, name) for group in plugins.GROUPS for name in catalog.own(group.replace("aim.", "aim_lib."))]
THEIRS = [
    ("aim.resources", "notes", "notes"),
    ("aim.checks", "notes_folder", "notes_folder"),
    ("aim.vaults", "notes_secrets", "notes_secrets"),
    ("aim.reports", "count", "count"),
]


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The example plugin can be imported meanwhile."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    yield
    for name in [name for name in sys.modules if name.startswith("aim_plugin_example")]:
        del sys.modules[name]


def module(**parts: Any) -> ModuleType:
    made = ModuleType("stranger")
    vars(made).update(parts)
    return made


def resource(**parts: Any) -> ModuleType:
    """A resource that is fine but for `parts`."""
    run = Run(argv=("true",), timeout_s=12.0)
    steps = Steps(do=(run,), undo=(run,))
    whole: dict[str, Any] = {
        "lane": Lane(name="x"),
        "unsuitable": "",
        "is_off": False,
        "notes": (),
        "bin_folders": (),
        "prerequisite": lambda: None,
        "find": lambda: (),
        "change": lambda _wanted, _have, _version: steps,
        "remove": lambda _have: steps,
        "diagnose": lambda _output: Diagnosis(cause="unknown", message="m", remedy="r"),
    }
    opened = SimpleNamespace(**{name: part for name, part in {**whole, **parts}.items() if part is not Ellipsis})
    return module(IS_TOOL=True, ECOSYSTEM="pypi", open=lambda _host, _options: opened)


def check(record: object) -> ModuleType:
    return module(ID="x", check=lambda _facts, _runner: record)


def vault(**parts: Any) -> ModuleType:
    whole = {"name": "x", "has": lambda _names: frozenset(), "store": lambda _name, _value: None, **parts}
    return module(open=lambda _host, _runner: SimpleNamespace(**whole))


def bad(**fields: Any) -> Record:
    return Record(**{"id": "x", "status": Status.FAILED, "title": "x", "remedy": "y", **fields})


NUMBERS = itertools.count()
NO_LIMIT = Steps(do=(Run(argv=("true",)),), undo=(Run(argv=("true",)),))
BROKEN: list[tuple[str, ModuleType, str]] = [
    ("aim.resources", module(ECOSYSTEM="pypi", open=lambda _h, _o: None), "no IS_TOOL"),
    ("aim.resources", module(IS_TOOL=True, ECOSYSTEM="none", open=lambda _h, _o: None), "no ECOSYSTEM"),
    ("aim.resources", module(IS_TOOL=True, ECOSYSTEM="pypi"), "no open(host, options)"),
    ("aim.resources", module(IS_TOOL=True, ECOSYSTEM="pypi", open=lambda: None), "open does not take"),
    ("aim.resources", resource(diagnose=...), "no diagnose"),
    ("aim.resources", resource(find=lambda: [1]), "find()"),
    ("aim.resources", resource(find=lambda: 1 / 0), "ZeroDivisionError"),
    ("aim.resources", resource(lane=Lane(name="x", width=0)), "lane"),
    ("aim.resources", resource(bin_folders=("bin",)), "bin_folders"),
    ("aim.resources", resource(diagnose=lambda _o: Diagnosis(cause="unknown", message="m", remedy="")), "diagnose"),
    ("aim.resources", resource(change=lambda *_: Steps(do=(), undo=())), "change does not return Steps"),
    ("aim.resources", resource(remove=lambda _: NO_LIMIT), "remove runs a program without options.timeout_s"),
    ("aim.checks", module(ID="y", check=lambda _f, _r: None), 'no ID = "x"'),
    ("aim.checks", check(None), "Record"),
    ("aim.checks", check(bad(id="y")), "id is y"),
    ("aim.checks", check(bad(remedy="")), "no remedy"),
    ("aim.checks", check(bad(code="NOTES-1")), "what NOTES-1 is"),
    ("aim.vaults", vault(name=""), "no name"),
    ("aim.vaults", vault(has=lambda names: frozenset(names)), "has()"),
    ("aim.vaults", vault(store=None), "no store"),
    ("aim.vaults", vault(get=lambda names: dict.fromkeys(names, "x")), "get()"),
    ("aim.vaults", vault(get=lambda _names: None), "get()"),
    ("aim.reports", module(render=lambda _r: ""), "render does not take"),
    ("aim.reports", module(render=lambda _r, _l: "no end"), "ends its last line"),
    ("aim.reports", module(render=lambda _r, _l: "\x1b[1m\n"), "escapes"),
    ("aim.reports", module(render=lambda _r, _l: "größer\n"), "ASCII"),
    ("aim.reports", module(render=lambda _r, _l: f"{next(NUMBERS)}\n"), "same every time"),
]


@pytest.mark.parametrize(("group", "name"), OURS)
def test_our_own_members_keep_the_contract(group: str, name: str, tmp_path: Path) -> None:
    """Nothing is asked of a stranger that our own do not do."""
    own = catalog.load(group.replace("aim.", "aim_lib."), name)

    assert problems(group, name, own, tmp_path) == ()


@pytest.mark.parametrize(("group", "name", "file"), THEIRS)
def test_the_example_keeps_the_contract(group: str, name: str, file: str, example: None, tmp_path: Path) -> None:
    """The example that people copy from is without fault."""
    member = importlib.import_module(f"aim_plugin_example.{file}")

    assert problems(group, name, member, tmp_path) == ()


@pytest.mark.parametrize(("group", "member", "word"), BROKEN)
def test_a_broken_member_is_told_what_it_lacks(group: str, member: ModuleType, word: str, tmp_path: Path) -> None:
    """Each part of a contract can be broken, and is then named."""
    assert word in "\n".join(problems(group, "x", member, tmp_path))


def test_a_fine_member_has_no_problem(tmp_path: Path) -> None:
    """What the broken ones are made of is without fault itself."""
    assert problems("aim.resources", "x", resource(), tmp_path) == ()
    assert problems("aim.checks", "x", check(bad()), tmp_path) == ()
    assert problems("aim.vaults", "x", vault(), tmp_path) == ()
    assert problems("aim.reports", "x", module(render=lambda _r, _l: ""), tmp_path) == ()


def test_looking_may_not_change_the_disk(tmp_path: Path) -> None:
    """A member that makes a folder when it looks is caught."""

    def find() -> tuple[()]:
        (tmp_path / "home" / "made").mkdir(parents=True)
        return ()

    assert problems("aim.resources", "x", resource(find=find), tmp_path) == ("looking changed the disk: made",)


def test_a_report_may_use_all_of_a_result(tmp_path: Path) -> None:
    """The Result it is tried with has a record with words that are not ASCII."""
    seen: list[Result] = []

    def render(result: Result, look: Look) -> str:
        seen.append(result)
        return ""

    member = module(render=render)

    problems("aim.reports", "x", member, tmp_path)

    assert not seen[0].records[0].title.isascii()
