"""The event log on a real disk that is full: what must be on record is refused, and nothing is lost."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from aim_lib import audit_verify
from aim_lib.errors import NotPermitted

from .world import World

pytestmark = [pytest.mark.real, pytest.mark.skipif(os.name == "nt", reason="a small disk is mounted as Linux does it")]
# `fill` leaves so many of the disk's sixteen pages. The disk goes with its namespace: what is on it is copied out.
SCRIPT = """
mount -t tmpfs -o size=64k,mode=700 tmpfs "$1"; python=$2; kept=$3
aim() { "$python" -m aim_lib "$@"; code=$?; }
fill() { head -c $(((16 - $1) * 4096)) /dev/zero >"$LOGS/filler"; }
LOGS=$1
"""
UNTIL_FULL = """
aim config trust; echo "exit $code"; fill 1
while [ $code = 0 ]; do aim config trust; echo "exit $code"; done
aim health --only config >/dev/null; echo "looked $code"
cp "$LOGS/audit.jsonl" "$kept/full.jsonl"
rm "$LOGS/filler"; aim config trust; echo "after $code"
cp "$LOGS"/audit.* "$kept"
"""
NO_NOTE = """
fill 1
aim config trust; echo "exit $code"; cp "$LOGS/audit.jsonl" "$kept/full.jsonl"
rm "$LOGS/filler"; aim config trust; echo "after $code"
cp "$LOGS"/audit.* "$kept"
"""


def on_a_small_disk(world: World, script: str) -> tuple[list[str], str, Path]:
    """Run the script with the log on a disk of 64 KiB; the codes it said, what went to stderr, and its copies."""
    logs, kept = Path(world.env["AIM_LOG_DIR"]), world.root / "kept"
    logs.mkdir(parents=True, exist_ok=True)
    kept.mkdir()
    world.declare("[tools]\n")
    there = world.with_env(PATH=f"{world.env['PATH']}:/usr/bin:/bin:/usr/sbin:/sbin")
    if there.run("env", "unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", logs).exit_code:
        pytest.skip("a small disk of its own cannot be mounted here")
    done = there.run("env", "unshare", "-m", "sh", "-c", SCRIPT + script, "sh", logs, sys.executable, kept)
    codes = [line for line in done.stdout.splitlines() if line.startswith(("exit ", "after ", "looked "))]
    return codes, done.stderr, kept


def commands(path: Path) -> list[str]:
    """The commands that are on record as begun."""
    events = map(json.loads, path.read_bytes().splitlines())
    return [event["details"]["command"] for event in events if event["event_type"] == "run.began"]


def test_a_disk_that_is_full_refuses_what_must_be_on_record(world: World) -> None:
    """Exit 7 with a remedy; looking goes on; every event that was acknowledged is there, and the chain goes on."""
    codes, said, kept = on_a_small_disk(world, UNTIL_FULL)

    *whole, refused, looked, after = codes
    assert (set(whole), refused, looked, after) == ({"exit 0"}, f"exit {NotPermitted.exit_code}", "looked 0", "after 0")
    assert "audit.jsonl cannot be written: No space left on device" in said
    assert "fix: make room, or get write access to" in said
    begun = commands(kept / "full.jsonl")
    assert len(begun) - len(whole) in (0, 1)  # there may have been room for the beginning of the one that was refused
    verdict = audit_verify.verify(kept / "audit.jsonl")
    assert (verdict.first_break, verdict.torn) == (None, 0)
    assert commands(kept / "audit.jsonl") == [*begun, "config.trust"]


def test_an_event_whose_place_cannot_be_noted_is_taken_back(world: World) -> None:
    """There is room for the event, and none for its head in the lock file: it is as if it had not been."""
    codes, _, kept = on_a_small_disk(world, NO_NOTE)

    assert codes == [f"exit {NotPermitted.exit_code}", "after 0"]
    assert (kept / "full.jsonl").read_bytes() == b""
    assert audit_verify.verify(kept / "audit.jsonl").first_break is None
    assert commands(kept / "audit.jsonl") == ["config.trust"]
