"""The `c` of a task: Invoke's Context with argv lists, a real folder for `c.cd`, warnings, inputs and outputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from invoke import Config, Context
from invoke.runners import Result, Runner

from .run import current_run


class EngineContext(Context):
    """What an engine task gets as its first argument.

    `inputs` and `outputs` are what the task declared, resolved; with `each=True` only the stale ones, in pairs.
    `rest` are the words behind `--` on the command line, one by one.
    """

    def __init__(self, config: Config | None = None, remainder: str = "") -> None:
        super().__init__(config, remainder)
        self._set(inputs=(), outputs=(), rest=current_run().rest)

    def run(self, command: str | Sequence[str], **kwargs: Any) -> Result:
        """Run a shell line, or an argv list that no shell ever sees.

        Takes Invoke's keywords, and `ok=(0, 1)`: the exit codes that count as success (default: 0). Raises
        UnexpectedExit for others, CommandTimedOut after `timeout` seconds, MissingProgram when there is no such
        program.
        """
        return super().run(command, **kwargs)  # type: ignore[arg-type]

    def warn(self, message: str) -> None:
        """Put a warning on record for the summary; the task goes on."""
        current_run().warn(message)

    @property
    def folder(self) -> Path | None:
        """Where commands run: what `c.cd` says, or None for the process's own folder."""
        places = [Path(entry).expanduser() for entry in self.command_cwds]
        return Path(*places) if places else None

    def _run(self, runner: Runner, command: str | Sequence[str], **kwargs: Any) -> Result:
        if not isinstance(command, str) and self.command_prefixes:
            import shlex

            command = shlex.join(map(str, command))
        shown = self._prefix_commands(command) if isinstance(command, str) else command
        return runner.run(shown, **kwargs)  # type: ignore[arg-type]

    def _prefix_commands(self, command: str) -> str:
        """What `c.prefix` puts before a command; not `c.cd`: Invoke's `cd X && …` quotes X only in part."""
        return " && ".join([*self.command_prefixes, command])
