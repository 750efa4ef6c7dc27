"""Keeps a program's streams flowing until it has ended: output masked, keys and signals passed on. POSIX."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Protocol

from .flows import Flow
from .orders import Ended, Order
from .pipes import DRAIN_S
from .processes import kill_deaf, stop_tree, terminate_tree

if TYPE_CHECKING:
    import psutil

    from .keyboard import Keyboard


class Child(Protocol):
    """A running program. `pid` leads its group, or is in ours; `news` is readable when there is a reason to `look`."""

    pid: int
    news: int

    def look(self) -> int | None:
        """Read the news; the status of `waitpid` when it has ended, else None."""

    def hear(self, number: int) -> None:
        """Act on a signal that was sent to us."""


@dataclass(slots=True)
class Limit:
    """When a program that runs too long is asked to end, and `grace_s` seconds later is not asked any more."""

    at: float
    grace_s: float
    is_over: bool = False
    _members: list[psutil.Process] = field(default_factory=list)

    def check(self, pid: int, now: float) -> None:
        if now < self.at:
            return
        if self.is_over:
            self.enforce(pid, now)
        else:
            self._members = terminate_tree(pid)
            self.is_over, self.at = True, now + self.grace_s

    def enforce(self, pid: int, now: float) -> None:
        """What is still there at the end of its grace, the program itself or what it started, is killed."""
        kill_deaf(self._members, self.at - now if self.at < inf else 0.0)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)  # who was born into its group since
        self.at = inf


@dataclass(slots=True)
class Pump:
    """One program and its streams; `signals` is a descriptor that gives the number of each signal sent to us."""

    child: Child
    flows: Sequence[Flow]
    signals: int
    limit: Limit
    keyboard: Keyboard | None = None
    _status: int | None = None
    _ended_at: float = 0.0

    def run(self) -> int:
        """Until the program has ended and its streams are through; returns its status as `waitpid` has it.

        A daemon that it leaves behind may keep a stream open for ever: then until that has been silent for a while.
        Whatever is raised here, the program is stopped with its whole tree.
        """
        try:
            while self._status is None or self._still_flows():
                self._turn()
            if self.limit.is_over:
                self.limit.enforce(self.child.pid, time.monotonic())
        except BaseException:
            stop_tree(self.child.pid, self.limit.grace_s)
            raise
        finally:
            for flow in self.flows:
                flow.close()
        return self._status

    def _turn(self) -> None:
        readable, writable = self._wait(time.monotonic())
        now = time.monotonic()
        if self.signals in readable:
            for number in os.read(self.signals, 64):
                self.child.hear(number)
        if self.keyboard is not None and self._status is None:
            self.keyboard.serve(readable, writable, now)
        self._move(readable, writable, now)
        if self._status is None and self.child.news in readable:
            self._status = self.child.look()
            self._ended_at = now
        if self._status is None or self.limit.is_over:
            self.limit.check(self.child.pid, now)

    def _move(self, readable: list[int], writable: list[int], now: float) -> None:
        for flow in self.flows:
            if flow.wants_write and flow.target in writable:
                flow.give()
            elif flow.wants_read and flow.source in readable:
                flow.take(now, self.keyboard.least(flow, now) if self.keyboard is not None else 1)
            flow.let_go(now)

    def _wait(self, now: float) -> tuple[list[int], list[int]]:
        reads = [self.signals, *(flow.source for flow in self.flows if flow.wants_read)]
        writes = [flow.target for flow in self.flows if flow.wants_write]
        if self._status is None:
            reads.append(self.child.news)
            if self.keyboard is not None:
                reads += self.keyboard.reads
                writes += self.keyboard.writes
        soonest = min(self._deadlines())
        return select.select(reads, writes, (), None if soonest == inf else max(0.0, soonest - now))[:2]

    def _deadlines(self) -> list[float]:
        mine = [self.limit.at] if self._status is None or self.limit.is_over else []
        return [*mine, *(flow.due_at for flow in self.flows), inf if self._status is None else self._silent_at()]

    def _still_flows(self) -> bool:
        if time.monotonic() >= self._silent_at():
            for flow in self.flows:
                flow.end()
        return any(flow.is_open or flow.wants_write for flow in self.flows)

    def _silent_at(self) -> float:
        """When the streams have been silent for long enough after the program's end."""
        if any(flow.wants_write for flow in self.flows):
            return inf
        heard = [flow.heard_at for flow in self.flows if flow.is_open]
        return max(*heard, self._ended_at) + DRAIN_S if heard else inf


# Sent to us, these are meant for the program; a terminal sends the last one when its size changes.
PASSED_ON = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGWINCH,
)


def pumped(order: Order, child: Child, flows: Sequence[Flow], signals: int, keyboard: Keyboard | None = None) -> Ended:
    """Serve a program that has just been started until it has ended."""
    limit = Limit(time.monotonic() + order.timeout_s, order.grace_s)
    status = Pump(child, flows, signals, limit, keyboard).run()
    code = os.waitstatus_to_exitcode(status)
    return Ended(128 - code if code < 0 else code, limit.is_over)
