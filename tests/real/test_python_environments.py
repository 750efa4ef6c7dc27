"""Environments of Python tools that broke: seen on disk without starting anything, and whole again after one run."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from aim_lib import interpreters
from aim_lib.host import current

from .python_bench import Bench
from .world import World

pytestmark = pytest.mark.real


def a_python(bench: Bench) -> Path:
    """A link python3 of the test's own that leads to the Python of this run: it can be broken or led elsewhere."""
    link = bench.world.root / "system" / "bin" / "python3"
    link.parent.mkdir(parents=True)
    link.symlink_to(Path(sys.executable).resolve())
    return link


def install(bench: Bench, *words: str) -> None:
    """greet 1.0, by the manager itself, and declared."""
    bench.world.declare(f'[tools.{bench.kind}]\ngreet = "1.0"\n')
    if bench.kind == "pipx":
        bench.world.pipx("install", *words, "greet==1.0")
    else:
        bench.world.uv("tool", "install", "-q", *words, "greet==1.0")


def libraries(bench: Bench) -> int:
    """How many Pythons have packages in greet's environment."""
    return len(list(Path(bench.must().where).glob("lib/python*")))


def mended(bench: Bench) -> bool:
    done = bench.world.aim("bootstrap")
    assert done.exit_code == 0, done.text
    return bench.must().flaw == "" and bench.world.command("greet").stdout == "greet 1.0\n"


def test_a_python_that_is_gone(each: Bench) -> None:
    """The environment is made again with a Python that is there."""
    link = a_python(each)
    install(each, "--python", str(link))
    link.unlink()

    reasons = each.world.reasons()

    assert reasons == {f"{each.kind}:greet": "broken: the Python it was made with is gone"}
    assert mended(each)


def test_a_python_that_became_another(each: Bench) -> None:
    """What the system's python3 leads to has changed: the packages of the old one are not those of the new one."""
    mine = f"{sys.version_info[0]}.{sys.version_info[1]}"
    found = [each_ for each_ in interpreters.find(current()) if not each_.version.startswith(mine)]
    other = next((item for item in found if item.version.split(".")[1] in ("10", "11", "12", "13", "14")), None)
    if other is None:
        pytest.skip("this machine has one Python")
    link = a_python(each)
    install(each, "--python", str(link))
    link.unlink()
    link.symlink_to(other.program.resolve())

    flaw = each.must().flaw

    assert flaw.endswith(f"now, it was made with {mine}")
    assert mended(each)
    assert libraries(each) == 1


def test_a_pinned_tool_is_mended_and_stays_pinned(bench: Bench) -> None:
    """pipx's own repair refuses to touch it."""
    link = a_python(bench)
    install(bench, "--python", str(link))
    bench.world.pipx("pin", "greet")
    link.unlink()

    healed = mended(bench)

    assert healed
    assert bench.must().traits == ("pinned",)


def test_package_files_that_are_gone(each: Bench) -> None:
    """The receipt says that it is there, the disk does not."""
    install(each)
    for folder in Path(each.must().where).glob("lib/python*/site-packages/greet*"):
        shutil.rmtree(folder) if folder.is_dir() else folder.unlink()

    flaw = each.must().flaw

    assert flaw == "its package files are gone"
    assert mended(each)


def test_an_environment_without_a_receipt(each: Bench) -> None:
    """An installer that was killed left it; it is no obstacle."""
    install(each)
    receipt = "pipx_metadata.json" if each.kind == "pipx" else "uv-receipt.toml"
    (Path(each.must().where) / receipt).unlink()

    flaw = each.must().flaw

    assert flaw == "an earlier installation of it was interrupted"
    assert mended(each)


def test_links_whose_environment_is_gone(each: Bench) -> None:
    """They are seen as what they belonged to, and do not keep it from being installed."""
    install(each)
    shutil.rmtree(each.must().where)

    lost = each.must()

    assert lost.leftovers == (str(each.world.bin / "greet"),)
    assert mended(each)


def test_links_that_nobody_wants_go(each: Bench) -> None:
    """Their removal needs no installer, which would not know them."""
    install(each)
    shutil.rmtree(each.must().where)

    done = each.do(each.resource.remove(each.must()).do)

    assert done.exit_code == 0
    assert each.present() is None
    assert each.world.installed() == []


def test_shared_libraries_that_are_gone(world: World) -> None:
    """Environments made by pip have pip and setuptools in common: pipx makes them again."""
    world.declare('[tools.pipx]\npycowsay = "0.0.0.2"\n')
    world.pipx("install", "--backend", "pip", "pycowsay==0.0.0.2")
    shutil.rmtree(world.venvs.parent / "shared")

    reasons = world.reasons()
    done = world.aim("bootstrap")

    assert reasons == {"pipx:pycowsay": "broken: the libraries that pipx shares are gone"}
    assert done.exit_code == 0, done.text
    assert (world.venvs.parent / "shared").is_dir()
    assert world.reasons() == {}
