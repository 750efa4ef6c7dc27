"""Makes event logs of any size: `aim dev events FOLDER --count 1000000`, or python -m tests.event_logs FOLDER COUNT."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from aim_lib import audit_chain as chain
from aim_lib import audit_rotation, audit_segments
from aim_lib.host import iso

SEGMENT_BYTES = 16 << 20
STEP_S = 2.44  # 1,475 events an hour
TYPES = ("tool.changing", "tool.changed", "secret.read", "secret.injected", "health.check", "read.machine", "run.began")
TOOLS = tuple(f"tool-{number}" for number in range(40))
RARE, RARE_EVERY = "tool.undo_failed", 750


def make(folder: Path, count: int, end: datetime) -> Path:
    """A log of `count` events up to `end`, most of it in sealed segments; the newest tenth at most is plain."""
    folder.mkdir(parents=True, exist_ok=True)
    path, head, lines, size = folder / "audit.jsonl", chain.START, [], 0
    plain_from = count - count // 20
    for number in range(count):
        line, head = chain.link(body(number, end - timedelta(seconds=STEP_S * (count - 1 - number))), head)
        lines.append(line)
        size += len(line)
        if size >= SEGMENT_BYTES or number == plain_from:
            _seal(folder, lines)
            lines, size = [], 0
    path.write_bytes(b"".join(lines))
    return path


def _seal(folder: Path, lines: list[bytes]) -> None:
    linked = chain.place(lines[0][:-1])
    assert linked is not None
    audit_segments.segment_path(folder, linked.seq).write_bytes(b"".join(lines))
    audit_rotation.pack_sealed(folder)


def body(number: int, moment: datetime) -> bytes:
    """An event as commands write them, of one of seven types, and now and then of a rare one."""
    event_type = RARE if number % RARE_EVERY == 0 else TYPES[number * 7919 % len(TYPES)]
    tool = TOOLS[number * 104729 % len(TOOLS)]
    event = {
        "event_type": event_type,
        "timestamp": iso(moment),
        "severity": "error" if event_type == RARE else "info",
        "message": f"pipx:{tool}: 1.{number % 90}.0 -> 1.{number % 90 + 1}.0",
        "details": {"tool": tool, "package_manager": "pipx", "have": f"1.{number % 90}.0", "success": True},
        "user": "ada",
        "session_id": f"{number // 12:032x}",
        "host": "workstation",
        "version": "0.1.0",
        "asked_by": "human",
    }
    return msgspec.json.encode(event)


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), datetime.now(UTC))  # noqa: TID251 - a log that ends now
