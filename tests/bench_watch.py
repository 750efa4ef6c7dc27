"""What watching costs while nothing happens: a part of `tests.bench`. Linux only, by the kernel's count of CPU time.

20,000 folders, watched as a service does it; then the same with too few watches, so that the sweep alone sees the rest.
What must not be exceeded is a hundredth of one core.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from .bench import Bench, clean_env
from .checkout import with_checkout

FOLDERS = (20, 10, 100)
BEGINNING_S, IDLE_S = 20.0, 45.0
MOST = 0.01  # of one core


def watch(bench: Bench, scratch: Path) -> None:
    """Idle, with enough watches and with too few; and how soon a new cache is told."""
    project, env = scratch / "project", clean_env(scratch / "home")
    (scratch / "home").mkdir()
    for outer in range(FOLDERS[0]):
        for inner in range(FOLDERS[1]):
            for name in range(FOLDERS[2]):
                (project / str(outer) / str(inner) / str(name)).mkdir(parents=True)
    (project / "aim.toml").write_text("[tools]\n", encoding="utf-8")
    for what, words in (("enough watches", ()), ("1,000 watches", ("--limit", "1000"))):
        share, told_ms = idle(project, env, words)
        if share > MOST:
            bench.over.append(f"watching, {what}")
        verdict = "OVER" if share > MOST else "ok"
        line = f"{share:8.2%} of a core   a new cache is told after {told_ms:.0f} ms   <= {MOST:.0%} {verdict}"
        print(f"{'watching 20,000 folders, ' + what:45} {line}", flush=True)


def idle(project: Path, env: dict[str, str], words: tuple[str, ...]) -> tuple[float, float]:
    """The share of a core while nothing happens, and the milliseconds until a new cache is told."""
    said = project.parent / "said"
    with said.open("wb") as out:
        argv = (sys.executable, "-m", "aim_lib", "cache", "watch", *words)
        child = subprocess.Popen(argv, env=with_checkout(env), cwd=project, stdout=out, stderr=out)
    try:
        time.sleep(BEGINNING_S)
        before, began = _cpu_s(child.pid), time.monotonic()
        time.sleep(IDLE_S)
        share = (_cpu_s(child.pid) - before) / (time.monotonic() - began)
        made, began = project / "0" / "0" / "0" / f"new{len(words)}" / ".mypy_cache", time.monotonic()
        made.mkdir(parents=True)
        while str(made).encode() not in said.read_bytes() and time.monotonic() - began < IDLE_S:
            time.sleep(0.01)
        return share, (time.monotonic() - began) * 1000
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait()


def _cpu_s(pid: int) -> float:
    """Seconds of CPU, user and system (proc(5): the fields after the name, which may have spaces)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
