"""The machine as we see it, of any system."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib.host import FOLDER_VARIABLES, current
from tests.fakes import host, stub


def test_a_host_does_not_show_its_environment() -> None:
    """It has secrets: a traceback or a log line with a Host in it must not."""
    assert "sk-never-shown" not in repr(host("linux", env={"TOKEN": "sk-never-shown"}))


def test_the_first_on_path_is_the_one_a_shell_runs(tmp_path: Path) -> None:
    """All of them, in PATH order, each folder once."""
    first, second = stub(tmp_path / "a", "tool"), stub(tmp_path / "b", "tool")
    on = host(env={"PATH": f"{tmp_path / 'a'}::{tmp_path / 'b'}:{tmp_path / 'a'}"})

    assert on.which("tool") == first
    assert on.which_all("tool") == (first, second)


def test_what_cannot_be_executed_is_not_found(tmp_path: Path) -> None:
    """A plain file and a folder of that name are passed over."""
    stub(tmp_path / "a", "tool").chmod(0o644)
    (tmp_path / "b" / "tool").mkdir(parents=True)
    on = host(env={"PATH": f"{tmp_path / 'a'}:{tmp_path / 'b'}"})

    assert on.which("tool") is None


@pytest.mark.parametrize(("asked", "found"), [("npm", "npm.cmd"), ("node", "node.exe"), ("npm.cmd", "npm.cmd")])
def test_windows_knows_commands_by_their_endings(tmp_path: Path, asked: str, found: str) -> None:
    """PATHEXT decides, and PATH is parted by semicolons."""
    for name in ("npm.cmd", "node.exe", "npm"):
        stub(tmp_path / "bin", name)
    on = host("windows", env={"PATH": f"{tmp_path / 'x'};{tmp_path / 'bin'}", "PATHEXT": ".EXE;.CMD"})

    assert on.which(asked) == tmp_path / "bin" / found


@pytest.mark.parametrize(("value", "is_ci"), [("", False), ("0", False), ("False", False), ("1", True), ("true", True)])
def test_ci_is_what_the_variable_says(value: str, is_ci: bool) -> None:
    """`CI=false` is not CI."""
    assert host(env={"CI": value}).in_ci is is_ci


def test_folders_can_be_put_first_on_path() -> None:
    """A new host; the old one is as it was."""
    on = host(env={"PATH": "/usr/bin", "A": "b"})

    ahead = on.with_path_first(Path("/x"), Path("/y"))

    assert ahead.get("PATH") == "/x:/y:/usr/bin"
    assert ahead.get("A") == "b"
    assert on.get("PATH") == "/usr/bin"
    assert on.get("ABSENT") == ""


@pytest.mark.parametrize(("folder", "variable"), FOLDER_VARIABLES.items())
def test_each_folder_can_be_moved(folder: str, variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One variable for each, `~` allowed; the others stay in the home of this user."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(variable, "~/elsewhere")

    folders = current().folders

    assert getattr(folders, folder) == tmp_path / "elsewhere"
    others = [getattr(folders, name) for name in FOLDER_VARIABLES if name != folder]
    assert all(path.is_relative_to(tmp_path) and path.name != "elsewhere" for path in others)


def test_the_current_machine_is_a_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment becomes later does not show."""
    monkeypatch.setenv("AIM_SOMETHING", "before")
    on = current()

    monkeypatch.setenv("AIM_SOMETHING", "after")

    assert on.get("AIM_SOMETHING") == "before"
    assert on.system in ("linux", "macos", "windows")
