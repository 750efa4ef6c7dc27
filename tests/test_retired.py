"""What a killed installer had set aside comes back by renaming, when it is whole, and only then."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aim_lib import files
from aim_lib.apply import apply
from aim_lib.errors import CommandFailed
from aim_lib.model import Change, Lane, Link, Move, Present, Run, Step, Wanted
from aim_lib.resources import Options, npm, pipx
from aim_lib.resources._retired import is_whole
from aim_lib.resources.npm import retired_folder
from tests.fakes import host, stub
from tests.properties.things import Things, Watch, doer, programs

LONG_AGO = (1_000_000_000, 1_000_000_000)
LATER = (4_000_000_000, 4_000_000_000)


def aged(folder: Path) -> Path:
    """Let every folder in it have been made long before it was moved."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            os.utime(path, LONG_AGO)
    return folder


def perform(steps: tuple[Step, ...]) -> None:
    for step in steps:
        match step:
            case Move(source=source, path=path):
                files.move(Path(source), Path(path))
            case Link(path=path, target=target):
                files.make_link(Path(path), target)
            case _:
                raise AssertionError(f"{step} needs more than a rename")


# --- whole or not ---------------------------------------------------------------------------------------------------


def test_what_was_moved_and_let_alone_is_whole(tmp_path: Path) -> None:
    """No folder in it has changed since it came to where it is."""
    (tmp_path / "aside" / "lib" / "deep").mkdir(parents=True)

    assert is_whole(aged(tmp_path / "aside"))


@pytest.mark.parametrize("inner", [".", "lib", "lib/deep"])
def test_what_somebody_began_to_delete_is_not(tmp_path: Path, inner: str) -> None:
    """A deletion at any depth shows in the time of the folder that it happened in."""
    folder = tmp_path / "aside"
    (folder / "lib" / "deep").mkdir(parents=True)
    aged(folder)

    os.utime(folder / inner, LATER)

    assert not is_whole(folder)


def test_what_is_not_there_is_not_whole(tmp_path: Path) -> None:
    """Neither is a file."""
    (tmp_path / "file").touch()

    assert not is_whole(tmp_path / "nowhere")
    assert not is_whole(tmp_path / "file")


# --- npm ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """An npm prefix that has cowsay 1.0.0."""
    folder = tmp_path / "aim" / "data" / "npm"
    package = folder / "lib" / "node_modules" / "cowsay"
    stub(package / "bin", "cli.js")
    (package / "package.json").write_text(
        json.dumps({"name": "cowsay", "version": "1.0.0", "bin": {"cowsay": "bin/cli.js"}}), encoding="utf-8"
    )
    (folder / "bin").mkdir()
    (folder / "bin" / "cowsay").symlink_to("../lib/node_modules/cowsay/bin/cli.js")
    stub(tmp_path / "programs", "npm")
    stub(tmp_path / "programs", "node")
    return folder


def opened(tmp_path: Path) -> npm.Npm:
    return npm.open(host(home=tmp_path, env={"PATH": str(tmp_path / "programs")}), Options())


def cowsay(tmp_path: Path) -> Present:
    (found,) = opened(tmp_path).find()
    return found


def retire(prefix: Path, *, link_too: bool) -> Path:
    """What npm does before it unpacks another version."""
    package, link = prefix / "lib" / "node_modules" / "cowsay", prefix / "bin" / "cowsay"
    aside = retired_folder(package)
    package.rename(aside)
    link.rename(retired_folder(link)) if link_too else link.unlink()
    return aged(aside)


@pytest.mark.parametrize("link_too", [True, False])
@pytest.mark.parametrize("half_new", [True, False])
def test_a_retired_package_comes_back(prefix: Path, tmp_path: Path, link_too: bool, half_new: bool) -> None:
    """By renames alone, also over a half unpacked new version; its command works as before and nothing else is left."""
    before = cowsay(tmp_path)
    retire(prefix, link_too=link_too)
    if half_new:
        (prefix / "lib" / "node_modules" / "cowsay" / "bin").mkdir(parents=True)

    perform(opened(tmp_path).salvage(before))

    assert cowsay(tmp_path) == before
    assert [path.name for path in (prefix / "bin").iterdir()] == ["cowsay"]
    assert [path.name for path in (prefix / "lib" / "node_modules").iterdir()] == ["cowsay"]


def test_a_package_that_is_half_deleted_does_not(prefix: Path, tmp_path: Path) -> None:
    """npm was killed while it cleaned up: what is left of the old version is of no use."""
    before = cowsay(tmp_path)
    os.utime(retire(prefix, link_too=True) / "bin", LATER)

    assert opened(tmp_path).salvage(before) == ()


def test_what_was_set_aside_is_what_there_is(prefix: Path, tmp_path: Path) -> None:
    """The next run sees the old version, interrupted, and puts it back first: so a failure loses nothing."""
    aside = retire(prefix, link_too=True)

    found = cowsay(tmp_path)

    assert (found.version, found.flaw) == ("1.0.0", "an earlier change of it was interrupted")
    first, second, install = opened(tmp_path).change(Wanted(kind="npm", name="cowsay"), found, "1.6.0").do
    assert first == Move(source=str(aside), path=str(prefix / "lib" / "node_modules" / "cowsay"))
    assert isinstance(second, Move)
    assert isinstance(install, Run)
    assert install.argv[-1] == "cowsay@1.6.0"


def test_windows_leaves_it_to_npm(tmp_path: Path) -> None:
    """Its commands are files that npm writes."""
    resource = npm.open(host("windows", tmp_path), Options())

    assert resource.salvage(Present(kind="npm", name="cowsay", version="1.0.0")) == ()


# --- pipx -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pipx_home(tmp_path: Path) -> Path:
    """A pipx home that has ruff 1.0, and the copy of it that pipx made before a change."""
    home = tmp_path / "pipx"
    for folder in (home / "venvs" / "ruff", home / ".trash" / "ruff-abc123-pipx-backup"):
        (folder / "lib" / "python3.11" / "site-packages" / "ruff-1.0.dist-info").mkdir(parents=True)
        stub(folder / "bin", "python")
        stub(folder / "bin", "ruff")
        receipt = {"main_package": {"package": "ruff", "package_or_url": "ruff", "apps": ["ruff"]}}
        (folder / "pipx_metadata.json").write_text(json.dumps(receipt), encoding="utf-8")
        aged(folder)
    (home / "bin").mkdir()
    (home / "bin" / "ruff").symlink_to(home / "venvs" / "ruff" / "bin" / "ruff")
    return home


def ruff(home: Path) -> pipx.Pipx:
    return pipx.open(host(home=home.parent, env={"PIPX_HOME": str(home), "PIPX_BIN_DIR": str(home / "bin")}), Options())


@pytest.mark.parametrize("has_link", [True, False])
def test_an_environment_without_receipt_comes_back(pipx_home: Path, has_link: bool) -> None:
    """The copy takes the place of what the killed pipx left, and its commands are linked again."""
    (before,) = ruff(pipx_home).find()
    (pipx_home / "venvs" / "ruff" / "pipx_metadata.json").unlink()
    if not has_link:
        (pipx_home / "bin" / "ruff").unlink()

    perform(ruff(pipx_home).salvage(before))

    assert ruff(pipx_home).find() == (before,)
    assert list((pipx_home / ".trash").iterdir()) == []


@pytest.mark.parametrize("what", ["lib/python3.11/site-packages/ruff-1.0.dist-info", "pipx_metadata.json"])
def test_a_copy_of_something_else_is_left_alone(pipx_home: Path, what: str) -> None:
    """Without its receipt or at another version it is not what was there."""
    (before,) = ruff(pipx_home).find()
    files.delete(pipx_home / ".trash" / "ruff-abc123-pipx-backup" / what)

    assert ruff(pipx_home).salvage(before) == ()


# --- in a run -------------------------------------------------------------------------------------------------------


class Salvaged(Things):
    """Things whose installer sets the old one aside, as `.NAME` beside it."""

    def salvage(self, have: Present) -> tuple[Step, ...]:
        aside = self.folder / f".{have.name}"
        return (Move(source=str(aside), path=have.where),) if aside.is_dir() else ()


def killed(root: Path, undo: Step) -> Change:
    """A change whose installer sets the old version aside and is killed; `undo` is what would bring it back."""
    folder = root / "things" / "thing"
    program = stub(root / "bin", "killed", f"mv {folder}/tool {folder}/.tool; mkdir {folder}/tool; kill -9 $$")
    return Change(
        id="thing:tool",
        kind="thing",
        name="tool",
        have="1.0",
        want="2.0",
        reason="below",
        do=(Run(argv=(str(program),)),),
        undo=(undo,),
        lane=Lane(name="thing"),
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with stub installers."""
    programs(tmp_path)
    return tmp_path


def test_a_killed_installer_is_undone_without_any(root: Path) -> None:
    """The old version is back by a rename: the undo that would need the network is not run."""
    thing = Salvaged("thing", root)
    thing.plant("tool", "1.0")
    before = thing.find()

    with pytest.raises(CommandFailed) as caught:
        apply([killed(root, Run(argv=(str(root / "bin" / "broken"),)))], doer(root, thing, on_event=Watch()))

    assert "tool is back to 1.0" in caught.value.details
    assert thing.find() == before
    assert (thing.folder / "tool" / "payload").read_text(encoding="utf-8") == "as it was: tool 1.0"


def test_what_cannot_be_salvaged_is_undone_as_planned(root: Path) -> None:
    """A copy that is not what was there is no reason to leave it at that."""
    thing = Salvaged("thing", root)
    thing.plant("tool", "1.0")
    folder = thing.folder / "tool"
    remake = stub(root / "bin", "remake", f"mkdir -p {folder}; printf 1.0 > {folder}/version; : > {folder}/payload")
    broken = killed(root, Run(argv=(str(remake),)))
    stub(root / "bin", "killed", f"mv {folder} {thing.folder}/.tool; rm {thing.folder}/.tool/payload; kill -9 $$")

    with pytest.raises(CommandFailed) as caught:
        apply([broken], doer(root, thing))

    assert "tool is back to 1.0" in caught.value.details
    assert [(present.version, present.flaw) for present in thing.find()] == [("1.0", "")]
