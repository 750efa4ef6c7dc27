"""The other programs read what we write, and what they have installed is declared so that nothing is to change."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import pytest

from .world import World

pytestmark = pytest.mark.real

TOOLS = (
    '[tools.pipx]\nruff = "0.14.1"\npycowsay = { version = "*", with = ["colorama"] }\n'
    '[tools.npm]\nsemver = "~7.6"\nprettier = { version = "3.6.2", platforms = ["linux"] }\n'
)


def install_mise(world: World) -> Path:
    """The real mise, of this system's own npm package: the one for all systems needs an install script."""
    system = "macos" if platform.system() == "Darwin" else "linux"
    package = f"@jdxcode/mise-{system}-{'arm64' if platform.machine() in ('arm64', 'aarch64') else 'x64'}"
    world.npm("install", "--global", "--prefix", str(world.own / "mise"), package)
    return world.own / "mise" / "lib" / "node_modules" / package / "bin" / "mise"


def installed_by_hand(world: World) -> None:
    world.pipx("install", "ruff==0.14.1")
    world.pipx("install", "pycowsay")
    world.pipx("inject", "pycowsay", "colorama")
    world.pipx("install", "isort<8,>=6")
    world.npm("install", "--global", "--prefix", str(world.own / "data" / "npm"), "semver@7.6.0")


def test_from_current_leaves_nothing_to_change(world: World) -> None:
    """Requests, packages beside a tool and all: the plan that follows is empty, and the lock can be made."""
    installed_by_hand(world)

    done = world.aim("init", "--from-current")

    text = (world.project / "aim.toml").read_text()
    assert done.exit_code == 0, done.text
    assert 'ruff = "0.14.1"' in text
    assert 'isort = ">=6,<8"' in text
    assert 'with = ["colorama"]' in text
    assert 'semver = "7.6.0"' in text
    assert world.plan() == []
    assert world.aim("pin").exit_code == 0


def test_adopting_what_pipx_and_npm_list_leaves_nothing_to_change(world: World) -> None:
    """Their own lists, and what uv prints; a second time there is nothing to declare."""
    installed_by_hand(world)
    world.uv("tool", "install", "black<26,>=25", "--with", "tomli")
    lists = {
        "pipx.json": world.pipx("list", "--json"),
        "npm.json": world.npm("ls", "-g", "--json", "--prefix", str(world.own / "data" / "npm")),
        "uv-tools.txt": world.uv("tool", "list", "--show-version-specifiers", "--show-with"),
    }
    for name, listed in lists.items():
        (world.project / name).write_text(listed.stdout)

    done = [world.aim("adopt", name) for name in lists]

    text = (world.project / "aim.toml").read_text()
    assert [each.exit_code for each in done] == [0, 0, 0], [each.text for each in done]
    assert 'black = {version = ">=25,<26", with = ["tomli"]}' in text
    assert world.plan() == []
    assert ["nothing to declare" in world.aim("adopt", name).stdout for name in lists] == [True] * 3


def test_pipx_reads_the_manifest_we_write(world: World) -> None:
    """`pipx manifest sync` installs from it what was declared."""
    world.declare('[tools.pipx]\npycowsay = "0.0.0.2"\n[tools.uv]\nisort = ">=6,<8"\n')
    exported = world.aim("export", "--to", "pipx-toml", "-o", "pipx.toml")

    world.pipx("manifest", "sync", "pipx.toml")

    listed = json.loads(world.pipx("list", "--json").stdout)["venvs"]
    assert exported.exit_code == 0, exported.text
    assert listed["pycowsay"]["metadata"]["main_package"]["package_version"] == "0.0.0.2"
    assert listed["isort"]["metadata"]["main_package"]["package_version"].startswith("7.")


def test_mise_reads_the_files_we_write(world: World) -> None:
    """It sees each tool with the version we mean, in its own file and in asdf's."""
    mise = install_mise(world)
    world.declare(TOOLS)
    asked = {}
    for kind, file in (("mise", "mise.toml"), ("tool-versions", ".tool-versions")):
        world.aim("export", "--to", kind, "-o", file)
        world.run(mise, "trust")
        shown = world.run(mise, "ls", "--json").json()
        asked[file] = {name: found[0]["requested_version"] for name, found in shown.items()}
        (world.project / file).unlink()

    expected = {"pipx:ruff": "0.14.1", "pipx:pycowsay": "latest", "npm:semver": "7.6", "npm:prettier": "3.6.2"}
    assert asked == {"mise.toml": expected, ".tool-versions": expected}
