"""Runs a program on a terminal of its own, in a session of its own, with our keyboard. POSIX."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Sequence

from .errors import CommandFailed
from .flows import Flow
from .keyboard import Keyboard
from .leader import BORN, NEWS, REFUSED, STATUS, fork_leader
from .masking import Masker, Patterns
from .orders import Ended, Order, Way
from .programs import resolve
from .pumping import PASSED_ON, pumped
from .signals import signals_told
from .terminals import RawMode, copy_size, open_pair

KEYS = 0  # our stdin


def run_in_session(order: Order, patterns: Patterns, ways: Sequence[Way]) -> Ended:
    """Run it on a terminal like ours; its stderr goes through a pipe if ours does not lead to the terminal."""
    with signals_told((*PASSED_ON, signal.SIGCONT)) as told, contextlib.ExitStack() as stack:
        session = Session(order, has_pipe=ways[1] is Way.PIPE)
        stack.callback(session.close)
        flows = [Flow(session.terminal, 1, Masker(patterns), order.terminal_hold_s)]
        if session.errors is not None:
            flows.append(Flow(session.errors, 2, Masker(patterns), order.pipe_hold_s))
        return pumped(order, session, flows, told, Keyboard(KEYS, flows[0]))


class Session:
    """A started program. `terminal` is the end of its terminal that we serve, `errors` of its stderr's pipe."""

    def __init__(self, order: Order, has_pipe: bool) -> None:
        self._program = resolve(order.argv[0], order.env, order.cwd)
        self._mode = RawMode(KEYS)
        self.pid = 0
        self.terminal, theirs = open_pair(KEYS)
        self.errors: int | None = None
        theirs_too = theirs
        if has_pipe:
            self.errors, theirs_too = os.pipe()
        self.news, report = os.pipe()
        stay, self._stay = os.pipe()
        try:
            self._leader = fork_leader(self._program, order, (theirs, theirs, theirs_too), report, stay)
        finally:
            for descriptor in {theirs, theirs_too, report, stay}:
                os.close(descriptor)
        if self.look() is not None:
            raise CommandFailed(f"{self._program} cannot be given a terminal of its own")
        self._mode.enter()

    def look(self) -> int | None:
        what: int
        number: int
        # Without a word the leader was killed, and the program has heard that its terminal is gone.
        what, number = NEWS.unpack(os.read(self.news, NEWS.size) or NEWS.pack(STATUS, signal.SIGHUP))
        if what == BORN:
            self.pid = number
        elif what == REFUSED:
            raise CommandFailed(f"{self._program} cannot be started: {os.strerror(number)}")
        elif os.WIFSTOPPED(number):
            self._suspend()
        else:
            return number
        return None

    def hear(self, number: int) -> None:
        if number == signal.SIGCONT:
            self._mode.enter()
        if number in (signal.SIGCONT, signal.SIGWINCH):
            copy_size(KEYS, self.terminal)  # which tells the program
        else:
            self._send(number)

    def close(self) -> None:
        """Give our terminal back. Who is left in the session has heard that its own is gone."""
        self._mode.leave()
        os.close(self._stay)
        os.close(self.news)
        os.waitpid(self._leader, 0)

    def _suspend(self) -> None:
        """The program has stopped, by Ctrl-Z or of itself: so do we, with our pipeline, and go on with it."""
        self._mode.leave()
        os.killpg(os.getpgrp(), signal.SIGTSTP)
        self.hear(signal.SIGCONT)
        self._send(signal.SIGCONT)

    def _send(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
