"""Looking for commands: PATH as a shell reads it."""

from __future__ import annotations

from pathlib import Path

from aim_lib.copies import look_for, repeated, whose
from aim_lib.host import Host
from aim_lib.launchers import Launcher, text_of
from aim_lib.model import Present
from tests.fakes import host, stub


def machine(home: Path, *folders: Path, system: str = "linux", **env: str) -> Host:
    separator = ";" if system == "windows" else ":"
    return host(system, home=home, env={"PATH": separator.join(map(str, folders)), **env})


def found(on: Host, *commands: str, beside: tuple[Path, ...] = ()) -> list[tuple[str, int, str]]:
    return [(Path(each.path).name, each.place, each.note) for each in look_for(on, commands, beside)]


def test_copies_come_in_the_order_of_path(tmp_path: Path) -> None:
    """With the places of their folders."""
    for folder in ("b", "a"):
        stub(tmp_path / folder, "tool")

    copies = look_for(machine(tmp_path, tmp_path / "b", tmp_path / "none", tmp_path / "a"), ["tool"])

    assert [(each.path, each.place) for each in copies] == [(f"{tmp_path}/b/tool", 0), (f"{tmp_path}/a/tool", 2)]


def test_a_folder_under_two_names_is_read_once(tmp_path: Path) -> None:
    """Where /bin is /usr/bin, nothing is there twice."""
    stub(tmp_path / "usr", "tool")
    (tmp_path / "bin").symlink_to(tmp_path / "usr")

    assert len(look_for(machine(tmp_path, tmp_path / "bin", tmp_path / "usr"), ["tool"])) == 1


def test_only_what_a_shell_could_start_counts(tmp_path: Path) -> None:
    """No folder and no plain file; a link to nowhere is noted."""
    (tmp_path / "a" / "folder").mkdir(parents=True)
    (tmp_path / "a" / "text").write_text("no program")
    (tmp_path / "a" / "gone").symlink_to(tmp_path / "nowhere")
    stub(tmp_path / "a", "tool")

    assert found(machine(tmp_path, tmp_path / "a"), "folder", "text", "gone", "tool") == [
        ("gone", 0, "broken"),
        ("tool", 0, ""),
    ]


def test_folders_that_are_not_on_path_come_last(tmp_path: Path) -> None:
    """Marked as such; one that is on it is not read again."""
    stub(tmp_path / "a", "tool")
    stub(tmp_path / "ours", "tool")

    assert found(machine(tmp_path, tmp_path / "a"), "tool", beside=(tmp_path / "ours", tmp_path / "a")) == [
        ("tool", 0, ""),
        ("tool", -1, ""),
    ]


def test_windows_goes_by_the_endings_of_pathext(tmp_path: Path) -> None:
    """In their order, whatever the case of the name; a file without an ending is no program."""
    for name in ("Tool.CMD", "tool.exe", "tool", "tool.txt"):
        stub(tmp_path / "a", name)

    on = machine(tmp_path, tmp_path / "a", system="windows", PATHEXT=".EXE;.CMD")

    assert found(on, "tool") == [("tool.exe", 0, ""), ("Tool.CMD", 0, "")]


def test_an_app_execution_alias_is_noted(tmp_path: Path) -> None:
    """It is an empty file of Windows' own."""
    folder = tmp_path / "WindowsApps"
    folder.mkdir()
    (folder / "python.exe").touch()

    assert found(machine(tmp_path, folder, system="windows"), "python") == [("python.exe", 0, "alias")]


def test_a_virtual_environment_is_noticed(tmp_path: Path) -> None:
    """By its own mark, beside the folder of its commands."""
    stub(tmp_path / "env" / "bin", "tool")
    (tmp_path / "env" / "pyvenv.cfg").touch()

    (one,) = look_for(machine(tmp_path, tmp_path / "env" / "bin"), ["tool"])

    assert one.environment == str(tmp_path / "env")


def test_a_link_into_ours_is_ours_under_any_name_of_the_folder(tmp_path: Path) -> None:
    """Folders are compared without links."""
    program = stub(tmp_path / "real" / "tools" / "tool", "run")
    (tmp_path / "data").symlink_to(tmp_path / "real")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "tool").symlink_to(program)
    ours = Present(kind="thing", name="tool", where=str(tmp_path / "data/tools/tool"), commands=("tool",))

    copies = whose(machine(tmp_path, tmp_path / "bin"), ["tool"], [ours], {"thing": tmp_path / "bin"})

    assert [copy.id for copy in copies["tool"]] == ["thing:tool"]


def test_a_launcher_of_ours_is_its_target_under_another_name(tmp_path: Path) -> None:
    """Ahead of a tool it is no other copy: what it starts is looked at, and it is noted, also behind a link."""
    target = stub(tmp_path / "tools", "tool")
    text = text_of(Launcher(command="tool", target=str(target)), "", is_windows=False)
    (stub(tmp_path / "ours", "tool")).write_text(text)

    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "tool").symlink_to(tmp_path / "ours" / "tool")
    folders = [tmp_path / name for name in ("linked", "ours", "tools")]

    copies = look_for(machine(tmp_path, *folders), ["tool"])

    assert [(each.note, each.real) for each in copies] == [("launcher", str(target))] * 2 + [("", str(target))]


def test_commands_that_more_than_one_folder_has_are_found(tmp_path: Path) -> None:
    """A folder under two names has them once; on Windows a name counts without its ending."""
    for folder, name in (("a", "one"), ("b", "one"), ("a", "two"), ("a", "x.exe"), ("b", "X.cmd")):
        stub(tmp_path / folder, name)
    (tmp_path / "c").symlink_to(tmp_path / "a")
    folders = [tmp_path / name for name in ("a", "b", "c", "none")]

    assert repeated(machine(tmp_path, *folders)) == {"one"}
    assert repeated(machine(tmp_path, *folders, system="windows")) == {"one", "x"}
