"""Reading by as many processes as there are cores: threads are slower than one alone, as each file takes microseconds.

The first of the batches go to the others and the last are read here, until they meet: who is held up does less. A
process that ends too early is no loss, what it was to read is read here.
"""

from __future__ import annotations

import marshal
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING

from . import content_hash, reading
from .errors import AimError
from .pipes import close_quietly
from .proc import NOWHERE, PIPE, spawn
from .reading import Answer, Batch

if TYPE_CHECKING:
    import subprocess

MOST = 4  # processes with us: what a disk or a kernel can do at once ends somewhere
WORTH = 4000  # files that are read while one more process starts
_NEEDED = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # of the environment, to start a Python

Waiting = deque[tuple[int, Batch]]


@dataclass(frozen=True, slots=True)
class Helpers:
    """How many processes may read beside us, and how one is started."""

    most: int
    python: str = sys.executable
    env: Mapping[str, str] = field(default_factory=dict)


def helpers_for(python: str, env: Mapping[str, str]) -> Helpers:
    """One for each core that we may use but our own; none where names are not in UTF-8, as a helper has them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if sys.getfilesystemencoding() != "utf-8":
        cores = 1
    return Helpers(min(cores, MOST) - 1, python, {name: env[name] for name in _NEEDED if name in env})


class Readers:
    """This process and its helpers, which are started when there is enough to read, and end with the block."""

    def __init__(self, helpers: Helpers | None = None) -> None:
        self._how = helpers or Helpers(0)
        self._own = reading.Reader()
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Readers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            process.kill()  # it has nothing left to do, or is not to do it any more
            process.wait()
            close_quietly(process.stdin)
            close_quietly(process.stdout)
        self._running.clear()

    def read(self, batches: Sequence[Batch], *, is_whole: bool, is_alone: bool = False) -> list[Answer]:
        """The answers for all files in their order; `is_alone` asks no helper."""
        waiting: Waiting = deque(enumerate(batches))
        answers: list[list[Answer]] = [[]] * len(batches)
        carriers = [] if is_alone else self._carriers(waiting, answers, is_whole)
        while True:
            while (last := _taken(waiting.pop)) is not None:
                answers[last[0]] = self._own.answers(last[1], is_whole=is_whole)
            for carrier in carriers:
                carrier.join()  # what one could not do waits now
            if not waiting:
                break
        return [answer for each in answers for answer in each]

    def _carriers(self, waiting: Waiting, answers: list[list[Answer]], is_whole: bool) -> list[threading.Thread]:
        count = sum(len(names) for _, batch in waiting for _, names, _ in batch)
        while len(self._running) < min(self._how.most, count // WORTH):
            try:
                self._running.append(_start(self._how))
            except AimError:  # we can do without
                break
        carriers = []
        for process in self._running:
            carrier = threading.Thread(target=_carry, args=(process, waiting, answers, is_whole), daemon=True)
            try:
                carrier.start()
            except RuntimeError:  # as many as this user may have
                break
            carriers.append(carrier)
        return carriers


def _start(helpers: Helpers) -> subprocess.Popen[bytes]:
    said = filter(None, (content_hash.algorithm()[0], content_hash.place()))  # "" would mean the working folder
    argv = (helpers.python, "-I", "-S", "-X", "utf8", reading.__file__, *said)
    return spawn(argv, env=helpers.env, streams=(PIPE, PIPE, NOWHERE))


def _carry(process: subprocess.Popen[bytes], waiting: Waiting, answers: list[list[Answer]], is_whole: bool) -> None:
    """Bring batches to a helper and answers back, until none waits or it has gone."""
    while (first := _taken(waiting.popleft)) is not None:
        try:
            answers[first[0]] = _asked(process, first[1], is_whole)
        except (OSError, EOFError, ValueError, TypeError):
            waiting.append(first)
            return


def _taken(take: Callable[[], tuple[int, Batch]]) -> tuple[int, Batch] | None:
    try:
        return take()
    except IndexError:  # another one has had the last
        return None


def _asked(process: subprocess.Popen[bytes], batch: Batch, is_whole: bool) -> list[Answer]:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    marshal.dump((is_whole, batch), process.stdin)
    process.stdin.flush()
    answers = marshal.load(process.stdout)  # noqa: S302 - from a program of ours
    if not isinstance(answers, list) or len(answers) != sum(len(names) for _, names, _ in batch):
        raise ValueError("these are no answers")
    return answers
