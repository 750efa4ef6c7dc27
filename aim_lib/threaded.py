"""Runs a program with its output masked where descriptors cannot be waited for, on Windows: by threads.

What the program prints is in pipes, also when ours leads to a console.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Sequence
from math import inf
from queue import Empty, Queue
from typing import IO, TYPE_CHECKING

from .masking import Masker, Patterns
from .orders import Ended, Order, Way
from .pipes import DRAIN_S, close_quietly
from .proc import PIPE, has_ended, spawn
from .processes import stop_tree

if TYPE_CHECKING:
    import subprocess

READ_BYTES = 65536
_AHEAD = 4  # pieces read while the last one is being written


def run_threaded(order: Order, patterns: Patterns, ways: Sequence[Way]) -> Ended:
    """Run it with our stdin. Ctrl-C reaches it by the console; we wait for its own way of ending."""
    out, err = (None if way is Way.OURS else PIPE for way in ways)
    process = spawn(order.argv, env=order.env, cwd=order.cwd, streams=(None, out, err), has_own_group=False)
    pipes = ((1, process.stdout), (2, process.stderr))
    carriers = [
        Carrier(pipe, number, Masker(patterns), order.pipe_hold_s) for number, pipe in pipes if pipe is not None
    ]
    try:
        timed_out = not _ends_by(process, time.monotonic() + order.timeout_s)
    except BaseException:
        stop_tree(process.pid, order.grace_s)
        raise
    if timed_out:
        stop_tree(process.pid, order.grace_s)
    for carrier in carriers:
        carrier.finish()
    code = process.wait()
    return Ended(128 - code if code < 0 else code, timed_out)


def _ends_by(process: subprocess.Popen[bytes], at: float) -> bool:
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            if at < inf:
                return has_ended(process, at - time.monotonic())
            process.wait()
            return True


class Carrier:
    """One stream of a program on its way to our descriptor `target`."""

    def __init__(self, pipe: IO[bytes], target: int, masker: Masker, hold_s: float) -> None:
        self._pipe = pipe
        self._target = target
        self._masker = masker
        self._hold_s = hold_s
        self._heard = 0  # pieces so far
        self._pieces: Queue[bytes] = Queue(_AHEAD)
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()
        threading.Thread(target=self._read, daemon=True).start()

    def finish(self) -> None:
        """Wait for the stream's end; when a daemon keeps it open, until it has been silent for a while."""
        before = -1
        while self._writer.is_alive() and self._heard != before:
            before = self._heard
            self._writer.join(DRAIN_S)

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the other thread has closed it
            while piece := os.read(self._pipe.fileno(), READ_BYTES):
                self._heard += 1
                self._pieces.put(piece)
        self._pieces.put(b"")

    def _write(self) -> None:
        with contextlib.suppress(OSError):  # nobody reads it any more: then the program hears of it
            while piece := self._next():
                self._give(self._masker.feed(piece))
            self._give(self._masker.flush())
        close_quietly(self._pipe)

    def _next(self) -> bytes:
        if self._masker.is_holding:
            try:
                return self._pieces.get(timeout=self._hold_s)
            except Empty:
                self._give(self._masker.flush())
        return self._pieces.get()

    def _give(self, text: bytes) -> None:
        while text:
            text = text[os.write(self._target, text) :]
