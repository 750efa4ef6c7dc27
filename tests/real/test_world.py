"""The homes of these tests themselves."""

from __future__ import annotations

import sys

import pytest

import aim_lib

from .world import World

pytestmark = pytest.mark.real


def test_what_is_run_is_the_aim_that_is_tested(world: World) -> None:
    """Also where the tests lie in another checkout than the one that is installed."""
    asked = "import aim_lib; print(aim_lib.__file__)"

    done = world.run(sys.executable, "-c", asked)
    beside = world.with_env(PYTHONPATH="/elsewhere").run(sys.executable, "-c", asked)

    assert done.stdout.strip() == beside.stdout.strip() == aim_lib.__file__
