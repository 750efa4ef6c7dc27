"""A task that becomes Invoke's only when it is asked for: reading commands run without importing Invoke at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .decorator import EngineTask


@dataclass(slots=True)
class DeferredTask:
    """A task's body and what `@task` is to be told of it. `pre` may be set until `task` is first read."""

    body: Callable[..., Any]
    settings: dict[str, Any]
    pre: list[DeferredTask] = field(default_factory=list)
    _made: EngineTask | None = None

    @property
    def name(self) -> str:
        return self.body.__name__

    @property
    def task(self) -> EngineTask:
        """The Invoke task, made once."""
        if self._made is None:
            from .decorator import task

            pre = [other.task for other in self.pre]
            made: EngineTask = task(pre=pre, is_command=True, **self.settings)(self.body)
            self._made = made
        return self._made
