"""Work of as many processes as there are cores: threads are slower than one alone, as each file takes microseconds.

The last of the jobs that wait are done here and the first by the others, until none is left: who is held up does less.
A process that ends too early is no loss, what it had to do is done here.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from . import content_hash, helper
from .errors import AimError
from .pipes import close_quietly
from .proc import NOWHERE, PIPE, spawn

if TYPE_CHECKING:
    import subprocess

MOST = 4  # processes with us: what a disk or a kernel can do at once ends somewhere
WORTH = 4000  # files that are read, or entries listed, while one more process starts
_NEEDED = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # of the environment, to start a Python

Job = TypeVar("Job")


class Work(Protocol[Job]):
    """What can be done job by job, here or elsewhere."""

    def size(self) -> int:
        """How much there is to do, as far as is known, in what `WORTH` counts."""

    def here(self, job: Job) -> Any:
        """Do it, and return the answer."""

    def question(self, job: Job) -> tuple[Any, ...]:
        """What asks a helper to do it."""

    def done(self, job: Job, answer: Any) -> Iterable[Job]:
        """Take the answer, and return the jobs that come of it. Raises any exception when it is none."""


@dataclass(frozen=True, slots=True)
class Helpers:
    """How many processes may work beside us, and how one is started."""

    most: int
    python: str = sys.executable
    env: Mapping[str, str] = field(default_factory=dict)


def helpers_for(python: str, env: Mapping[str, str]) -> Helpers:
    """One for each core that we may use but our own; none where names are not in UTF-8, as a helper has them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if sys.getfilesystemencoding() != "utf-8":
        cores = 1
    return Helpers(min(cores, MOST) - 1, python, {name: env[name] for name in _NEEDED if name in env})


class Crew:
    """This process and its helpers, which are started when there is enough to do, and end with the block."""

    def __init__(self, helpers: Helpers | None = None) -> None:
        self._how = helpers or Helpers(0)
        self._running: list[subprocess.Popen[bytes]] = []
        self._started = 0

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._running:
            _end(self._running.pop())

    def do(self, work: Work[Job], jobs: Iterable[Job], *, is_alone: bool = False) -> None:
        """Do all of `jobs`, and what comes of them; `is_alone` asks no helper."""
        shared = _Jobs(jobs)
        free = [] if is_alone else [*self._running, *[None] * (self._how.most - self._started)]
        carriers: list[threading.Thread] = []
        while (job := shared.taken(shared.waiting.pop)) is not None:
            while free and len(carriers) < work.size() // WORTH:
                carriers += self._carrier(free.pop(0), work, shared)
            shared.add(work.done(job, work.here(job)))
        for carrier in carriers:
            carrier.join()

    def _carrier(
        self, process: subprocess.Popen[bytes] | None, work: Work[Job], shared: _Jobs[Job]
    ) -> Iterator[threading.Thread]:
        """Who brings jobs to a helper, which is started when there is none yet; nobody where that cannot be."""
        # Without a process or a thread more, as a user may have so many of them, we can do alone.
        with contextlib.suppress(AimError, RuntimeError):
            if process is None:
                self._started += 1
                process = _start(self._how)
                self._running.append(process)
            carrier = threading.Thread(target=self._carry, args=(process, work, shared), daemon=True)
            carrier.start()
            yield carrier

    def _carry(self, process: subprocess.Popen[bytes], work: Work[Job], shared: _Jobs[Job]) -> None:
        """Bring jobs to a helper and answers back, until nothing is left or it has gone."""
        while (job := shared.taken(shared.waiting.popleft)) is not None:
            try:
                more = work.done(job, asked(process, work.question(job)))
            except Exception:  # noqa: BLE001 - whatever it is: what fails here as well is heard of
                with contextlib.suppress(ValueError):  # the block has ended, and it with it
                    self._running.remove(process)
                    _end(process)
                shared.add((job,))
                return
            shared.add(more)


class _Jobs(Generic[Job]):
    """Jobs that wait, for several threads; there may come more as long as one of them is `busy` with one."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.waiting, self._busy, self._changed = deque(jobs), 0, threading.Condition()

    def taken(self, take: Callable[[], Job]) -> Job | None:
        """The next one, when there is one; None when there will be none. `add` is to follow."""
        with self._changed:
            while not self.waiting and self._busy:
                self._changed.wait()
            if not self.waiting:
                return None
            self._busy += 1
            return take()

    def add(self, jobs: Iterable[Job]) -> None:
        """What comes of the job that was taken."""
        with self._changed:
            self._busy -= 1
            self.waiting.extend(jobs)
            self._changed.notify_all()


def _start(helpers: Helpers) -> subprocess.Popen[bytes]:
    said = filter(None, (content_hash.algorithm()[0], content_hash.place()))  # "" would mean the working folder
    argv = (helpers.python, "-I", "-S", "-X", "utf8", helper.__file__, *said)
    return spawn(argv, env=helpers.env, streams=(PIPE, PIPE, NOWHERE))


def asked(process: subprocess.Popen[bytes], question: tuple[Any, ...]) -> Any:
    """What a helper says. Raises OSError, EOFError, ValueError or TypeError when it has gone, or talks nonsense."""
    if process.stdin is None or process.stdout is None:
        raise EOFError
    helper.tell(process.stdin, question)
    return helper.hear(process.stdout)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # it has nothing left to do, or is not to do it any more
    process.wait()
    close_quietly(process.stdin)
    close_quietly(process.stdout)
