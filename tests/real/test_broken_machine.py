"""Each fault of the broken machine alone: it is found by its own code, with none of another that hides behind it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.broken_machine import FAULTS, Fault, codes, make, name_of, plant

pytestmark = pytest.mark.real


@pytest.mark.parametrize("fault", FAULTS, ids=name_of)
def test_one_fault_gives_one_finding(fault: Fault, tmp_path: Path) -> None:
    """A machine that is sound but for one thing is told that one thing."""
    with ExitStack() as kept:
        machine = make(tmp_path, kept)
        planted = plant(machine, [fault])

        found = codes(machine)

    assert found == planted
