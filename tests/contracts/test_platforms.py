"""The contract of `aim_lib/platforms/`: the same functions everywhere, steps and nothing done, undo that restores."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType

import pytest

from aim_lib import catalog, platforms
from aim_lib.errors import Unsupported
from aim_lib.host import Host
from aim_lib.model import SetVar, Write
from aim_lib.platforms import Job, Platform, Vars

from ..fakes import ScriptedRunner, host, stub
from ..properties.things import tree

PACKAGE = "aim_lib.platforms"
MEMBERS = catalog.own(PACKAGE)
WANTED = Vars(values=(("A", "b"),), first=("/x",), folder="", is_desktop=True)


def machine(system: str, home: Path) -> Host:
    """A machine of `system` that has what its schedulers need."""
    stub(home / "bin", "crontab", "echo 'no crontab for ada' >&2; exit 1")
    env = {"PATH": str(home / "bin"), "SHELL": "/bin/zsh"}
    return host(system, home, env, python="/usr/bin/python3")


def member(name: str) -> ModuleType:
    return catalog.load(PACKAGE, name)


def job(home: Path, kind: str = "timer") -> Job:
    return Job(name="health", about="AIM: a test", argv=("/opt/aim", "health"), folder=str(home), kind=kind)  # type: ignore[arg-type]


def functions(thing: object) -> dict[str, list[str]]:
    """Public functions and their parameters that have no default."""
    return {
        name: [key for key, each in inspect.signature(value).parameters.items() if each.default is each.empty]
        for name, value in vars(thing).items()
        if inspect.isfunction(value) and not name.startswith("_") and name in vars(Platform)
    }


def test_every_system_has_a_member() -> None:
    """And every member is a system that a Host can be."""
    assert tuple(sorted(platforms.SYSTEMS)) == MEMBERS


@pytest.mark.parametrize("name", MEMBERS)
def test_every_member_has_what_the_protocol_names(name: str) -> None:
    """The same functions with the same parameters."""
    asked = {key: [word for word in words if word != "self"] for key, words in functions(Platform).items()}

    assert functions(member(name)) == asked
    assert name == member(name).SYSTEM
    assert member(name).SCHEDULERS


@pytest.mark.parametrize("kind", ["timer", "service"])
@pytest.mark.parametrize("name", MEMBERS)
def test_planning_a_job_does_nothing(name: str, kind: str, tmp_path: Path) -> None:
    """Every scheduler of every system: steps both ways, and no file is touched."""
    on, runner = machine(name, tmp_path), ScriptedRunner()
    before = tree(tmp_path)

    made = [member(name).place_job(job(tmp_path, kind), each, on, runner) for each in member(name).SCHEDULERS]

    assert all(placing.have == "" and placing.want and placing.do and placing.undo for placing in made)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", MEMBERS)
def test_a_job_is_planned_the_same_every_time(name: str, tmp_path: Path) -> None:
    """No moment, no random name: else a second run would have something to do."""
    on, runner = machine(name, tmp_path), ScriptedRunner()
    first, again = (
        [member(name).place_job(job(tmp_path), each, on, runner) for each in member(name).SCHEDULERS] for _ in "12"
    )

    assert first == again


@pytest.mark.parametrize("kind", ["timer", "service"])
@pytest.mark.parametrize("name", MEMBERS)
def test_who_takes_a_job_away_from_another_folder_is_told(name: str, kind: str, tmp_path: Path) -> None:
    """There is one job of each name: placed from another project it runs no more where it did."""
    on, runner = machine(name, tmp_path), ScriptedRunner()
    before = job(tmp_path / "it's 50% <ü> & $HOME", kind)
    for scheduler in member(name).SCHEDULERS:
        for step in member(name).place_job(before, scheduler, on, runner).do:
            if isinstance(step, Write):
                Path(step.path).parent.mkdir(parents=True, exist_ok=True)
                Path(step.path).write_text(step.text, encoding="utf-8")
        again, moved = (
            member(name).place_job(each, scheduler, on, runner).note for each in (before, job(tmp_path / "new", kind))
        )

        assert "until now" not in again
        assert f"until now it ran in {before.folder}, and no more" in moved


@pytest.mark.parametrize("name", [name for name in MEMBERS if name != "windows"])
def test_planning_an_environment_does_nothing(name: str, tmp_path: Path) -> None:
    """No start file is written, and none is made."""
    on = machine(name, tmp_path)
    before = tree(tmp_path)

    made = member(name).place_variables(WANTED, on, on.folders.config)

    assert any(placing.do for placing in made)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", [name for name in MEMBERS if name != "windows"])
def test_a_variable_alone_is_refused_where_there_is_no_register(name: str, tmp_path: Path) -> None:
    """With code 6 and what to do instead."""
    with pytest.raises(Unsupported) as caught:
        platforms.set_variable(SetVar(name="A", value="b"), machine(name, tmp_path))

    assert caught.value.remedy == "aim env apply"


def test_the_registry_is_only_on_windows() -> None:
    """Elsewhere asking for it is an error of its own, not a missing module."""
    with pytest.raises(Unsupported, match="no registry"):
        platforms.set_variable(SetVar(name="A", value="b"), host("windows"))
