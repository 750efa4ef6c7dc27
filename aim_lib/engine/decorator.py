"""The task decorator: Invoke's own, with the options of a whole run (`--json`, `--dry-run`, …) on every task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import invoke
from invoke.parser import Argument

SHARED = {
    "dry_run": ("dry-run", bool, False, "show what would be done; change nothing"),
    "json": ("json", bool, False, "print one JSON document on stdout"),
    "json_output": ("json-output", bool, False, "the same as --json"),
    "format": ("format", str, "", "terminal or json"),
    "quiet": ("quiet", bool, False, "only failures and results"),
    "yes": ("yes", bool, False, "answer yes to every question"),
}


class EngineTask(invoke.Task):  # type: ignore[type-arg]
    """A task that also accepts the run's shared options, so that the stock `invoke` takes them behind its name.

    A program that has them as options of its own sets `shares_options` to False: they slow every task's parser.
    """

    shares_options = True

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        arguments = super().get_arguments(ignore_unknown_help)
        if not EngineTask.shares_options:
            return arguments
        taken = {name for argument in arguments for name in argument.names}
        return [*arguments, *(argument for argument in shared_arguments() if not taken & set(argument.names))]


def shared_arguments() -> list[Argument]:
    """The options of a run as Invoke arguments."""
    # attr_name only where it differs: equal to the name it sends Invoke's deep copy into endless recursion.
    return [
        Argument(name=flag, kind=kind, default=default, help=text, attr_name=None if flag == key else key)
        for key, (flag, kind, default, text) in SHARED.items()
    ]


def task(*args: Any, **kwargs: Any) -> Callable[..., Any]:
    """Invoke's `@task`, making an EngineTask. Takes the same arguments."""
    kwargs.setdefault("klass", EngineTask)
    return invoke.task(*args, **kwargs)
