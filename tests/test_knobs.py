"""Tools are told where to keep their caches: one place for all projects, or one for each where they must be apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import knobs
from aim_lib.errors import BadConfig

CENTRAL = Path("/home/ada/.cache/aim/central")


def test_the_usual_ones_that_hold_for_all_projects() -> None:
    """ruff and Python keep projects apart by themselves."""
    told = knobs.shared(knobs.chosen([]), CENTRAL)

    assert told == {"RUFF_CACHE_DIR": str(CENTRAL / "ruff"), "PYTHONPYCACHEPREFIX": str(CENTRAL / "pycache")}


def test_others_only_when_they_are_named() -> None:
    """Their caches are not in projects."""
    told = knobs.shared(knobs.chosen(["npm", "pip", "uv"]), CENTRAL)

    assert told == {
        "PIP_CACHE_DIR": str(CENTRAL / "pip"),
        "UV_CACHE_DIR": str(CENTRAL / "uv"),
        "npm_config_cache": str(CENTRAL / "npm"),
    }


def test_those_that_must_be_apart_have_a_folder_for_each_project() -> None:
    """By its whole path: two of one name do not meet."""
    one, other = (knobs.apart(knobs.chosen([]), CENTRAL, Path(path), {}) for path in ("/a/shop", "/b/shop"))

    assert sorted(one) == ["HYPOTHESIS_STORAGE_DIRECTORY", "MYPY_CACHE_DIR", "PYTEST_ADDOPTS"]
    assert not set(one.values()) & set(other.values())
    assert one["MYPY_CACHE_DIR"] == str(knobs.project_folder(CENTRAL, Path("/a/shop")) / ".mypy_cache")


def test_words_of_ones_own_stay_and_ours_are_added_once() -> None:
    """PYTEST_ADDOPTS is a command line; a folder with a space is one word of it."""
    own = {"PYTEST_ADDOPTS": "-x"}
    first = knobs.apart(knobs.chosen(["pytest"]), Path("/my caches"), Path("/p"), own)
    second = knobs.apart(knobs.chosen(["pytest"]), Path("/my caches"), Path("/p"), first)

    assert first["PYTEST_ADDOPTS"].startswith("-x -o 'cache_dir=/my caches/projects/p-")
    assert second == first


def test_a_tool_without_a_knob_is_refused() -> None:
    """With the one that may be meant."""
    with pytest.raises(BadConfig) as caught:
        knobs.chosen(["rufff"])

    assert caught.value.details == ("cache.tools: 'rufff' is not known; did you mean \"ruff\"?",)
