"""A build engine on Invoke, usable without the rest: `from aim_lib.engine import task`, one line in `invoke.yaml`."""

from .task import EngineTask, task

__all__ = ["EngineTask", "task"]
