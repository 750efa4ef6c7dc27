"""The shared context of one run: what was asked for, how each task stands, and what it had to say."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import field

from ..errors import Interrupted, TookTooLong
from ..processes import GRACE_S
from .options import Options

if TYPE_CHECKING:
    from ..host import Host
    from ..model import Result
    from .runner import EngineRunner

OK, CHANGED, FAILED, SKIPPED = "ok", "changed", "failed", "skipped"
UP_TO_DATE, BLOCKED, CANCELLED, WAITING = "up-to-date", "blocked", "cancelled", "waiting"
STATES = (OK, CHANGED, FAILED, SKIPPED, UP_TO_DATE, BLOCKED, CANCELLED)
GOOD = frozenset({OK, CHANGED, SKIPPED, UP_TO_DATE})


class TaskState(msgspec.Struct):
    """How one task stands: one of STATES, or "waiting" before its turn.

    `label` is its name as shown, with its arguments where it is called more than once. `path` is file:line of its
    definition, `started` ISO 8601, `exit_code` our code for its failure and `child_code` that of the program that made
    it fail. `was_done` says that an unfinished run had done it, `limit_s` is its time limit in seconds, `value` what
    its body returned. `is_command` marks AIM's own commands, which report for themselves.
    """

    name: str
    key: str = ""
    label: str = ""
    path: str = ""
    state: str = WAITING
    reason: str = ""
    remedy: str = ""
    details: tuple[str, ...] = ()
    started: str = ""
    seconds: float = 0.0
    exit_code: int = 0
    child_code: int | None = None
    warnings: list[str] = field(default_factory=list)
    was_asked_for: bool = False
    is_tolerated: bool = False
    is_command: bool = False
    must_run: bool = False
    was_done: bool = False
    limit_s: float | None = None
    ran_out_of_time: bool = False
    value: Any = None

    @property
    def is_good(self) -> bool:
        return self.state in GOOD

    @property
    def is_failure(self) -> bool:
        """Whether it failed, or was ended, of itself: not because of what others did."""
        return self.state == FAILED or (self.state == CANCELLED and bool(self.exit_code))


class Run(msgspec.Struct, weakref=True):
    """One `invoke` or `aim` command line.

    `rest` are the words after `--`; `memory` is for whoever runs tasks; `on_end` is called with the exit code;
    `has_document` says that someone of those prints the JSON document of this run.
    """

    options: Options = field(default_factory=Options)
    host: Host | None = None
    requested: tuple[str, ...] = ()
    arguments: dict[str, dict[str, Any]] = field(default_factory=dict)
    rest: tuple[str, ...] = ()
    states: list[TaskState] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    memory: dict[str, Any] = field(default_factory=dict)
    on_end: list[Callable[[int], None]] = field(default_factory=list)
    has_document: bool = False
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    children: dict[EngineRunner, TaskState | None] = field(default_factory=dict)
    redact: Callable[[str], str] = str
    grace_s: float = GRACE_S
    is_stopping: bool = False
    mutex: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_chain(self) -> bool:
        return len(self.states) > 1

    @property
    def is_one_command(self) -> bool:
        """Whether it is just one of AIM's own commands, whose result is all there is to say."""
        return len(self.states) == 1 and self.states[0].is_command

    @property
    def current(self) -> str:
        """The dotted name of the task that runs in this thread, or ""."""
        state = _task.get()
        return state.name if state else ""

    def warn(self, message: str) -> None:
        """Put a warning on record for the task that runs in this thread."""
        state = _task.get()
        with self.mutex:
            (state.warnings if state else self.warnings).append(self.redact(message))

    def may_start_programs(self) -> None:
        """Raises Interrupted when the run is being stopped, TookTooLong when the task's time has run out."""
        state = _task.get()
        if state is not None and state.ran_out_of_time:
            raise TookTooLong(f"{state.name}: no time is left to start another program")
        if self.is_stopping and not (state is not None and state.must_run):
            raise Interrupted("the run is being stopped")

    def started(self, runner: EngineRunner) -> None:
        """Know a program that runs, so that it can be stopped."""
        with self.mutex:
            self.children[runner] = _task.get()

    def ended(self, runner: EngineRunner) -> None:
        with self.mutex:
            self.children.pop(runner, None)

    def stop_children(self, of: TaskState | None = None, *, all_of_them: bool = False) -> None:
        """Stop the programs of one task, or all but those of tasks that must run, each with its whole tree."""
        with self.mutex:
            owners = list(self.children.items())
        doomed = [
            runner
            for runner, owner in owners
            if all_of_them or owner is of or (of is None and not (owner is not None and owner.must_run))
        ]
        threads = [threading.Thread(target=runner.kill) for runner in doomed]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


_current: ContextVar[Run | None] = ContextVar("aim_run", default=None)
_task: ContextVar[TaskState | None] = ContextVar("aim_task", default=None)


def current_run() -> Run:
    """The run that is going on; a fresh one when a task is called outside any (a unit test, a plain Python call)."""
    run = _current.get()
    if run is None:
        run = Run()
        _current.set(run)
    return run


def set_current(run: Run) -> None:
    _current.set(run)


@contextmanager
def as_current(run: Run) -> Iterator[None]:
    """Make `run` the current one; inside a task of another run only for as long as this lasts."""
    outer = _current.get() if _task.get() is not None else None
    token = _task.set(None)
    _current.set(run)
    try:
        yield
    finally:
        _task.reset(token)
        if outer is not None:
            _current.set(outer)


@contextmanager
def running(state: TaskState) -> Iterator[None]:
    """While inside, warnings and programs of this thread belong to `state`."""
    token = _task.set(state)
    try:
        yield
    finally:
        _task.reset(token)
