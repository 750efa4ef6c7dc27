"""Which file a word means: PATH, PATHEXT, and never the current folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from aim_lib.errors import MissingProgram
from aim_lib.host import current
from aim_lib.proc import Runner
from aim_lib.programs import resolve

from ..fakes import host


def batch(folder: Path, name: str, says: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"@echo {says}\n", encoding="ascii", newline="\r\n")
    return path


def environment(*folders: Path, pathext: str = ".COM;.EXE;.BAT;.CMD") -> dict[str, str]:
    """The real variables with another PATH: without SystemRoot nothing starts."""
    own: Mapping[str, str] = os.environ  # noqa: TID251 - the real one
    return {**own, "PATH": os.pathsep.join(map(str, folders)), "PATHEXT": pathext}


def test_the_first_folder_of_path_wins(tmp_path: Path) -> None:
    """As in a shell."""
    first, second = batch(tmp_path / "1", "tool.cmd", "1"), batch(tmp_path / "2", "tool.exe", "2")
    env = environment(first.parent, second.parent)

    assert host("windows", tmp_path, env).which("tool") == first
    assert Path(resolve("tool", env)) == first


@pytest.mark.parametrize(("pathext", "name"), [(".BAT;.CMD", "tool.bat"), (".cmd;.bat", "tool.cmd")])
def test_within_a_folder_pathext_says_which(pathext: str, name: str, tmp_path: Path) -> None:
    """In its own order, in whichever case it is written."""
    batch(tmp_path, "tool.bat", "bat")
    batch(tmp_path, "tool.cmd", "cmd")
    env = environment(tmp_path, pathext=pathext)

    assert host("windows", tmp_path, env).which("tool") == tmp_path / name
    assert Path(resolve("tool", env)).name.lower() == name


def test_a_file_without_an_ending_is_no_program(tmp_path: Path) -> None:
    """npm puts one beside its .cmd, for other shells."""
    (tmp_path / "tool").write_text("#!/bin/sh\n", encoding="utf-8")
    wrapper = batch(tmp_path, "tool.cmd", "hi")
    env = environment(tmp_path)

    assert host("windows", tmp_path, env).which_all("tool") == (wrapper,)
    assert Path(resolve("tool", env)) == wrapper


def test_names_are_found_in_any_case(tmp_path: Path) -> None:
    """TOOL is tool."""
    batch(tmp_path, "tool.cmd", "hi")
    env = environment(tmp_path)

    assert host("windows", tmp_path, env).which("TOOL") is not None
    assert resolve("Tool.CMD", env).lower().endswith("tool.cmd")


def test_a_program_of_the_current_folder_is_never_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows' own search begins there, and a checkout may be anyone's."""
    batch(tmp_path, "git.cmd", "planted")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(MissingProgram, match="git is not on PATH"):
        Runner().run(("git",), env=environment(tmp_path / "elsewhere"), timeout_s=60)


def test_an_empty_entry_of_path_is_not_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PATH often ends with a `;`."""
    batch(tmp_path, "git.cmd", "planted")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(MissingProgram):
        resolve("git", {"PATH": ";;", "PATHEXT": ".CMD"})


def test_a_path_may_leave_out_the_ending(tmp_path: Path) -> None:
    """As a shell takes `folder\\tool`."""
    wrapper = batch(tmp_path / "a b", "tool.cmd", "hi")

    assert Path(resolve(str(tmp_path / "a b" / "tool"), environment())) == wrapper


def test_a_path_from_the_folder_it_runs_in(tmp_path: Path) -> None:
    """`.\\tool.cmd` is that of the folder, not ours."""
    batch(tmp_path, "tool.cmd", "hi")

    done = Runner().run((".\\tool.cmd",), env=environment(), timeout_s=60, cwd=tmp_path)

    assert done.stdout.strip() == "hi"


def test_the_real_machine_is_read() -> None:
    """Folders of PATH, names of variables in any case, and cmd where Windows keeps it."""
    here = current()

    assert here.is_windows
    assert Path(sys.executable).is_file()
    assert here.get("SYSTEMROOT")
