"""What other projects declare is known, as far as they were brought about here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aim_lib.errors import BadConfig
from aim_lib.host import Host
from aim_lib.journal import PROJECTS, Journal
from aim_lib.neighbours import declared_by
from tests.fakes import host


@pytest.fixture
def machine(tmp_path: Path) -> Host:
    """A user who has a tool everywhere, at work in a project."""
    (tmp_path / "here").mkdir()
    made = replace(host("linux", tmp_path), cwd=tmp_path / "here")
    put(made.folders.config, '[tools.pipx]\nmypy = "*"\n')
    return made


def put(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "aim.toml").write_text(text, encoding="utf-8")
    return folder / "aim.toml"


def test_only_what_a_file_itself_declares_counts(tmp_path: Path, machine: Host) -> None:
    """Not what is the user's anyway, nor the built-in list; files that are gone say nothing."""
    first = put(tmp_path / "a", '[tools.pipx]\nruff = "0.14.1"\n[tools.npm]\n"@scope/x" = "*"\n')
    second = put(tmp_path / "b", '[tools.pipx]\nruff = "*"\n')
    gone = tmp_path / "gone" / "aim.toml"

    assert declared_by((gone, first, second), machine) == {"npm:@scope/x": str(first), "pipx:ruff": str(first)}


def test_members_of_a_group_are_needed(tmp_path: Path, machine: Host) -> None:
    """One of them is enough, but which of them is not for another project to say."""
    file = put(tmp_path / "a", '[first_of.formatter]\npipx = ["black"]\nuv = ["ruff"]\n')

    assert set(declared_by((file,), machine)) == {"pipx:black", "uv:ruff"}


@pytest.mark.parametrize("text", ["[tools", "[tools.pipx]\nruff = 1\n"])
def test_what_is_not_known_is_no_reason_to_remove(tmp_path: Path, machine: Host, text: str) -> None:
    """A file with mistakes is told by its name."""
    file = put(tmp_path / "a", text)

    with pytest.raises(BadConfig, match="nobody knows what is needed no more") as told:
        declared_by((file,), machine)
    assert str(file) in "\n".join(told.value.details)


def test_projects_are_remembered_until_they_are_gone(tmp_path: Path) -> None:
    """Each once; one more makes those that are gone forgotten."""
    journal = Journal(tmp_path / "state")
    first, second, third = (put(tmp_path / name, "") for name in "abc")
    journal.remember_project(first)
    journal.remember_project(second)
    before = (tmp_path / "state" / PROJECTS).stat().st_mtime_ns
    journal.remember_project(first)
    after = (tmp_path / "state" / PROJECTS).stat().st_mtime_ns
    first.unlink()
    listed = journal.projects()
    journal.remember_project(third)

    assert before == after
    assert listed == (first, second)
    assert journal.projects() == (second, third)


@pytest.mark.parametrize("text", ["", "{", '{"a": 1}', "[1]"])
def test_a_damaged_list_is_none(tmp_path: Path, text: str) -> None:
    """The next project that is remembered begins it anew."""
    (tmp_path / PROJECTS).write_text(text, encoding="utf-8")
    journal = Journal(tmp_path)

    assert journal.projects() == ()
    journal.remember_project(put(tmp_path / "a", ""))
    assert journal.projects() == (tmp_path / "a" / "aim.toml",)
