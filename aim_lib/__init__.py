"""AIM: sets up and keeps healthy a developer's AI command-line environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from invoke import Collection

__version__ = "0.1.0"


def namespace() -> Collection:
    """AIM's tasks as an Invoke Collection, for a project's own `tasks.py`."""
    from .collect import namespace as built_in

    return built_in()
