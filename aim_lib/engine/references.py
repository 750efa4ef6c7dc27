"""What a list of references may hold beside tasks and names: one that may fail, an argument passed on from above."""

from __future__ import annotations

from typing import Any

from ..model import Frozen


class Safe(Frozen, frozen=True):
    """A reference whose failure the referring task tolerates; made by `safe`."""

    target: Any


class Given(Frozen, frozen=True):
    """Stands for the referring task's own argument `name`; made by `given`."""

    name: str


def safe(target: Any) -> Safe:
    """Refer to a task that may fail: its failure is shown, who refers goes on, the exit code stays 0.

    `target` is a task, `call(task, …)` or a dotted name; `"?name"` says the same.
    """
    return Safe(target=target)


def given(name: str) -> Given:
    """In `pre=[call(build, target=given("target"))]`: what the referring task was given for its parameter `name`."""
    return Given(name=name)
