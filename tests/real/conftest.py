"""Homes for the real tests, and download caches that they share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ..wheels import serving
from .python_bench import KINDS, Bench
from .world import World, make_world, network_settings, processes_in

CACHES = {"UV_CACHE_DIR": "uv", "PIP_CACHE_DIR": "pip", "npm_config_cache": "npm"}


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Cache folders of this machine where it names some, else new ones that all workers of the session share."""
    mine = tmp_path_factory.getbasetemp()
    whole = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine  # noqa: TID251 - the test's own environment
    given = {name.lower(): value for name, value in os.environ.items()}  # noqa: TID251
    return {name: given.get(name.lower()) or str(whole / "downloads" / folder) for name, folder in CACHES.items()}


@pytest.fixture
def new_world(tmp_path: Path, downloads: dict[str, str]) -> Iterator[Callable[..., World]]:
    """Makes a home, in a folder of that name if one is given; `has_node=False` leaves node and npm off its PATH.

    What still runs in it at the end is killed.
    """
    if os.name == "nt":
        pytest.skip("these homes are made of links, signals and pipes with names")
    base = {**network_settings(), **downloads, "LANG": "C.UTF-8", "TERM": "dumb", "SHELL": "/bin/bash"}
    yield lambda folder=".", **options: make_world(tmp_path / folder, base, **options)
    for process in processes_in(tmp_path):
        process.kill()


@pytest.fixture
def world(new_world: Callable[..., World]) -> World:
    """A home with node and npm."""
    return new_world()


@pytest.fixture
def bench(world: World) -> Iterator[Bench]:
    """greet 1.0 and 1.1, which need mood 1.0 or later, of which there is 1.0; and hat, which nobody needs."""
    with serving() as index:
        index.add("mood", "1.0")
        index.add("hat", "1.0")
        for version in ("1.0", "1.1"):
            index.add("greet", version, "mood>=1.0")
        cache = world.root / "cache"
        yield Bench(world.with_env(UV_DEFAULT_INDEX=index.url, UV_CACHE_DIR=str(cache), UV_HTTP_RETRIES="0"), index)


@pytest.fixture(params=KINDS)
def each(bench: Bench, request: pytest.FixtureRequest) -> Bench:
    """The bench, for pipx and for uv."""
    return replace(bench, kind=request.param)
