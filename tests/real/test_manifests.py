"""The other programs read what we write, and what they have installed is declared so that nothing is to change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aim_lib import manifest

from .world import World

pytestmark = pytest.mark.real

TOOLS = (
    '[tools.pipx]\nruff = "0.14.1"\npycowsay = { version = "*", with = ["colorama"] }\n'
    '[tools.npm]\nsemver = "~7.6"\nprettier = { version = "3.6.2", platforms = ["linux"] }\n'
)


@pytest.fixture
def mise(world: World) -> Path:
    """The real mise, from its npm package, in the world's own npm prefix."""
    world.npm(
        "install", "--global", "--prefix", str(world.own / "mise"), "--allow-scripts=@jdxcode/mise", "@jdxcode/mise"
    )
    return world.own / "mise" / "bin" / "mise"


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


@pytest.mark.parametrize(("kind", "file"), [("mise", "mise.toml"), ("tool-versions", ".tool-versions")])
def test_mise_reads_the_file_we_write(world: World, mise: Path, kind: str, file: str) -> None:
    """It sees each tool with the version we mean."""
    world.declare(TOOLS)
    exported = world.aim("export", "--to", kind, "-o", file)
    world.run(mise, "trust")

    shown = world.run(mise, "ls", "--json").json()

    asked = {name: found[0]["requested_version"] for name, found in shown.items()}
    assert exported.exit_code == 0, exported.text
    assert asked == {"pipx:ruff": "0.14.1", "pipx:pycowsay": "latest", "npm:semver": "7.6", "npm:prettier": "3.6.2"}


def test_mise_writes_what_we_read(world: World, mise: Path) -> None:
    """A tool that mise itself has put into its file."""
    path = world.project / "mise.toml"
    path.write_text("[tools]\n")
    world.run(mise, "trust")
    world.run(mise, "config", "set", "--file", str(path), "tools.pipx:ruff", "0.14")

    found = manifest.read("mise", path.read_text(), "mise.toml")

    assert [(entry.id, entry.request) for entry in found.tools] == [("pipx:ruff", "==0.14.*")]
