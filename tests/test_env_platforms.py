"""The environment is put in place on each system, and taken back without a trace."""

from __future__ import annotations

import os
import plistlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aim_lib import placed, platforms
from aim_lib.apply import apply
from aim_lib.arranged import Arranged
from aim_lib.errors import NotPermitted
from aim_lib.host import Host
from aim_lib.model import Delete, SetVar, Write
from aim_lib.platforms import ENV, Placing, Vars, linux, macos, windows
from aim_lib.platforms._registry import Entry

from .fakes import host
from .properties.things import SYSTEM_PATH, doer, tree

WANTED = Vars(values=(("A", "b c"),), first=("/x", "/y"), folder="")
OTHER = Vars(values=(("A", "other"),), first=("/y",), folder="")


def machine(home: Path, shell: str = "/bin/bash", **env: str) -> Host:
    told = {"SHELL": shell, "PATH": SYSTEM_PATH, "HOME": str(home), **env}
    return host(home=home, env={name: value for name, value in told.items() if value}, python=sys.executable)


def put(on: Host, wanted: Vars | None) -> None:
    folder = on.folders.config
    kind = Arranged(ENV, lambda: linux.variables(on, folder))
    apply(
        placed.changes(linux.place_variables(wanted, on, folder), "test"),
        doer(on.home, host=on, resources={ENV: kind}, ecosystems={}),
    )


def files(home: Path) -> dict[str, tuple[int, bytes]]:
    """Every file but our records."""
    return {
        name: value
        for name, value in tree(home).items()
        if not name.startswith(("logs", "state")) and not (home / name).is_dir()
    }


def test_every_start_file_that_is_there_is_written_and_given_back(tmp_path: Path) -> None:
    """Also after another environment was applied in between."""
    for name in (".bashrc", ".profile", ".zshrc", ".zprofile", ".bash_profile"):
        (tmp_path / name).write_bytes(b"export X=1\r\n# \xff no end")
    (tmp_path / ".config" / "fish").mkdir(parents=True)
    (tmp_path / ".config" / "fish" / "config.fish").write_bytes(b"set -g x 1\n")
    before, on = files(tmp_path), machine(tmp_path)

    put(on, WANTED)
    changed = [name for name, value in files(tmp_path).items() if before.get(name) != value]
    put(on, OTHER)
    put(on, None)

    assert len(changed) == 8  # six start files, env.sh, env.fish
    assert files(tmp_path) == before


def test_what_is_set_no_more_is_told(tmp_path: Path) -> None:
    """The file is replaced as a whole: what another project had put there goes."""
    on = machine(tmp_path)
    put(on, Vars(values=(("A", "b c"), ("B", "1\nexport C=2"), ("D", "")), first=("/x",), folder=""))
    notes = [
        [placing.note for placing in linux.place_variables(wanted, on, on.folders.config) if placing.note]
        for wanted in (OTHER, Vars(values=(("A", ""), ("B", ""), ("D", "")), first=(), folder=""))
    ]

    assert notes == [["no longer set, as nothing here asks for them: B, D"], []]


@pytest.mark.parametrize(
    ("shell", "there", "made"),
    [
        ("/bin/bash", (), (".bashrc", ".profile")),
        ("/bin/bash", (".bash_profile",), (".bashrc",)),
        ("/bin/zsh", (".bashrc",), (".zshrc",)),
        ("/usr/bin/fish", (), (".config/fish/config.fish",)),
        ("/bin/dash", (), (".profile",)),
        ("/usr/bin/pwsh", (), ()),
        ("", (".bashrc",), ()),
        ("", (), (".profile",)),
    ],
)
def test_only_what_the_login_shell_needs_is_made(
    shell: str, there: tuple[str, ...], made: tuple[str, ...], tmp_path: Path
) -> None:
    """A user of another shell gets no file of it."""
    for name in there:
        (tmp_path / name).touch()

    put(machine(tmp_path, shell), WANTED)

    new = set(files(tmp_path)) - set(there) - {"aim/config/env.sh", "aim/config/env.fish"}
    assert new == set(made)


def test_a_start_file_is_written_through_a_link(tmp_path: Path) -> None:
    """And the link is there still."""
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "dotfiles" / "bashrc").write_bytes(b"x\n")
    (tmp_path / ".bashrc").symlink_to("dotfiles/bashrc")

    put(machine(tmp_path), WANTED)

    assert (tmp_path / ".bashrc").readlink() == Path("dotfiles/bashrc")
    assert b"env.sh" in (tmp_path / "dotfiles" / "bashrc").read_bytes()


def test_a_read_only_start_file_is_refused(tmp_path: Path) -> None:
    """Before anything is done, with what to type."""
    (tmp_path / ".bashrc").touch()
    (tmp_path / ".bashrc").chmod(0o444)

    with pytest.raises(NotPermitted, match="is read-only") as caught:
        put(machine(tmp_path), WANTED)

    assert caught.value.remedy.startswith(f"chmod u+w {tmp_path / '.bashrc'}")
    assert not (tmp_path / ".profile").exists()


def test_the_second_time_there_is_nothing_to_do(tmp_path: Path) -> None:
    """Everything is in its place."""
    on = machine(tmp_path)
    put(on, WANTED)

    placings = linux.place_variables(WANTED, on, on.folders.config)

    assert all(placing.is_done for placing in placings)


def test_zsh_is_told_in_its_own_folder(tmp_path: Path) -> None:
    """ZDOTDIR says where its start files are."""
    put(machine(tmp_path, "/bin/zsh", ZDOTDIR=str(tmp_path / "zsh")), WANTED)

    assert (tmp_path / "zsh" / ".zshrc").exists()


def test_programs_of_the_desktop_are_told_only_when_asked(tmp_path: Path) -> None:
    """A file for systemd, which goes again when it is no longer asked for."""
    on, conf = machine(tmp_path), tmp_path / ".config" / "environment.d" / "60-aim.conf"

    put(on, Vars(values=WANTED.values, first=WANTED.first, folder="", is_desktop=True))
    was_there = conf.exists()
    put(on, WANTED)

    assert was_there
    assert not conf.exists()


def test_launchd_is_told_only_when_asked(tmp_path: Path) -> None:
    """An agent that sets the variables when the session begins, with every word quoted."""
    on = host("macos", tmp_path, {"SHELL": "/bin/zsh"})
    wanted = Vars(values=(("A", "it's $x"),), first=("/x",), folder="", is_desktop=True)

    agent = macos.agent(wanted)
    without = macos.place_variables(WANTED, on, on.folders.config)[-1]

    assert plistlib.loads(plistlib.dumps(agent))["RunAtLoad"] is True
    assert "/bin/launchctl setenv A 'it'\"'\"'s $x'\n" in str(agent["ProgramArguments"][2])  # type: ignore[index]
    assert without.is_done


# --- Windows --------------------------------------------------------------------------------------------------------


@dataclass
class Values:
    """A registry in memory."""

    entries: dict[str, Entry] = field(default_factory=dict)

    def read(self) -> Mapping[str, Entry]:
        return dict(self.entries)

    def write(self, name: str, entry: Entry | None) -> None:
        self.entries.pop(name, None)
        if entry is not None:
            self.entries[name] = entry


def on_windows(wanted: Vars | None, home: Path, registry: Values) -> tuple[Placing, ...]:
    return windows.place_variables(wanted, host("windows", home), home, registry)


def do(placings: tuple[Placing, ...], registry: Values, *, undo: bool = False) -> None:
    """The steps as `steps.perform` does them, with the registry in memory."""
    for placing in placings:
        for step in placing.undo if undo else placing.do:
            if isinstance(step, SetVar):
                windows.set_variable(step, registry)
            elif isinstance(step, Write):
                Path(step.path).write_text(step.text, encoding="utf-8")
            elif isinstance(step, Delete):
                Path(step.path).unlink(missing_ok=True)


START = {
    "Path": Entry(r"%USERPROFILE%\bin;C:\X\;C:\Other;", True),
    "A": Entry("%LITERAL%", False),
    "TEMP": Entry(r"%USERPROFILE%\Temp", True),
}
ON_WINDOWS = Vars(values=(("A", "new"), ("B", "%TEMP%\\b"), ("Temp", "plain")), first=("C:\\x", "C:\\y"), folder="")


def test_values_on_windows_keep_their_type(tmp_path: Path) -> None:
    """References stay references; ours are expandable only where they refer; the other entries of PATH stay."""
    registry = Values(dict(START))

    do(on_windows(ON_WINDOWS, tmp_path, registry), registry)

    assert registry.entries == {
        "Path": Entry(r"C:\x;C:\y;%USERPROFILE%\bin;C:\Other;", True),
        "A": Entry("new", False),
        "B": Entry("%TEMP%\\b", True),
        "TEMP": Entry("plain", True),
    }


def test_on_windows_everything_is_given_back(tmp_path: Path) -> None:
    """Also after another environment was applied in between."""
    registry = Values(dict(START))
    do(on_windows(ON_WINDOWS, tmp_path, registry), registry)
    do(on_windows(Vars(values=(("B", "c"),), first=("C:\\y",), folder=""), tmp_path, registry), registry)

    do(on_windows(None, tmp_path, registry), registry)

    assert registry.entries == START
    assert list(tmp_path.iterdir()) == []


def test_on_windows_the_undo_of_a_run_restores(tmp_path: Path) -> None:
    """A run that fails leaves every value and its type."""
    registry = Values(dict(START))
    made = on_windows(ON_WINDOWS, tmp_path, registry)

    do(made, registry)
    do(made, registry, undo=True)

    assert registry.entries == START


def test_on_windows_a_second_time_nothing_is_to_do(tmp_path: Path) -> None:
    """And each is seen as it is wanted."""
    registry = Values(dict(START))
    do(on_windows(ON_WINDOWS, tmp_path, registry), registry)

    again = on_windows(ON_WINDOWS, tmp_path, registry)

    assert all(placing.is_done for placing in again)
    assert {item.name: item.version for item in windows.variables(host("windows"), tmp_path, registry)} == {
        placing.name: placing.want for placing in again
    }


def test_on_windows_folders_that_others_added_since_stay(tmp_path: Path) -> None:
    """Only what we put on PATH goes; what was there before us stays, though we had moved it."""
    registry = Values(dict(START))
    do(on_windows(ON_WINDOWS, tmp_path, registry), registry)
    registry.entries["Path"] = Entry("C:\\New;" + registry.entries["Path"].value, True)

    do(on_windows(None, tmp_path, registry), registry)

    assert registry.entries["Path"] == Entry(r"C:\New;C:\x;%USERPROFILE%\bin;C:\Other;", True)


@pytest.mark.skipif(os.name != "nt", reason="the registry of Windows")
def test_the_real_registry_keeps_a_value(tmp_path: Path) -> None:
    """Written, read back with its type, and removed."""
    name, on = "AIM_TEST_OF_THE_REGISTRY", host("windows", tmp_path)
    platforms.set_variable(SetVar(name=name, value="%TEMP%\\x", is_expandable=True), on)
    found = [item.name for item in windows.variables(on, tmp_path)]
    platforms.set_variable(SetVar(name=name, value=""), on)

    assert name in found
    assert name not in [item.name for item in windows.variables(on, tmp_path)]
