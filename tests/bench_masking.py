"""What masking costs: throughput of the pump beside one that masks nothing, and the echo of a key on a terminal."""

from __future__ import annotations

import os
import random
import select
import statistics
import string
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aim_lib.flows import Flow
from aim_lib.masking import Masker, Patterns, compile_patterns

from .screens import Screen, pumped

if TYPE_CHECKING:
    from .bench import Bench

LEAST_MB_S = 8.0
ECHO_MS = 5.0
BYTES = 16 << 20
KEYS = 300
SOURCE = f"""
import os
block = open({{path!r}}, 'rb').read()
for _ in range({BYTES} // len(block)):
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(1, rest):]
"""


def twenty_secrets() -> list[str]:
    """Of the lengths and beginnings that keys have; not secret."""
    chance = random.Random(20)  # noqa: S311
    letters = string.ascii_letters + string.digits
    beginnings = ("sk-ant-api03-", "sk-proj-", "ghp_", "AIza", "xoxb-")
    return [
        beginning + "".join(chance.choices(letters, k=length))
        for beginning, length in zip(beginnings * 4, (93, 48, 36, 35, 50) * 4, strict=True)
    ]


def kinds_of_output() -> dict[str, bytes]:
    """A mebibyte each: a log, base64, and a log with a secret in every tenth line."""
    chance = random.Random(8)  # noqa: S311
    lines = [
        f"12:00:{n % 60:02} GET https://example.com/api/v{n % 9}/items/{n} 200 in {n % 97} ms\n" for n in range(20_000)
    ]
    alphabet = string.ascii_letters + string.digits + "+/"
    coded = "".join(chance.choices(alphabet, k=1 << 20))
    hot = [
        f"{line.strip()} {twenty_secrets()[n % 20]}\n" if n % 10 == 0 else line for n, line in enumerate(lines[:12_000])
    ]
    return {
        name: "".join(text).encode()[: 1 << 20] for name, text in (("log", lines), ("base64", coded), ("hot log", hot))
    }


def pump_mb_s(path: Path, patterns: Patterns) -> float:
    """Megabytes in a second from a program through a pipe, our stream and another pipe to a reader."""
    argv = [sys.executable, "-S", "-c", SOURCE.format(path=str(path))]
    with (
        subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as reader,
        subprocess.Popen(argv, stdout=subprocess.PIPE) as writer,
    ):
        assert writer.stdout is not None
        assert reader.stdin is not None
        flow = Flow(os.dup(writer.stdout.fileno()), reader.stdin.fileno(), Masker(patterns), 0.25)
        select.select([flow.source], (), ())
        began = time.perf_counter()
        while flow.is_open or flow.wants_write:
            if flow.wants_write:
                select.select((), [flow.target], ())
                flow.give()
            else:
                flow.take(0.0, 1)
        flow.close()
        return BYTES / 1e6 / (time.perf_counter() - began)


def echo_ms(order: Mapping[str, object]) -> float:
    """From a key pressed to its echo on the screen, median; the program is cat, on the pump's terminal or on none."""
    with Screen(pumped(order, "/bin/sh", "-c", "echo ready; exec cat")) as screen:
        screen.until("ready")
        found = []
        for turn in range(KEYS):
            screen.text = ""
            key = "etaoin"[turn % 6] if turn % 40 else "\n"
            began = time.perf_counter()
            screen.type(key)
            screen.until(key)
            found.append(time.perf_counter() - began)
        screen.type("\n\x04")
        screen.close()
    return statistics.median(found) * 1000


def masking(bench: Bench, scratch: Path) -> None:
    """Printed as the other budgets are: ours, the rival, their ratio."""
    patterns, nothing = compile_patterns(twenty_secrets()), compile_patterns(())
    for kind, text in kinds_of_output().items():
        path = scratch / kind.replace(" ", "-")
        path.write_bytes(text)
        ours, rival = [], []
        for _ in range(max(3, bench.rounds // 3)):
            ours.append(pump_mb_s(path, patterns))
            rival.append(pump_mb_s(path, nothing))
        _judge(bench, f"masking a {kind}, MB/s", statistics.median(ours), statistics.median(rival), LEAST_MB_S)
    order = {"values": twenty_secrets(), "masks_terminals": True}
    _judge(bench, "echo of a key, ms", echo_ms(order), echo_ms({}), ECHO_MS)


def _judge(bench: Bench, what: str, ours: float, rival: float, limit: float) -> None:
    is_rate = what.endswith("MB/s")
    is_over = ours < limit if is_rate else ours > limit
    if is_over:
        bench.over.append(what)
    text = f"{'>=' if is_rate else '<'} {limit:.0f}; the rival masks nothing"
    print(
        f"{what:34} {ours:15.2f} {rival:15.2f} {ours / rival:13.2f}  {text:38} {'OVER' if is_over else 'ok'}",
        flush=True,
    )
