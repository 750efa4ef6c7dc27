"""A pipx of the user's own: shared when it can read what ours writes, left alone in its own home when it cannot."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .world import PROGRAMS, World

pytestmark = pytest.mark.real

RUFF = '[tools.pipx]\nruff = "0.14.1"\n'


def with_pipx(world: World, version: str) -> Path:
    """A pipx of `version` in an environment of its own, first on PATH; returns its program."""
    venv = world.root / "their-pipx"
    base = Path(sys.executable).resolve()
    world.uv("venv", "-q", "--python", str(base), str(venv))
    world.uv("pip", "install", "-q", "--python", str(venv), f"pipx=={version}", "setuptools")
    (world.root / "programs" / "pipx").symlink_to(venv / "bin" / "pipx")
    return venv / "bin" / "pipx"


@pytest.mark.parametrize("version", ["1.11.1", "1.8.0"])
def test_an_older_pipx_keeps_its_home(world: World, version: str) -> None:
    """Ours goes to a home of its own and says so; theirs still lists and upgrades what it had."""
    pipx = with_pipx(world, version)
    installed = world.run(pipx, "install", "pycowsay==0.0.0.1")
    world.declare(RUFF)

    done = world.aim("bootstrap")

    listed, upgraded = world.run(pipx, "list"), world.run(pipx, "upgrade", "pycowsay")
    assert installed.exit_code == 0, installed.text
    assert done.exit_code == 0, done.text
    assert f"is pipx {version}" in done.text
    assert "a pipx home of their own" in done.text
    assert world.with_path_first(world.own / "data" / "pipx" / "bin").run("sh", "-c", "ruff --version").stdout == (
        "ruff 0.14.1\n"
    )
    assert listed.exit_code == 0, listed.text
    assert "pycowsay 0.0.0.1" in listed.stdout
    assert upgraded.exit_code == 0, upgraded.text
    assert not (world.venvs / "ruff").exists()


def test_with_an_older_pipx_a_second_run_changes_nothing(world: World) -> None:
    """The home of our own is found again."""
    with_pipx(world, "1.11.1")
    world.declare(RUFF)
    world.aim("bootstrap")

    done = world.aim("bootstrap")

    assert done.exit_code == 0, done.text
    assert "nothing to change" in done.stdout


@pytest.mark.parametrize("version", ["1.16.7", "1.18.4"])
def test_a_current_pipx_shares_its_home(world: World, version: str) -> None:
    """What we install is listed by the user's own pipx, and what they installed is ours to move."""
    pipx = with_pipx(world, version)
    world.with_path_first(PROGRAMS).run(pipx, "install", "ruff==0.9.0")
    world.declare(RUFF)

    done = world.aim("bootstrap")

    listed = world.run(pipx, "list", "--short")
    assert done.exit_code == 0, done.text
    assert "0.9.0 → 0.14.1" in done.stdout
    assert (listed.exit_code, listed.stdout) == (0, "ruff 0.14.1\n"), listed.text


def test_pipx_home_is_respected(world: World) -> None:
    """PIPX_HOME and PIPX_BIN_DIR say where the environments and the commands go."""
    world.declare(RUFF)
    home, programs = world.home / "envs", world.home / "commands"

    done = world.aim("bootstrap", PIPX_HOME=str(home), PIPX_BIN_DIR=str(programs))

    assert done.exit_code == 0, done.text
    assert (home / "venvs" / "ruff").is_dir()
    assert world.run(programs / "ruff", "--version").stdout == "ruff 0.14.1\n"
    assert not world.venvs.exists()


def test_a_legacy_home_is_used(world: World) -> None:
    """A `~/.local/pipx` that exists is where pipx looks, so that is where we look."""
    (world.home / ".local" / "pipx").mkdir(parents=True)
    world.pipx("install", "ruff==0.9.0")
    world.declare(RUFF)

    done = world.aim("bootstrap")

    assert done.exit_code == 0, done.text
    assert "0.9.0 → 0.14.1" in done.stdout
    assert (world.home / ".local" / "pipx" / "venvs" / "ruff").is_dir()
    assert world.version_of("ruff") == "0.14.1"
