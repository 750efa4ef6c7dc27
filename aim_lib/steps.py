"""Performs one Step: starts the program or touches the file, tries again after network failures."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from . import files, platforms, versions
from .audit import Audit
from .errors import CommandFailed, TookTooLong
from .host import Host
from .journal import RUN_VARIABLE, Journal
from .model import Change, Copy, Delete, Frozen, Link, Move, Present, Run, SetVar, Step, Write
from .pipindex import MARK, index_env
from .proc import Runner
from .resources import Managed, without_network

# On a full disk npm 11 unpacks empty files, warns and exits 0.
HALF_DONE = re.compile(r"TAR_ENTRY_ERROR|ENOSPC")
LOOKS = 5
BACKOFF_S = (1.0, 4.0, 10.0)


class Event(Frozen, frozen=True):
    """Something a person who watches would want to know: what happened to which change."""

    kind: str  # start, retry, done, failed, blocked, undo, undone
    change: Change
    text: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Doer:
    """Everything applying needs, handed in: nothing is reached for."""

    host: Host
    runner: Runner
    resources: Mapping[str, Managed]
    ecosystems: Mapping[str, versions.Ecosystem]
    audit: Audit
    journal: Journal
    command: str = "aim"
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    jobs: int = 4
    retries: int = 2
    keep_going: bool = False
    is_offline: bool = False
    on_event: Callable[[Event], None] = lambda _event: None
    on_notice: Callable[[str], None] = lambda _notice: None
    pause: Callable[[float], None] | None = None

    def wait(self, seconds: float) -> None:
        """Pause; an interrupt cuts it short."""
        (self.pause or self.runner.pause)(seconds)


def perform(step: Step, doer: Doer) -> str:
    """Do one step; returns what it printed. Raises an AimError leaf."""
    match step:
        case Run():
            return _run(step, doer)
        case Write():
            files.write_text(Path(step.path), step.text, step.mode)
        case Copy():
            files.copy_locked(Path(step.source), Path(step.path), step.sha256, step.mode)
        case Link():
            files.make_link(Path(step.path), step.target)
        case Move():
            files.move(Path(step.source), Path(step.path))
        case Delete():
            files.delete(Path(step.path))
        case SetVar():
            platforms.set_variable(step, doer.host)
        case _:
            assert_never(step)
    return ""


def perform_with_retries(step: Step, change: Change, doer: Doer) -> str:
    """Do one step of a change, again after a network's failure; returns what it printed. Raises an AimError leaf."""
    attempt = 0
    while True:
        try:
            return perform(step, doer)
        except InstallerFailed as error:
            diagnosis = doer.resources[change.kind].diagnose(error.output)
            diagnosis = without_network(diagnosis) if doer.is_offline else diagnosis
            message = diagnosis.message.replace("the package", change.name)
            if diagnosis.cause != "network" or attempt == doer.retries:
                raise CommandFailed(message, remedy=diagnosis.remedy, details=error.details) from error
            pause_s = BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
            doer.on_event(Event(kind="retry", change=change, text=f"{message}; again in {pause_s:.0f} s"))
            doer.wait(pause_s)
            attempt += 1


class InstallerFailed(CommandFailed):
    """A program ended badly; `output` is what it said, for its resource to explain."""

    def __init__(self, message: str, *, output: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(message, details=details)
        self.output = output


def _run(step: Run, doer: Doer) -> str:
    asked = index_env(doer.host) if (MARK, "pip") in step.env else {}  # not in the step itself: steps are shown
    env = {**doer.host.env, **asked, **dict(step.env), RUN_VARIABLE: doer.mark}
    done = doer.runner.run(step.argv, env=env, timeout_s=step.timeout_s, on_start=doer.journal.child)
    if done.timed_out:
        name = Path(step.argv[0]).name
        raise TookTooLong(
            f"{name} did not end within {step.timeout_s:.0f} s and was stopped", remedy="raise bootstrap.timeout_s"
        )
    output = f"{done.stdout}\n{done.stderr}"
    if not done.is_ok or HALF_DONE.search(output):
        details = tuple(done.last_words().splitlines())
        # Some say in their exit code alone what went wrong, such as winget, whose words are translated.
        told = f"{output}\nexit {done.exit_code}"
        raise InstallerFailed(f"exit {done.exit_code}", output=told, details=details)
    return output


def look(change: Change, doer: Doer) -> Present | None:
    """What is there now. A folder that another installer removes while we read is read again."""
    for patience in range(LOOKS - 1, -1, -1):
        try:
            found = doer.resources[change.kind].find()
            break
        except FileNotFoundError:
            if not patience:
                raise
            doer.wait(0.1)
    return next((present for present in found if present.id == change.id), None)
