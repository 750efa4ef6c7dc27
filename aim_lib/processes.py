"""Process trees: ask them to end, end the deaf, and find those that lost their parent. Starts nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

GRACE_S = 10.0  # npm and pipx put the old version back on SIGTERM; SIGKILL before that leaves the tool missing


def stop_tree(pid: int, grace_s: float) -> None:
    """SIGTERM to a child of ours and all its descendants, `grace_s` seconds, then SIGKILL. It is not waited for."""
    kill_deaf(terminate_tree(pid), grace_s)
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)  # who was born into the group after the SIGTERM


def terminate_tree(pid: int) -> list[psutil.Process]:
    """Ask a child that leads its own group, and all its descendants, to end; returns them, for the deaf among them."""
    members = family(pid)
    # Each is told once: a second SIGTERM inside pipx's handler of the first deadlocks it, and cuts npm's undo short.
    outside = members
    if members and os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGTERM)
        outside = [member for member in members if _group(member.pid) != pid]
    _terminate(outside)
    return members


def stop_survivors(members: list[psutil.Process], pid: int, grace_s: float) -> None:
    """Stop what is left of a tree whose root, `pid`, has ended; `members` were its processes before."""
    alive = [member for member in members if _lives(member)]
    _terminate(alive)
    kill_deaf(alive, grace_s)
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def family(pid: int) -> list[psutil.Process]:
    """A process and all its descendants; [] when it is gone."""
    import psutil

    try:
        root = psutil.Process(pid)
        return [*root.children(recursive=True), root]
    except psutil.NoSuchProcess:
        return []


def _terminate(members: list[psutil.Process]) -> None:
    import psutil

    for member in members:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.terminate()


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def is_alive(pid: int, started: float) -> bool:
    """Whether `pid` still runs *and* is the process that started at `started` (epoch seconds; pids are reused)."""
    import psutil

    try:
        return abs(psutil.Process(pid).create_time() - started) < 2.0
    except psutil.NoSuchProcess:
        return False


def stop_pid(pid: int, grace_s: float = GRACE_S) -> None:
    """Stop a process that is not our child, with its descendants: SIGTERM, `grace_s` seconds, SIGKILL."""
    members = family(pid)
    _terminate(members)
    kill_deaf(members, grace_s)


def marked(variable: str, value: str) -> tuple[int, ...]:
    """Processes of this user whose environment says `variable=value`; descendants keep it when their parent dies."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(variable) == value:
                found.append(process.pid)
    return tuple(found)


def kill_deaf(members: list[psutil.Process], grace_s: float) -> None:
    """Give `members` the grace period to end, then SIGKILL those that have not."""
    import psutil

    deadline = time.monotonic() + grace_s
    while (alive := [member for member in members if _lives(member)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    for member in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()


def _lives(process: psutil.Process) -> bool:
    """Whether it runs; a zombie does not, and where process 1 reaps nothing (many containers) it stays one for ever."""
    import psutil

    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def birth(pid: int) -> tuple[int, float]:
    """`pid` and when it started (epoch seconds; 0 when it has ended), which together name a process for good."""
    import psutil

    try:
        return pid, psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return pid, 0.0
