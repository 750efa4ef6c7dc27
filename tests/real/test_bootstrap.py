"""From an empty home to working tools and back again to "nothing to change", with the real pipx, npm and uv."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import pytest

from .world import World, installers

pytestmark = pytest.mark.real

THREE = """
[tools.pipx]
ruff = "0.14.1"
[tools.npm]
prettier = "3.6.2"
[tools.uv]
pycowsay = "0.0.0.2"
"""


def test_from_nothing_to_the_locked_versions(world: World) -> None:
    """Bootstrap of an empty home ends with 0 and every command answers with the version in aim.lock."""
    world.declare(THREE)

    done = world.aim("bootstrap")

    locked = {tool["name"]: tool["version"] for tool in tomllib.loads(world.lock_file.read_text())["tool"]}
    assert done.exit_code == 0, done.text
    assert "3 tools changed" in done.stdout
    assert locked == {"ruff": "0.14.1", "prettier": "3.6.2", "pycowsay": "0.0.0.2"}
    assert {name: world.version_of(name) for name in locked} == locked


def test_a_second_run_starts_no_installer(world: World) -> None:
    """The second bootstrap says there is nothing to change, starts no installer and leaves aim.lock as it is."""
    world.declare(THREE)
    first = world.aim("bootstrap")
    lock = world.lock_file.read_bytes()

    second, started = world.programs_started("bootstrap")

    assert first.exit_code == 0, first.text
    assert second.exit_code == 0, second.text
    assert "nothing to change" in second.stdout
    assert world.lock_file.read_bytes() == lock
    assert installers(started) == []
    assert started, "the tools' own --version was asked for"


def test_the_first_run_does_start_installers(world: World) -> None:
    """What the test above relies on: an installer that is started is seen."""
    world.declare('[tools.uv]\npycowsay = "0.0.0.2"\n')

    done, started = world.programs_started("install")

    assert done.exit_code == 0, done.text
    assert installers(started)


def test_invoke_does_the_same(world: World) -> None:
    """`invoke bootstrap` in a project made by `aim init` installs what its aim.toml says."""
    world.declare('[tools.uv]\npycowsay = "0.0.0.2"\n')
    world.aim("init")

    done = world.invoke("bootstrap")

    assert done.exit_code == 0, done.text
    assert world.version_of("pycowsay") == "0.0.0.2"


@pytest.mark.parametrize("way", ["flag", "invoke", "variable"])
def test_a_dry_run_plans_and_touches_nothing(world: World, way: str) -> None:
    """Each way to say "dry run" shows the whole plan, starts no program and changes no file of the home."""
    world.declare(THREE)
    world.aim("init")
    before = world.tree()

    started: list[list[str]] = []
    if way == "invoke":
        done = world.invoke("--dry", "bootstrap")
    elif way == "flag":
        done, started = world.programs_started("bootstrap", "--dry-run")
    else:
        done, started = world.programs_started("bootstrap", AIM_DRY_RUN="1")

    assert done.exit_code == 0, done.text
    assert all(tool in done.stdout for tool in ("pipx:ruff", "npm:prettier", "uv:pycowsay"))
    assert started == []
    assert world.tree() == before


def test_without_python_on_path_a_uv_tool_gets_ours(world: World) -> None:
    """uv looks for a Python on PATH and would download one from elsewhere: it is told to use the one we run on."""
    world.declare('[tools.uv]\npycowsay = "0.0.0.2"\n')
    (world.root / "programs" / "python3").unlink()

    done = world.aim("install", UV_PYTHON_DOWNLOADS="never")

    assert done.exit_code == 0, done.text
    assert world.version_of("pycowsay") == "0.0.0.2"


def test_a_home_with_any_name_will_do(new_world: Callable[..., World]) -> None:
    """Spaces, accents and a dollar in the way to the home: all is installed, and the line for PATH can be pasted."""
    world: World = new_world("Ådà Løvelace $x")
    world.declare(THREE)

    done = world.aim("bootstrap")

    advice = next(line for line in done.stdout.splitlines() if line.startswith("next: put the tools on PATH"))
    pasted = advice.partition("export ")[2]
    asked = world.run("sh", "-c", f"export {pasted}; ruff --version; prettier --version; pycowsay --version")
    assert done.exit_code == 0, done.text
    assert asked.stdout.split() == ["ruff", "0.14.1", "3.6.2", "0.0.0.2"], asked.text
