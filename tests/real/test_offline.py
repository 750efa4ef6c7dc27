"""Without the network: what real installers have in their caches is installed, and what they have not is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .world import World

pytestmark = [pytest.mark.real]
TOOLS = {"pipx": ("pycowsay", "0.0.0.2", "uv"), "uv": ("pycowsay", "0.0.0.2", "uv"), "npm": ("cowsay", "1.6.0", "npm")}


@pytest.fixture
def empty(new_world: Callable[..., World]) -> World:
    """A home whose installers have empty caches."""
    world = new_world()
    return world.with_env(UV_CACHE_DIR=str(world.root / "uv"), npm_config_cache=str(world.root / "npm"))


@pytest.mark.parametrize("kind", TOOLS)
def test_what_is_not_cached_is_named(kind: str, empty: World) -> None:
    """One sentence, one try, and nothing is left behind."""
    name, version, client = TOOLS[kind]
    empty.declare(f'[tools.{kind}]\n{name} = "{version}"\n')

    done = empty.aim("install", "--offline")

    assert done.exit_code == 4, done.text
    assert f"error: {name}: {name} is not in the cache of {client}, and the network is switched off" in done.stderr
    assert "again in" not in done.stderr
    assert empty.installed() == []


@pytest.mark.parametrize("kind", TOOLS)
def test_what_is_cached_is_installed(kind: str, world: World) -> None:
    """After one installation with the network the next one needs none."""
    name, version, _ = TOOLS[kind]
    world.declare(f'[tools.{kind}]\n{name} = "{version}"\n')
    first = world.aim("install")
    world.declare("[tools]\n")
    removed = world.aim("sync-versions", "--prune")
    world.declare(f'[tools.{kind}]\n{name} = "{version}"\n')

    done = world.aim("install", AIM_OFFLINE="1")

    assert (first.exit_code, removed.exit_code, done.exit_code) == (0, 0, 0), first.text + removed.text + done.text
    assert world.version_of(name) in (version, "")
    assert world.standings()[name] == ("ok", version)
