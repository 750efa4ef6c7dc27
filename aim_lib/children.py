"""A program in our own terminal session, its streams in pipes or on a terminal for what it prints. POSIX."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from .flows import Flow
from .masking import Masker, Patterns
from .orders import Ended, Order, Way
from .proc import spawn
from .pumping import PASSED_ON, pumped
from .signals import signals_told
from .terminals import copy_size, is_controlled, open_pair, pass_unchanged

# A terminal sends these to every program that is in front on it: the child has had its own.
FROM_KEYS = frozenset((signal.SIGINT, signal.SIGQUIT))


def run_plain(order: Order, patterns: Patterns, ways: Sequence[Way]) -> Ended:
    """Run it with our stdin, and stdout and stderr going the given ways."""
    outlets = Outlets(order)
    try:
        _fit(outlets, ways)
        with signals_told(PASSED_ON) as told:
            child = Plain(order.argv, order.env, order.cwd, outlets)
            outlets.close_theirs()
            flows = [Flow(ours, target, Masker(patterns), hold_s) for ours, target, hold_s in outlets.ours]
            return pumped(order, child, flows, told)
    finally:
        outlets.close_theirs()


def _fit(outlets: Outlets, ways: Sequence[Way]) -> None:
    targets = {way: [number for number, one in enumerate(ways, start=1) if one is way] for way in Way}
    if targets[Way.TERMINAL]:
        outlets.add_terminal(*targets[Way.TERMINAL])
    for target in targets[Way.PIPE]:
        outlets.add_pipe(target)


class Outlets:
    """`theirs` are what a program gets in the place of our 1 and 2; `ours` is what to pump: from, to, held how long."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self.theirs: dict[int, int] = {}
        self.ours: list[tuple[int, int, float]] = []
        self.terminals: list[tuple[int, int]] = []

    def add_pipe(self, target: int) -> None:
        ours, self.theirs[target] = os.pipe()
        self.ours.append((ours, target, self._order.pipe_hold_s))

    def add_terminal(self, *targets: int) -> None:
        """One terminal that does nothing but look like `targets`: keys and signals come from the real one."""
        ours, theirs = open_pair(targets[0])
        pass_unchanged(theirs)
        self.theirs.update(dict.fromkeys(targets, theirs))
        self.terminals.append((targets[0], ours))
        self.ours.append((ours, targets[0], self._order.terminal_hold_s))

    def close_theirs(self) -> None:
        for descriptor in set(self.theirs.values()):
            os.close(descriptor)
        self.theirs.clear()


class Plain:
    """A started program. It is in our process group if we have a terminal, so that Ctrl-C and Ctrl-Z mean all of us.

    Without one it leads a group of its own, and what is sent to us is sent to that whole group.
    """

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], cwd: Path | None, outlets: Outlets) -> None:
        self._is_with_us = is_controlled()
        self._terminals = outlets.terminals
        streams = (None, outlets.theirs.get(1), outlets.theirs.get(2))
        self._process = spawn(argv, env=env, cwd=cwd, streams=streams, has_own_group=not self._is_with_us)
        self.pid = self._process.pid
        self.news, told = os.pipe()
        threading.Thread(target=self._wait, args=(told,), daemon=True).start()

    def look(self) -> int | None:
        os.close(self.news)
        code = self._process.wait()
        return -code if code < 0 else code << 8

    def hear(self, number: int) -> None:
        if number == signal.SIGWINCH:
            for terminal, ours in self._terminals:
                copy_size(terminal, ours)
        if self._is_with_us:
            if number not in FROM_KEYS:
                self._process.send_signal(number)
        else:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def _wait(self, told: int) -> None:
        self._process.wait()
        os.close(told)
