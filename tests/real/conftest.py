"""Homes for the real tests, and download caches that they share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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
