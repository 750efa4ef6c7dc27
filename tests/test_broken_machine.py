"""One run of the real program on a machine that is broken in every way at once: all is found, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from aim_lib.host import current
from tests.broken_machine import (
    FAULTS,
    SECRETS,
    Machine,
    a_dangling_link,
    a_drifted_black,
    a_stale_lock,
    codes,
    make,
    plant,
)

pytestmark = pytest.mark.skipif(current().system != "linux", reason="its faults are those of Linux")


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """One on which nothing is wrong."""
    with ExitStack() as kept:
        yield make(tmp_path, kept)


def test_a_sound_machine_is_healthy(machine: Machine) -> None:
    """Every check is asked, those that are off by default too, and none cries wolf."""
    done = machine.run("health", "--json")

    document = json.loads(done.stdout)
    assert (done.returncode, document["overall_status"]) == (0, "healthy")
    assert [check for check in document["checks"] if check["status"] in ("warn", "fail")] == []


def test_every_fault_is_found_and_nothing_else(machine: Machine) -> None:
    """More than thirty faults at once: each is found by its code, once, and no code is there that nobody planted."""
    planted = plant(machine, FAULTS)

    found = codes(machine)

    assert len(planted) > 30
    assert found == planted


def test_no_secret_is_in_the_report(machine: Machine) -> None:
    """Neither the values in the vault nor the credentials in an index's address are told, whatever is wrong."""
    plant(machine, FAULTS)

    said = machine.run("health", "--json")

    assert "cannot be asked" in said.stdout
    assert [secret for secret in SECRETS if secret in said.stdout + said.stderr] == []


def test_a_wrong_configuration_leaves_the_machine_to_be_judged(machine: Machine) -> None:
    """Beside a mistake in `aim.toml` what it declares is not judged; what it does not say is, by the defaults."""
    planted = plant(machine, [a_dangling_link, a_stale_lock, a_drifted_black])
    machine.health["no_such_key"] = 1

    found = codes(machine)

    assert "AIM-H090" in planted
    assert {"AIM-H050", "AIM-H170"} <= set(found)
    assert "AIM-H090" not in found
