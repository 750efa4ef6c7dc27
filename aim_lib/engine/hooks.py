"""Code of a project's own around every run (`@on_enter_run`, `@on_exit_run`) and task (`@on_enter_task`, …).

Exit hooks are called whenever their enter hooks were. Tasks that are skipped, up to date or blocked have none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .run import Run, TaskState

RunHook = TypeVar("RunHook", bound=Callable[[Run], object])
TaskHook = TypeVar("TaskHook", bound=Callable[[TaskState], object])

enter_run: list[Callable[[Run], object]] = []
exit_run: list[Callable[[Run], object]] = []
enter_task: list[Callable[[TaskState], object]] = []
exit_task: list[Callable[[TaskState], object]] = []


def on_enter_run(hook: RunHook) -> RunHook:
    """Call a function of the Run before its first task; what it raises ends the run."""
    enter_run.append(hook)
    return hook


def on_exit_run(hook: RunHook) -> RunHook:
    """Call a function of the Run when it ends, however it ends; what it raises makes a good run fail."""
    exit_run.append(hook)
    return hook


def on_enter_task(hook: TaskHook) -> TaskHook:
    """Call a function of the TaskState before each task that really runs; what it raises fails that task."""
    enter_task.append(hook)
    return hook


def on_exit_task(hook: TaskHook) -> TaskHook:
    """Call a function of the TaskState after each task that ran, with its state as it ended."""
    exit_task.append(hook)
    return hook
