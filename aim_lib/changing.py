"""Does one Change: its steps, then a look at the disk; one that may fail alone is undone and put on record."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from . import versions
from .errors import AimError, CommandFailed, Interrupted, OurBug
from .model import Change, Record, Status, Step
from .rollback import Begun, Progress, undo
from .smoke import see_it_answer
from .states import in_words
from .steps import Doer, Event, InstallerFailed, look, perform_with_retries

SAID_SIZE = 20_000  # characters of an installer's output that are kept: its last words tell what went wrong


class Instead(NamedTuple):
    """What became of a change that failed and is undone, and the one to do in its place."""

    record: Record
    change: Change


def do_change(change: Change, doer: Doer, progress: Progress) -> Record | Instead:
    """Do a change and verify it. Raises the AimError that ends the run; one that does not is a Record too."""
    began = time.monotonic()
    begun = begin(change, doer, progress)
    try:
        take_steps(begun, change.do, doer)
        return finish(begun, doer, began)
    except AimError as error:
        return settle(begun, error, doer, progress)


def begin(change: Change, doer: Doer, progress: Progress) -> Begun:
    """Say, log and note that a change begins, before anything of it is done."""
    doer.on_event(Event(kind="start", change=change))
    details = {**_named(change), "have": change.have, "want": change.want, "reason": change.reason}
    doer.audit.write(f"{change.topic}.changing", f"{change.id}: {arrow(change)}", details=details)
    doer.journal.start(change)
    begun = Begun(change, look(change, doer))
    progress.begun.append(begun)
    return begun


def take_steps(begun: Begun, steps: Sequence[Step], doer: Doer) -> None:
    """Do `steps` of a begun change. Raises an AimError leaf."""
    change = begun.change
    try:
        for step in steps:
            begun.said = (begun.said + perform_with_retries(step, change, doer))[-SAID_SIZE:]
            begun.has_stepped = True
    except OSError as error:
        raise CommandFailed(f"{change.name}: {error}", remedy=f"look at {error.filename or change.name}") from error


def finish(begun: Begun, doer: Doer, began: float) -> Record:
    """Look whether it is so, and only then say that it is done; `began` by the monotonic clock, seconds."""
    change = begun.change
    found = _verified(begun, doer)
    doer.journal.done(change)
    seconds = time.monotonic() - began
    facts = {"have": change.have, "now": found, "reason": change.reason}
    what = {"have": change.have, "want": change.want, "reason": change.reason}
    details = {**_named(change), **what, "now": found, "success": True}
    told = arrow(change) if change.event == "changed" else change.reason
    doer.audit.write(f"{change.topic}.{change.event}", f"{change.id}: {told}", details=details)
    doer.on_event(Event(kind="done", change=change, text=found, seconds=seconds))
    return Record(
        id=change.id,
        status=Status.CHANGED,
        title=change.name,
        detail=" → ".join(in_words(change.topic, change.have, found)),
        seconds=round(seconds, 3),
        facts=facts,
    )


def settle(begun: Begun, error: AimError, doer: Doer, progress: Progress) -> Record | Instead:
    """Undo a change that failed and may fail alone, and put it on record; `error` again when it ends the run.

    One that failed before there is another to try instead may fail, too, if nothing of it is left.
    """
    change = begun.change
    may_fail = change.optional or doer.keep_going or bool(change.otherwise)
    if not may_fail or progress.is_ending or isinstance(error, Interrupted | OurBug):
        raise error
    tell_failure(change, error, doer, progress)
    stuck = undo(begun, doer, progress)
    if not stuck:
        progress.attempt(lambda: doer.journal.undone(change))
    if stuck or not change.otherwise:
        return _failed(change, error, stuck, doer)
    following, *rest = change.otherwise
    record = msgspec.structs.replace(_failed(change, error, stuck, doer), status=Status.WARNED)
    return Instead(record, msgspec.structs.replace(following, otherwise=tuple(rest)))


def _failed(change: Change, error: AimError, stuck: str, doer: Doer) -> Record:
    said = () if change.optional or _is_understood(error, change, doer) else error.details
    lines = (error.message.removeprefix(f"{change.name}: "), *said, *([stuck] if stuck else []))
    facts = {"have": change.have, "want": change.want, "exit_code": error.exit_code, "output": error.details}
    return Record(
        id=change.id,
        status=Status.WARNED if change.optional else Status.FAILED,
        title=change.name,
        detail="\n".join(lines),
        remedy=error.remedy,
        facts=facts,
    )


def _is_understood(error: AimError, change: Change, doer: Doer) -> bool:
    """Whether the message says it all: of a failed build, and of what nobody foresaw, the last words are needed too."""
    said = error.__cause__
    if not isinstance(said, InstallerFailed):
        return False
    return doer.resources[change.kind].diagnose(said.output).cause not in ("build", "unknown")


def tell_failure(change: Change, error: AimError, doer: Doer, progress: Progress) -> None:
    """Say and log that a change failed, whatever becomes of the run."""
    progress.attempt(lambda: doer.on_event(Event(kind="failed", change=change, text=error.message)))
    what = {"have": change.have, "want": change.want, "remedy": error.remedy}
    details = {**_named(change), **what, "success": False}
    told = f"{change.id}: {error.message}"
    progress.attempt(lambda: doer.audit.write(f"{change.topic}.failed", told, severity="error", details=details))


def _named(change: Change) -> dict[str, str]:
    """What the log calls a tool: the predecessor's words, so that one question finds both."""
    if change.topic != "tool":
        return {"kind": change.kind, "name": change.name}
    return {"tool": change.name, "package_manager": change.kind}


def _verified(begun: Begun, doer: Doer) -> str:
    """The version now on disk. Raises CommandFailed when it is not the wanted one, whatever the exit code was."""
    change = begun.change
    present = look(change, doer)
    if not change.want:
        if present is not None:
            raise CommandFailed(f"{change.name} is still there after its removal", remedy=f"look at {present.where}")
        return ""
    if present is None:
        raise _only_reported(begun, "it is not there", "run it again", doer)
    if present.flaw:
        raise CommandFailed(f"{change.name} was installed but {present.flaw}", remedy=f"look at {present.where}")
    if not _is_accepted(change, present.version, doer):
        what = f"{present.version} is there, not {change.want}"
        raise _only_reported(begun, what, f"look at {present.where}", doer)
    see_it_answer(change, present, doer)
    return present.version


def _is_accepted(change: Change, version: str, doer: Doer) -> bool:
    """Whether `version` is what is wanted; a kind that follows no version rules has states, of which one is."""
    own = doer.ecosystems.get(change.kind)
    return change.want == version if own is None else versions.accepts(own, change.want, version)


def _only_reported(begun: Begun, what: str, remedy: str, doer: Doer) -> CommandFailed:
    """That an installer ended well and has not done it, with the reason where its own words tell one."""
    change = begun.change
    message = f"the installer of {change.name} reported success, but {what}"
    known = doer.resources[change.kind].diagnose(begun.said) if begun.said.strip() else None
    if known is None or known.cause == "unknown":
        return CommandFailed(message, remedy=remedy)
    why = known.message.replace("the package", change.name)
    return CommandFailed(f"{message}: {why}", remedy=known.remedy, details=tuple(begun.said.strip().splitlines()[-5:]))


def arrow(change: Change) -> str:
    """`1.0 → 2.0`, in words where there is no version."""
    return f"{change.have or 'absent'} → {change.want or 'removed'}"
