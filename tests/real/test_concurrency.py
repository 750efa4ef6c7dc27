"""Several runs on one home at once: one works, the others wait or say who does, and nothing is done twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from .world import Gate, World, descendants, living

pytestmark = pytest.mark.real

THREE = '[tools.pipx]\nruff = "0.14.1"\n[tools.npm]\nprettier = "3.6.2"\n[tools.uv]\npycowsay = "0.0.0.2"\n'
THUD = '[health]\nrequired_commands = []\n[tools.uv]\nthud = { source = "./thud" }\n'
TRUST = {"AIM_TRUST": "1"}


@contextmanager
def a_run_in_the_middle(world: World) -> Iterator[tuple[int, Gate]]:
    """A bootstrap that holds the lock, waiting at a gate: its pid, and the gate."""
    gate = world.gate("thud")
    world.declare(THUD)
    with world.running("bootstrap", **TRUST) as process:
        gate.wait()
        yield process.pid, gate
        gate.stay_open()
        assert process.wait(60) == 0, process.communicate()


@pytest.mark.parametrize("count", [2, 4])
def test_runs_at_once_install_everything_once(world: World, count: int) -> None:
    """Bootstraps started together all end with 0; each tool was changed by exactly one of them."""
    world.declare(THREE)
    with ExitStack() as stack:
        runs = [stack.enter_context(world.running("bootstrap")) for _ in range(count)]
        said = [run.communicate(timeout=120) for run in runs]

    assert [run.returncode for run in runs] == [0] * count, said
    assert Counter(world.events("tool.changed")) == {"pipx:ruff": 1, "npm:prettier": 1, "uv:pycowsay": 1}
    assert world.events("tool.held") == ["pipx:ruff"]
    assert world.plan() == []
    assert sum("3 tools changed" in out for out, _ in said) == 1
    assert sum("nothing to change" in out for out, _ in said) == count - 1


def test_who_waits_says_for_whom(world: World) -> None:
    """The second run names the first one's command and pid while it waits, then finds nothing left to do."""
    with a_run_in_the_middle(world) as (pid, gate), world.running("install", **TRUST) as second:
        assert second.stderr is not None
        line = second.stderr.readline()
        gate.open()
        _, rest = second.communicate(timeout=60)

    assert f"waiting for aim bootstrap (pid {pid}, since " in line
    assert second.returncode == 0, rest
    assert Counter(world.events("tool.changed")) == {"uv:thud": 1}


def test_no_patience_is_an_answer_at_once(world: World) -> None:
    """With a lock time limit of 0 the second run ends with 9 and names the holder; the first is not disturbed."""
    with a_run_in_the_middle(world) as (pid, gate):
        done = world.aim("bootstrap", AIM_BOOTSTRAP_LOCK_TIMEOUT_S="0", **TRUST)
        gate.open()

    assert done.exit_code == 9, done.text
    assert f"another run holds the lock: aim bootstrap (pid {pid}, since " in done.stderr
    assert "fix: " in done.stderr
    assert world.command("thud").stdout == "thud 1.0\n"


@pytest.mark.parametrize("words", [("plan",), ("status",), ("version", "check"), ("health",)])
def test_looking_needs_no_lock(world: World, words: tuple[str, ...]) -> None:
    """Commands that change nothing answer while another run is changing things."""
    with a_run_in_the_middle(world) as (_, gate):
        done = world.aim(*words, AIM_BOOTSTRAP_LOCK_TIMEOUT_S="0")
        gate.open()

    assert done.exit_code == 0, done.text
    assert "holds the lock" not in done.text


def test_a_waiting_run_can_be_interrupted(world: World) -> None:
    """Ctrl-C while waiting for the lock ends that run alone, with 130."""
    with a_run_in_the_middle(world) as (_, gate), world.running("install", **TRUST) as second:
        assert second.stderr is not None
        second.stderr.readline()
        second.send_signal(2)
        _, said = second.communicate(timeout=60)
        gate.open()

    assert second.returncode == 130, said
    assert world.command("thud").stdout == "thud 1.0\n"


def test_the_lock_dies_with_its_holder(world: World) -> None:
    """A killed holder blocks nobody: the next run needs no patience at all."""
    gate = world.gate("thud")
    world.declare(THUD)
    with world.running("bootstrap", **TRUST) as first:
        gate.wait()
        first.kill()
    gate.stay_open()

    done = world.aim("bootstrap", AIM_BOOTSTRAP_LOCK_TIMEOUT_S="0", **TRUST)

    assert done.exit_code == 0, done.text
    assert world.command("thud").stdout == "thud 1.0\n"


def test_a_waiter_takes_over_from_a_killed_run(world: World) -> None:
    """A run that waited for one that is then killed stops its orphans, says so, and finishes the job."""
    gate = world.gate("thud")
    world.declare(THUD)
    with world.running("bootstrap", **TRUST) as first:
        gate.wait()
        orphans = descendants(first.pid)
        with world.running("install", **TRUST) as second:
            assert second.stderr is not None
            second.stderr.readline()
            gate.stay_open()
            first.kill()
            _, said = second.communicate(timeout=60)

    assert second.returncode == 0, said
    assert "was killed while changing: uv:thud" in said
    assert living(orphans) == []
    assert world.command("thud").stdout == "thud 1.0\n"
