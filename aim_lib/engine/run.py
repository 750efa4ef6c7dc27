"""The shared context of one run: the options every task of a chain sees, and what each task had to say."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..model import Result

FORMATS_HELP = "how to show the result: terminal, json"


@dataclass(slots=True)
class Options:
    """What was asked for the whole run, wherever on the command line it stood."""

    dry_run: bool = False
    format: str = "terminal"
    quiet: bool = False
    yes: bool = False


@dataclass(slots=True)
class TaskState:
    """How one task ended: ok, changed, failed, or not run."""

    name: str
    state: str = "not run"
    seconds: float = 0.0
    reason: str = ""
    remedy: str = ""
    details: tuple[str, ...] = ()
    was_asked_for: bool = False


@dataclass(slots=True)
class Run:
    """One `invoke` or `aim` command line."""

    options: Options = field(default_factory=Options)
    requested: tuple[str, ...] = ()
    arguments: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: list[TaskState] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    current: str = ""
    began: float = field(default_factory=time.monotonic)
    memory: dict[str, Any] = field(default_factory=dict)
    on_end: list[Callable[[int], None]] = field(default_factory=list)

    @property
    def is_chain(self) -> bool:
        return len(self.states) > 1


_current: ContextVar[Run | None] = ContextVar("aim_run", default=None)


def current_run() -> Run:
    """The run that is going on; a fresh one when a task is called outside any (a unit test, a plain Python call)."""
    run = _current.get()
    if run is None:
        run = Run()
        _current.set(run)
    return run


def set_current(run: Run) -> None:
    _current.set(run)
