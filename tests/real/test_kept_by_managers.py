"""What real managers have installed is nothing to clear away, though it says of itself that it is a cache."""

from __future__ import annotations

import json

import pytest

from .world import World

pytestmark = pytest.mark.real


def test_environments_and_tools_are_no_caches(world: World) -> None:
    """Those of pipx and of uv, and one that is called as nobody would guess; the whole home is looked at."""
    world.pipx("install", "pycowsay")
    world.uv("tool", "install", "cowsay")
    world.uv("venv", "my own")
    tagged = [path.parent for path in world.home.rglob("CACHEDIR.TAG")]

    document = json.loads(world.aim("scan", "caches", "--path", str(world.home), "--json").stdout)
    cleanable = {each["path"] for each in document["caches"] if each["is_cleanable"]}
    cleaned = world.aim("scan", "clean", "--path", str(world.home), "--yes")

    assert world.project / "my own" in tagged  # uv still does so: else this test shows nothing
    assert [path for path in cleanable if any(str(folder) in path for folder in (world.venvs, world.uv_tools))] == []
    assert str(world.project / "my own") not in cleanable
    assert cleaned.exit_code == 0, cleaned.stderr
    assert world.command("pycowsay", "moo").exit_code == 0
    assert world.command("cowsay", "-t", "moo").exit_code == 0
    assert (world.project / "my own" / "pyvenv.cfg").exists()
