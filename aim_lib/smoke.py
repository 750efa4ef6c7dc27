"""Asks a command that was just installed for a sign of life, where the configuration says with which words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .errors import CommandFailed
from .model import Change, Present
from .steps import Doer

ANSWER_S = 60.0  # a node CLI of 90 MB takes seconds on a cold disk


def see_it_answer(change: Change, present: Present, doer: Doer) -> None:
    """Start the command of what `change` installed with `change.smoke`; nothing when that is empty.

    Its folders come first on PATH then: a tool from npm needs the node that it was installed with. Raises CommandFailed
    when it cannot be started, fails, or does not answer within a minute.
    """
    if not change.smoke or not present.commands:
        return
    command = present.name if present.name in present.commands else present.commands[0]
    folders = doer.resources[change.kind].bin_folders
    first = Path(present.bin_folder) if present.bin_folder else folders[0]
    program = replace(doer.host, env={**doer.host.env, "PATH": str(first)}).which(command) or first / command
    asked = " ".join((command, *change.smoke))
    env = doer.host.with_path_first(first, *folders).env
    answer = doer.runner.run((str(program), *change.smoke), env=env, timeout_s=ANSWER_S)
    if answer.is_ok:
        return
    how = f"did not answer within {ANSWER_S:.0f} s" if answer.timed_out else f"ended with exit {answer.exit_code}"
    raise CommandFailed(
        f"{change.name} was installed, but `{asked}` {how}",
        details=tuple(answer.last_words().splitlines()),
        remedy=f"choose another version, or change smoke of {change.name} in aim.toml",
    )
