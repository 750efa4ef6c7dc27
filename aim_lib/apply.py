"""Performs planned Changes in parallel lanes, each verified on disk; on failure or Ctrl-C undoes all, in reverse."""

from __future__ import annotations

import concurrent.futures as futures
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from . import versions
from .errors import AimError, CommandFailed, Failed, Interrupted, OurBug
from .journal import Journal
from .model import Change, Frozen, Present, Record, Status
from .plan import Plan, has_grown
from .processes import stop_pid
from .signals import ignore_signal, interrupt_once, signals_handled
from .smoke import see_it_answer
from .steps import Doer, Event, look, perform, perform_with_retries

WAIT_S = 0.2


class Outcome(Frozen, frozen=True):
    """What applying did, and what it found of an earlier run."""

    records: tuple[Record, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(slots=True)
class Begun:
    """A change that was begun: what was there before it, and whether a step of it has been done."""

    change: Change
    before: Present | None
    has_stepped: bool = False


@dataclass(slots=True)
class Progress:
    """What this run has begun so far, in order: it is undone in reverse."""

    begun: list[Begun] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    failure: AimError | None = None
    mishaps: list[str] = field(default_factory=list)

    def attempt(self, telling: Callable[[], None]) -> None:
        """Show or log something while cleaning up: when that goes wrong it is noted, and the cleaning goes on."""
        try:
            telling()
        except Exception as error:  # noqa: BLE001 - a full disk or a broken listener must not prevent an undo
            self.mishaps.append(f"it could not be told or logged: {error}")


def apply(changes: Iterable[Change], doer: Doer) -> tuple[Record, ...]:
    """Do every change; returns one Record each, in the order they ended.

    A change counts as done only when its artifact on disk is the wanted one. The first failure of a change that is
    not optional stops the run, undoes in reverse what it did, and raises that error with what could not be restored
    in its details. Ctrl-C and SIGTERM do the same and raise Interrupted.
    """
    progress = Progress()
    with signals_handled(interrupt_once):
        try:
            _run_all(tuple(changes), doer, progress)
        except KeyboardInterrupt:
            progress.failure = Interrupted("interrupted", remedy="run the same command again to finish")
        if progress.failure is not None:
            # Half an undo is worse than a slow one: Ctrl-C waits until it is finished.
            with signals_handled(ignore_signal):
                _roll_back(doer, progress)
            raise progress.failure
    return tuple(progress.records)


def carry_out(before: Plan, plan_again: Callable[[], Plan], doer: Doer, lock: AbstractContextManager[None]) -> Outcome:
    """Ask, lock, ask again, apply: what is done is planned under the lock and is nothing that `before` did not show.

    Without changes, and with no killed run to clear up after, the lock is not taken and nothing is written.
    Raises Failed when the machine has meanwhile come to need more than was shown.
    """
    if before.is_empty and not doer.journal.is_open():
        return Outcome()
    with lock:
        notices = stop_orphans(doer.journal)
        for notice in notices:
            doer.on_notice(notice)
        plan = plan_again()
        if not notices and has_grown(before, plan):
            raise Failed("the machine changed while this run was waiting", remedy="run the same command again")
        doer.journal.begin(doer.command, doer.audit.stamp(), doer.mark)
        try:
            records = apply(plan.changes, doer)
        finally:
            doer.journal.end()
        _remember(plan, records, doer)
    return Outcome(records=records, notices=notices)


def _remember(plan: Plan, records: tuple[Record, ...], doer: Doer) -> None:
    done = {record.id for record in records if record.status is Status.CHANGED}
    removed = [change.id for change in plan.changes if not change.want and change.id in done]
    added = [change.id for change in plan.changes if change.want and not change.have and change.id in done]
    doer.journal.own(added, removed)
    now = {record.id: str(record.facts.get("now", "")) for record in records if record.status is Status.CHANGED}
    doer.journal.note(now, doer.audit.stamp(), doer.command)


# --- doing ------------------------------------------------------------------------------------------------------


def _run_all(changes: tuple[Change, ...], doer: Doer, progress: Progress) -> None:
    waiting = list(changes)
    running: dict[futures.Future[Record], Change] = {}
    pool = futures.ThreadPoolExecutor(max_workers=max(1, doer.jobs))
    try:
        while waiting or running:
            for change in _ready(waiting, running, changes, doer.jobs):
                waiting.remove(change)
                running[pool.submit(_change, change, doer, progress)] = change
            _collect(running, doer, progress)
            if progress.failure is not None:
                waiting.clear()
                doer.runner.cancel()
    except KeyboardInterrupt:
        doer.runner.cancel()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _ready(
    waiting: list[Change], running: Mapping[futures.Future[Record], Change], changes: tuple[Change, ...], jobs: int
) -> Iterator[Change]:
    busy = [change.lane for change in running.values()]
    unfinished = {change.id for change in (*waiting, *running.values())}
    known = {change.id for change in changes}
    for change in list(waiting):
        needs = {need for need in change.after if need in known}
        if len(busy) < jobs and not needs & unfinished and busy.count(change.lane) < change.lane.width:
            busy.append(change.lane)
            yield change


def _collect(running: dict[futures.Future[Record], Change], doer: Doer, progress: Progress) -> None:
    # In short waits: a signal that comes just before a wait begins would be noticed only when the wait ends.
    finished: set[futures.Future[Record]] = set()
    while running and not finished:
        finished, _ = futures.wait(running, timeout=WAIT_S, return_when=futures.FIRST_COMPLETED)
    for future in finished:
        change = running.pop(future)
        try:
            progress.records.append(future.result())
        except AimError as error:
            _note_failure(change, error, doer, progress)
        except Exception as error:  # noqa: BLE001 - thread boundary: kept, undone and raised by apply
            bug = OurBug(f"{change.name}: {type(error).__name__}: {error}")
            bug.__cause__ = error
            _note_failure(change, bug, doer, progress)


def _note_failure(change: Change, error: AimError, doer: Doer, progress: Progress) -> None:
    if progress.failure is not None:  # the run has already failed: this one was stopped with it and is rolled back too
        return
    progress.attempt(lambda: doer.on_event(Event(kind="failed", change=change, text=error.message)))
    details = {"have": change.have, "want": change.want, "remedy": error.remedy}
    told = f"{change.id}: {error.message}"
    progress.attempt(lambda: doer.audit.write("tool.failed", told, severity="error", details=details))
    if not change.optional or isinstance(error, Interrupted | OurBug):
        progress.failure = error
        return
    mine = [begun for begun in progress.begun if begun.change is change]
    progress.begun[:] = [begun for begun in progress.begun if begun.change is not change]
    stuck = [line for begun in mine if (line := _undo(begun, doer, progress))]
    detail = "\n".join((error.message.removeprefix(f"{change.name}: "), *stuck))
    progress.records.append(
        Record(id=change.id, status=Status.WARNED, title=change.name, detail=detail, remedy=error.remedy)
    )


def _change(change: Change, doer: Doer, progress: Progress) -> Record:
    began = time.monotonic()
    doer.on_event(Event(kind="start", change=change))
    details = {"have": change.have, "want": change.want, "reason": change.reason}
    doer.audit.write("tool.changing", f"{change.id}: {_arrow(change)}", details=details)
    doer.journal.start(change)
    begun = Begun(change, look(change, doer))
    progress.begun.append(begun)
    try:
        for step in change.do:
            perform_with_retries(step, change, doer)
            begun.has_stepped = True
        found = _verified(change, doer)
    except AimError:
        raise
    except OSError as error:
        raise CommandFailed(f"{change.name}: {error}", remedy=f"look at {error.filename or change.name}") from error
    doer.journal.done(change)
    seconds = time.monotonic() - began
    doer.audit.write("tool.changed", f"{change.id}: {_arrow(change)}", details={**details, "now": found})
    doer.on_event(Event(kind="done", change=change, text=found, seconds=seconds))
    return Record(
        id=change.id,
        status=Status.CHANGED,
        title=change.name,
        detail=f"{change.have or 'absent'} → {found or 'removed'}",
        seconds=round(seconds, 3),
        facts={"have": change.have, "now": found, "reason": change.reason},
    )


def _verified(change: Change, doer: Doer) -> str:
    """The version now on disk. Raises CommandFailed when it is not the wanted one, whatever the exit code was."""
    present = look(change, doer)
    if not change.want:
        if present is not None:
            raise CommandFailed(f"{change.name} is still there after its removal", remedy=f"look at {present.where}")
        return ""
    if present is None:
        raise CommandFailed(
            f"the installer of {change.name} reported success, but it is not there", remedy="run it again"
        )
    if present.flaw:
        raise CommandFailed(f"{change.name} was installed but {present.flaw}", remedy=f"look at {present.where}")
    if not versions.accepts(doer.ecosystems[change.kind], change.want, present.version):
        raise CommandFailed(
            f"the installer of {change.name} reported success, but {present.version} is there, not {change.want}",
            remedy=f"look at {present.where}",
        )
    see_it_answer(change, present, doer)
    return present.version


def _arrow(change: Change) -> str:
    return f"{change.have or 'absent'} → {change.want or 'removed'}"


# --- undoing ----------------------------------------------------------------------------------------------------


def _roll_back(doer: Doer, progress: Progress) -> None:
    """Undo every begun change, last first, and put what could not be restored into the failure's details."""
    doer.runner.resume()
    touched = [begun for begun in reversed(progress.begun) if _is_touched(begun, doer)]
    stuck = [line for begun in touched if (line := _undo(begun, doer, progress))]
    if progress.failure is not None:
        restored = [f"{begun.change.name} is back to {begun.change.have or 'absent'}" for begun in touched]
        told = (*(restored if not stuck else ()), *stuck, *dict.fromkeys(progress.mishaps))
        progress.failure.details = (*progress.failure.details, *told)


def _undo(begun: Begun, doer: Doer, progress: Progress) -> str:
    """Put back what was there before a change; returns a line when that did not work, else ""."""
    if not _is_touched(begun, doer):
        return ""
    change = begun.change
    progress.attempt(lambda: doer.on_event(Event(kind="undo", change=change)))
    trouble = ""
    try:
        for step in change.undo:
            perform(step, doer)
    except AimError as error:
        trouble = error.message + "".join(f"; {line}" for line in error.details[-1:])
    except OSError as error:
        trouble = str(error)
    back = change.have or "absent"
    if not _is_restored(begun, doer):
        line = f"{change.name} could not be put back to {back}: {trouble or 'it is still different'}"
        progress.attempt(lambda: doer.audit.write("tool.undo_failed", f"{change.id}: {line}", severity="error"))
        return line
    progress.attempt(lambda: doer.audit.write("tool.undone", f"{change.id}: back to {back}"))
    progress.attempt(lambda: doer.on_event(Event(kind="undone", change=change)))
    return ""


def _is_touched(begun: Begun, doer: Doer) -> bool:
    """Whether a change left anything to undo: a step was done, or what is there is not what was there."""
    return begun.has_stepped or look(begun.change, doer) != begun.before


def _is_restored(begun: Begun, doer: Doer) -> bool:
    """Whether the version of before is there, and nothing is broken that was not broken before."""
    now, before = look(begun.change, doer), begun.before
    was_broken = bool(before and before.flaw)
    is_broken = bool(now and now.flaw)
    return (now.version if now else "") == begun.change.have and (was_broken or not is_broken)


def stop_orphans(journal: Journal) -> tuple[str, ...]:
    """Under the machine lock: stop installers that a killed run left behind, and say what that run was doing."""
    left = journal.unfinished()
    if left is None:
        return ()
    for pid in left.children:
        stop_pid(pid)
    doing = ", ".join(left.changes) or "nothing that is not finished"
    lines = [f"{left.command}, begun {left.since}, was killed while changing: {doing}"]
    lines += [f"stopped its installer, still running as pid {pid}" for pid in left.children]
    return (*lines, "finishing the job from what is really there")
