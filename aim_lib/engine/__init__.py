"""A build engine on Invoke, usable without the rest: `from aim_lib.engine import task`, one line in `invoke.yaml`."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if not sys.flags.dont_write_bytecode:
    # Invoke switches .pyc files off before it loads tasks.py: twenty task modules then take three times as long.
    sys.dont_write_bytecode = False

if TYPE_CHECKING:
    from .context import EngineContext
    from .decorator import EngineTask, task
    from .hooks import on_enter_run, on_enter_task, on_exit_run, on_exit_task
    from .project import namespace
    from .references import given, safe
    from .run import current_run

_HOME = {
    "EngineContext": "context",
    "EngineTask": "decorator",
    "current_run": "run",
    "given": "references",
    "namespace": "project",
    "on_enter_run": "hooks",
    "on_enter_task": "hooks",
    "on_exit_run": "hooks",
    "on_exit_task": "hooks",
    "safe": "references",
    "task": "decorator",
}
__all__ = [
    "EngineContext",
    "EngineTask",
    "current_run",
    "given",
    "namespace",
    "on_enter_run",
    "on_enter_task",
    "on_exit_run",
    "on_exit_task",
    "safe",
    "task",
]


def __getattr__(name: str) -> Any:
    """Import Invoke, which takes longer than most commands, only when a task is really made."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
