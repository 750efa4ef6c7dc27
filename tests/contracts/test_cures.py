"""The contract of `aim_lib/cures/`: plans what heals, undone as it was, nothing where all is well or not ours."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from aim_lib import catalog, curing
from aim_lib.apply import apply
from aim_lib.host import Host
from aim_lib.model import Record
from aim_lib.proc import own_pid
from tests.fakes import IS_ROOT, host
from tests.properties.things import doer

from .test_checks import CODE

CURES = catalog.own(curing.PACKAGE)
GONE = 2**22 + 1  # above every pid that Linux gives


def _open_vault(on: Host) -> None:
    secrets = on.folders.data / "secrets"
    secrets.mkdir(parents=True)
    for path, mode in ((secrets, 0o755), (on.folders.data, 0o777)):
        path.chmod(mode)
    (secrets / "vault.json").write_text("{}")
    (secrets / "vault.json").chmod(0o644)


def _dangling_links(on: Host) -> None:
    for folder in (on.folders.cache, on.home / ".local/bin"):
        folder.mkdir(parents=True)
        (folder / "gone").symlink_to(on.folders.data / "npm" / "gone")
    (on.home / ".local/bin" / "theirs").symlink_to("/nowhere/theirs")


def _card_of_a_killed_run(on: Host) -> None:
    _card(on, GONE)


def _card(on: Host, pid: object) -> None:
    on.folders.state.mkdir(parents=True)
    (on.folders.state / "machine.owner.json").write_text(json.dumps({"pid": pid, "command": "aim install"}))


# What is ill, cure by cure, and how many changes heal it.
ILL: dict[str, tuple[Callable[[Host], None], int]] = {
    "links": (_dangling_links, 2),
    "locks": (_card_of_a_killed_run, 1),
    "modes": (_open_vault, 3),
}


def cure(name: str) -> ModuleType:
    return catalog.load(curing.PACKAGE, name)


def state(root: Path) -> dict[str, object]:
    """Everything below `root`: modes, links and contents."""
    return {
        str(path): (
            path.lstat().st_mode,
            path.readlink() if path.is_symlink() else path.is_file() and path.read_text(),
        )
        for path in sorted(root.rglob("*"))
    }


@pytest.mark.parametrize("name", CURES)
def test_a_cure_names_codes(name: str) -> None:
    """A cure is found by the codes it heals, and its changes by their kind."""
    assert cure(name).HEALS
    assert all(CODE.fullmatch(code) for code in cure(name).HEALS)
    assert [each for each in CURES if cure(each).KIND == cure(name).KIND] == [name]


@pytest.mark.parametrize("name", CURES)
def test_a_healthy_machine_needs_nothing(name: str, tmp_path: Path) -> None:
    """Where nothing is, nothing is planned, and looking leaves nothing behind."""
    on = host(home=tmp_path / "home")

    assert cure(name).plan(on) == ()
    assert not on.home.exists()


@pytest.mark.parametrize("name", CURES)
def test_a_cure_heals(name: str, tmp_path: Path) -> None:
    """What it plans comes about as it says, and then there is nothing more to do."""
    on = host(home=tmp_path / "home")
    make_ill, count = ILL[name]
    make_ill(on)
    planned = cure(name).plan(on)

    records: tuple[Record, ...] = apply(
        planned, doer(tmp_path, resources={cure(name).KIND: curing.arranged(cure(name), on)}, ecosystems={})
    )

    assert [record.status for record in records] == ["changed"] * count
    assert cure(name).plan(on) == ()


@pytest.mark.parametrize("name", CURES)
def test_what_a_cure_does_can_be_undone(name: str, tmp_path: Path) -> None:
    """Do and undo are fixed when it is planned: afterwards all is as ill as before."""
    from aim_lib.steps import perform

    on = host(home=tmp_path / "home")
    ILL[name][0](on)
    before, by = state(on.home), doer(tmp_path, resources={}, ecosystems={})
    planned = cure(name).plan(on)

    for change in planned:
        for step in change.do:
            perform(step, by)
    for change in reversed(planned):
        for step in change.undo:
            perform(step, by)

    assert state(on.home) == before


# --- what only one cure does ----------------------------------------------------------------------------------------


def test_links_of_others_are_left_alone(tmp_path: Path) -> None:
    """A link in the user's folder of commands is ours only when it led into our folders."""
    on = host(home=tmp_path / "home")
    _dangling_links(on)

    assert not any("theirs" in change.name for change in cure("links").plan(on))


def test_private_files_are_closed_and_folders_only_against_change(tmp_path: Path) -> None:
    """The vault is for the user alone; a folder of ours may be looked into, as far as its own mode lets others."""
    on = host(home=tmp_path / "home")
    _open_vault(on)

    wanted = {Path(change.name).name: (change.have, change.want) for change in cure("modes").plan(on)}

    assert wanted == {"data": ("777", "775"), "secrets": ("755", "700"), "vault.json": ("644", "600")}


@pytest.mark.skipif(not IS_ROOT, reason="only root can make a file that belongs to another user")
def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    """What belongs to another user is not ours to change: that finding keeps its remedy."""
    on = host(home=tmp_path / "home")
    _open_vault(on)
    os.chown(on.folders.data / "secrets" / "vault.json", 65534, 65534)

    assert "vault.json" not in {Path(change.name).name for change in cure("modes").plan(on)}


@pytest.mark.parametrize("pid", [pytest.param(own_pid(), id="ours"), "x", None, -1.5])
def test_a_card_that_may_be_right_is_left_alone(pid: object, tmp_path: Path) -> None:
    """A lock that is held, or a card that nobody understands, is not touched."""
    on = host(home=tmp_path / "home")
    _card(on, pid)

    assert cure("locks").plan(on) == ()
