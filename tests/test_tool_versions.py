"""Versions: from what lies on disk, else from the program itself, which is asked once and only where that is safe."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from aim_lib.host import Host
from aim_lib.installs import Install, Tool
from aim_lib.launchers import Launcher, text_of
from aim_lib.proc import Runner
from aim_lib.tool_answers import VERSION, Asker, answers, is_safe_place, outside
from aim_lib.tool_versions import with_versions
from tests.fakes import ScriptedRunner, host, stub


def version_of(
    path: Path, manager: str = "unknown", name: str = "", *names: str, on: Host | None = None
) -> tuple[str, str]:
    """What the version of a tool's one install is, and where it is known from; nobody may be asked."""
    install = Install(paths=(str(path),), manager=manager, name=name, place=0)
    asker = Asker(on or host(), ScriptedRunner(), lambda _command, _path: False)
    (tool,) = with_versions([Tool(tool="tool", command=path.name, installs=(install,))], asker, {"tool": names})
    return tool.installs[0].version, tool.installs[0].source


# --- files ------------------------------------------------------------------------------------------------------


def test_a_node_program_has_that_of_its_package(tmp_path: Path) -> None:
    """Of the nearest package.json above, whatever folder its program lies in."""
    package = tmp_path / "lib" / "node_modules" / "@acme" / "tool"
    script = stub(package / "dist" / "bin", "cli.js")
    (package / "package.json").write_text(json.dumps({"name": "@acme/tool", "version": "3.2.1"}))
    (package / "dist" / "package.json").write_text('{"type": "module"}')
    (tmp_path / "tool").symlink_to(script)

    assert version_of(tmp_path / "tool") == ("3.2.1", "files")


def test_a_python_program_has_that_of_its_package(tmp_path: Path) -> None:
    """In the environment that it lies in, by any of the names its package may have."""
    (tmp_path / "lib" / "python3.12" / "site-packages" / "aider_chat-0.86.2.dist-info").mkdir(parents=True)
    (tmp_path / "pyvenv.cfg").write_text("version = 3.12.1\n")

    assert version_of(stub(tmp_path / "bin", "aider"), "environment", "/some/env", "aider-chat") == ("0.86.2", "files")


def test_a_debian_program_has_that_of_its_package(tmp_path: Path) -> None:
    """As dpkg has it."""
    database = tmp_path / "var" / "lib" / "dpkg"
    database.mkdir(parents=True)
    stanza = "Package: git\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2.39.5-0+deb12u3\n\n"
    (database / "status").write_text(stanza)

    assert version_of(stub(tmp_path, "git"), "apt", "git", on=host(home=tmp_path)) == ("1:2.39.5-0+deb12u3", "files")


@pytest.mark.parametrize("place", ["share/claude/versions/2.0.31", "versions/v2.0.31/claude"])
def test_a_native_program_has_the_one_it_is_named_after(place: str, tmp_path: Path) -> None:
    """Its file or the folder around it."""
    target = stub((tmp_path / place).parent, Path(place).name)
    (tmp_path / "claude").symlink_to(target)

    assert version_of(tmp_path / "claude") == ("2.0.31", "files")


def test_a_launcher_has_that_of_its_target(tmp_path: Path) -> None:
    """It has none of its own."""
    target = stub(tmp_path / "versions", "2.0.31")
    text = text_of(Launcher(command="claude", target=str(target)), "", is_windows=False)
    path = stub(tmp_path, "claude")
    path.write_text(text)

    assert version_of(path) == ("2.0.31", "files")


def test_what_nothing_tells_is_not_known(tmp_path: Path) -> None:
    """And nobody may be asked here."""
    assert version_of(stub(tmp_path, "tool")) == ("", "")


# --- answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("ruff 0.14.1", "0.14.1"),
        ("2.0.31 (Claude Code)", "2.0.31"),
        ("v20.20.2", "20.20.2"),
        ("jq-1.7.1", "1.7.1"),
        ("git version 2.40.1.windows.1", "2.40.1.windows.1"),
        ("black, 25.9.0 (compiled: yes)\nPython (CPython) 3.12.1", "25.9.0"),
        ("tool 1.0.0-beta.2+g12ab.", "1.0.0-beta.2+g12ab"),
        ("no version here, build 7", None),
    ],
)
def test_the_first_version_of_an_answer_counts(said: str, version: str | None) -> None:
    """However the program dresses it."""
    found = VERSION.search(said)

    assert (found[1].rstrip(".,;:") if found else None) == version


def asker(tmp_path: Path, **more: object) -> Asker:
    made = Asker(host(home=tmp_path, env={"PATH": "/usr/bin:/bin"}), Runner(), lambda _command, _path: True)
    return replace(made, **more)  # type: ignore[arg-type]


def counting(folder: Path, name: str = "tool", then: str = "echo tool 1.2.3") -> tuple[str, str]:
    """A program that notes each time it is started."""
    return name, str(stub(folder, name, f'echo x >> "{folder}/started"\n{then}'))


def times(folder: Path) -> int:
    return (folder / "started").read_text().count("x") if (folder / "started").exists() else 0


def test_a_program_is_asked_once(tmp_path: Path) -> None:
    """While its file is the same; when that changes, it is asked again."""
    program = counting(tmp_path / "bin")
    answers([program], asker(tmp_path))

    assert (answers([program], asker(tmp_path)), times(tmp_path / "bin")) == ({program: "1.2.3"}, 1)

    counting(tmp_path / "bin", then="echo tool 1.2.40")

    assert (answers([program], asker(tmp_path)), times(tmp_path / "bin")) == ({program: "1.2.40"}, 2)


def test_a_file_of_the_same_size_and_time_in_its_place_is_another(tmp_path: Path) -> None:
    """Its inode tells."""
    program = counting(tmp_path / "bin", then="echo tool 1.2.3")
    answers([program], asker(tmp_path))
    then = Path(program[1]).stat()
    other = Path(counting(tmp_path / "bin", "other", then="echo tool 1.2.4")[1])
    os.utime(other, ns=(then.st_atime_ns, then.st_mtime_ns))
    other.replace(program[1])

    assert answers([program], asker(tmp_path)) == {program: "1.2.4"}


@pytest.mark.parametrize("then", ["echo tool 1.2.3; exit 1", "echo no version", "kill -9 $$"])
def test_what_fails_or_says_none_is_not_kept(then: str, tmp_path: Path) -> None:
    """It may say one another time."""
    program = counting(tmp_path / "bin", then=then)

    assert answers([program], asker(tmp_path)) == {}
    assert not asker(tmp_path).file.exists()


def test_nothing_is_kept_where_nothing_may_be_written(tmp_path: Path) -> None:
    """A dry run asks all the same."""
    program = counting(tmp_path / "bin")

    assert answers([program], asker(tmp_path, keeps=False)) == {program: "1.2.3"}
    assert not asker(tmp_path).file.exists()


def test_who_may_not_be_asked_is_not_started(tmp_path: Path) -> None:
    """Nor is what was kept of it told."""
    program = counting(tmp_path / "bin")
    answers([program], asker(tmp_path))

    assert answers([program], asker(tmp_path, may_ask=lambda _command, _path: False)) == {}


def test_a_broken_file_of_answers_is_as_none(tmp_path: Path) -> None:
    """It is a convenience."""
    program = counting(tmp_path / "bin")
    asker(tmp_path).file.parent.mkdir(parents=True)
    asker(tmp_path).file.write_text("{no json")

    assert answers([program], asker(tmp_path)) == {program: "1.2.3"}


def test_programs_are_asked_in_the_home_without_updating_themselves(tmp_path: Path) -> None:
    """Not in the folder we are called in."""
    program = counting(tmp_path / "bin", then=f'echo "tool 1.2.3"; pwd > {tmp_path}/cwd; env > {tmp_path}/env')

    answers([program], asker(tmp_path))

    assert (tmp_path / "cwd").read_text().strip() == str(tmp_path)
    assert "DISABLE_AUTOUPDATER=1" in (tmp_path / "env").read_text()


# --- where it is safe -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_linked", [False, True])
def test_no_program_in_a_project_is_asked(is_linked: bool, tmp_path: Path) -> None:
    """Wherever in it, and by whatever link."""
    path = stub(tmp_path / "project" / ".venv" / "bin", "ruff")
    if is_linked:
        (tmp_path / "ruff").symlink_to(path)
        path = tmp_path / "ruff"

    assert not is_safe_place(str(path), host(home=tmp_path), [tmp_path / "project"])


def test_the_home_is_no_project_even_when_we_are_in_it(tmp_path: Path) -> None:
    """Else nothing below it could ever be asked."""
    path = stub(tmp_path / ".local" / "bin", "ruff")

    assert is_safe_place(str(path), host(home=tmp_path), [tmp_path])


@pytest.mark.parametrize("is_file", [True, False])
def test_what_everybody_may_write_is_not_asked(is_file: bool, tmp_path: Path) -> None:
    """A file, or the folder it could be put into; a sticky folder guards what is in it."""
    path = stub(tmp_path / "bin", "ruff")
    (path if is_file else path.parent).chmod(0o777)
    safe = is_safe_place(str(path), host(home=tmp_path), [])
    path.parent.chmod(0o1777)
    path.chmod(0o755)

    assert (safe, is_safe_place(str(path), host(home=tmp_path), [])) == (False, True)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file to somebody else"
)
def test_what_belongs_to_somebody_else_is_not_asked(tmp_path: Path) -> None:
    """Whoever may change it would have us run anything."""
    path = stub(tmp_path / "bin", "ruff")
    os.chown(path, 65534, 65534)

    assert not is_safe_place(str(path), host(home=tmp_path), [])


def test_programs_find_no_other_in_a_project(tmp_path: Path) -> None:
    """`#!/usr/bin/env node` looks along PATH: folders of projects and those without a whole path are not on it."""
    on = host(home=tmp_path / "home", env={"PATH": f"{tmp_path}/p/bin:.:node_modules/.bin:/usr/bin"})

    assert outside(on, [tmp_path / "p"]).env["PATH"] == "/usr/bin"
