"""A build engine on Invoke, usable without the rest: `from aim_lib.engine import task`, one line in `invoke.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .decorator import EngineTask, task

__all__ = ["EngineTask", "task"]


def __getattr__(name: str) -> Any:
    """Import Invoke, which takes longer than most commands, only when a task is really made."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import decorator

    return getattr(decorator, name)
