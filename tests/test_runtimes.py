"""Which Python or Node a tool runs on."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib.model import Present, Wanted
from aim_lib.runtimes import node_version, python_version
from tests.fakes import ScriptedRunner, host, stub


def python_for(home: Path, asked: str, made_with: str = "") -> str:
    present = Present(kind="pipx", name="x", python=made_with) if made_with else None
    return python_version(host(home=home), Wanted(kind="pipx", name="x", python=asked), present, "3.11.7")


@pytest.mark.parametrize(("asked", "version"), [("", "3.12.4"), ("<3.13", "3.12.4"), ("3.13", "3.13")])
def test_an_environment_keeps_its_python_while_it_fits(asked: str, version: str, tmp_path: Path) -> None:
    """One that does not is made anew with one that does."""
    assert python_for(tmp_path, asked, made_with="3.12.4") == version


@pytest.mark.parametrize(
    ("asked", "version"),
    [("", "3.11.7"), (">=3.10", "3.11.7"), ("3.12", "3.12.1"), ("<3.9", "3.8"), ("/usr/bin/python3", "")],
)
def test_a_new_environment_gets_what_is_asked_for(asked: str, version: str, tmp_path: Path) -> None:
    """By ours when it fits, else by one that is there, else by the one to get; a path does not tell."""
    stub(tmp_path / ".pyenv" / "versions" / "3.12.1" / "bin", "python3")

    assert python_for(tmp_path, asked) == version


def test_node_is_asked_once(tmp_path: Path) -> None:
    """Its answer is kept while its program is the same."""
    node = stub(tmp_path / "bin", "node")
    on = host("linux", tmp_path, {"PATH": str(node.parent)})
    runner = ScriptedRunner(answer=lambda _argv: (0, "v20.20.2\n", ""))

    first, second = (node_version(on, runner, "24.0.0") for _ in range(2))
    asked = len(runner.asked)
    stub(tmp_path / "bin", "node", "echo another")
    third = node_version(on, ScriptedRunner(answer=lambda _argv: (0, "v22.1.0\n", "")), "24.0.0")

    assert (first, second, asked, third) == ("20.20.2", "20.20.2", 1, "22.1.0")


def test_without_node_ours_counts(tmp_path: Path) -> None:
    """The one we would provide."""
    assert node_version(host("linux", tmp_path), ScriptedRunner(), "24.0.0") == "24.0.0"


def test_a_node_that_will_not_say_is_unknown(tmp_path: Path) -> None:
    """It fails, or says something else; that is not kept."""
    node = stub(tmp_path / "bin", "node")
    on = host("linux", tmp_path, {"PATH": str(node.parent)})

    fails = ScriptedRunner(answer=lambda _argv: (1, "v1.2.3", ""))
    babbles = ScriptedRunner(answer=lambda _argv: (0, "node?", ""))

    assert [node_version(on, runner, "24.0.0") for runner in (fails, babbles)] == ["", ""]
    assert not on.folders.cache.exists()
