"""Kills writers of the event log while they write and rotate: python -m tests.audit_kills ROUNDS.

Each round a process appends as fast as it can, to a log that is sealed every few events, and says what was
acknowledged; then it is killed. In the end every acknowledged event is there, once, and `verify` explains every torn
line.
"""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from aim_lib import audit_query, audit_verify
from aim_lib.audit import Limits
from aim_lib.audit_lines import Break
from aim_lib.audit_query import Question

from .fakes import audit

ROOT = Path(__file__).parents[1]
SIZES = (200, 20_000, 2_000_000)  # bytes of a message: long ones are often cut by a kill


class Outcome(NamedTuple):
    """Events that were acknowledged, those of them that are gone or twice there, torn lines, the first break.

    `inside` are writers that were killed between the beginning of an event and its acknowledgement.
    """

    acknowledged: int
    wrong: int
    torn: int
    inside: int
    first_break: Break | None


def write_for_ever(folder: Path, name: str, size: int) -> None:
    """Append and acknowledge until somebody kills us."""
    log = audit(folder)
    log.limits = Limits(max_bytes=6 * size)
    number = 0
    while True:
        log.write("health.check", "x" * size, details={"id": f"{name}.{number}"})
        os.write(1, f"{name}.{number}\n".encode())
        number += 1


def kill_one(folder: Path, name: str, chance: random.Random) -> list[str]:
    """Start a writer, kill it within some milliseconds of its first event; the ids it acknowledged."""
    argv = [sys.executable, "-m", "tests.audit_kills", "write", str(folder), name, str(chance.choice(SIZES))]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        select.select([], [], [], chance.uniform(0, 0.03))
        writer.send_signal(signal.SIGKILL)
        said = first + writer.stdout.read()
    whole = said[: said.rfind(b"\n") + 1]
    return whole.decode().split()


def run(folder: Path, rounds: int, seed: int = 0) -> Outcome:
    """Kill that many writers, one after the other, and look at what is left."""
    chance = random.Random(seed)  # noqa: S311 - when to kill
    acknowledged = [each for number in range(rounds) for each in kill_one(folder, f"w{number}", chance)]
    audit(folder).write("health.check", "the last", details={"id": "last"})
    path = folder / "audit.jsonl"
    there: dict[str, int] = {}
    for event in audit_query.ask(path, Question()):
        told = str(event.details.get("id", ""))
        there[told] = there.get(told, 0) + 1
    verdict = audit_verify.verify(path)
    wrong = sum(there.get(each, 0) != 1 for each in acknowledged)
    unsaid = len(set(there) - set(acknowledged) - {"", "last"})
    return Outcome(len(acknowledged), wrong, verdict.torn, verdict.torn + unsaid, verdict.first_break)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write_for_ever(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    with tempfile.TemporaryDirectory() as scratch:
        print(run(Path(scratch), int(sys.argv[1])))
