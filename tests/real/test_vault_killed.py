"""Many processes set secrets at once, and some are killed while they write: the vault opens, and nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from .test_vault_keyring import DRIVER, Session, said, session
from .world import World

pytestmark = pytest.mark.real
__all__ = ["session"]

SETS = max(200, int(os.environ.get("SOAK_EXAMPLES", "0")) * 5)  # noqa: TID251 - the test's own environment


def start(world: World, *words: str) -> subprocess.Popen[str]:
    """The driver, in the background."""
    argv = [sys.executable, str(DRIVER), *words]
    out = subprocess.PIPE
    return subprocess.Popen(argv, cwd=world.project, env=dict(world.env), text=True, stdout=out, stderr=out)


# --- many at once -----------------------------------------------------------------------------------------------


def test_sixteen_processes_set_sixteen_secrets(world: World) -> None:
    """All at once, each a name of its own, into a vault that none of them has made: sixteen are there."""
    assert said(world.run(sys.executable, DRIVER, "init", "file"))[0]["exit_code"] == 0
    names = [f"NAME_{number}" for number in range(16)]

    processes = [start(world, "put", name, name.lower()) for name in names]
    ends = [process.communicate(timeout=120)[0] for process in processes]

    assert [json.loads(end)["exit_code"] for end in ends] == [0] * 16
    (get,) = said(world.run(sys.executable, DRIVER, "get", *names))
    assert get["answer"] == {name: name.lower() for name in names}


def test_sixteen_processes_make_one_key(session: Session) -> None:
    """The first secret ever, from sixteen processes, with a keyring to hold the key: one key, sixteen secrets."""
    names = [f"NAME_{number}" for number in range(16)]
    together = " & ".join(f'"$0" "$1" put {name} {name.lower()} >/dev/null' for name in names)

    (get,) = session("unlocked", ("get", *names), before=f"{together} & wait; ")

    assert get["answer"] == {name: name.lower() for name in names}, get


# --- killed -----------------------------------------------------------------------------------------------------


def test_killed_while_it_writes(world: World) -> None:
    """SIGKILL at random moments of 200 sets, at least 50 of them while the vault is written.

    After each the vault opens with its MAC, all that was kept is there with its value, what was in flight is there
    whole or not at all, and the version before is beside it and opens too.
    """
    (found,) = said(world.run(sys.executable, DRIVER, "killing", str(SETS)))

    assert found["exit_code"] == 0, found
    print(found["answer"])
    assert found["answer"]["inside"] >= SETS // 4


def test_what_a_kill_has_left_is_cleared_away(world: World) -> None:
    """The next set after the last kill leaves the vault, the version before, the key and the locks, nothing else."""
    said(world.run(sys.executable, DRIVER, "killing", "20"))

    (put,) = said(world.run(sys.executable, DRIVER, "put", "LAST", "x"))

    assert "LAST" in put["answer"]
    assert sorted(path.name for path in (world.own / "data/secrets").iterdir()) == [
        ".identity.lock",
        ".vault.json.lock",
        "identity.txt",
        "vault.json",
        "vault.previous.json",
    ]
