"""Runs changes side by side: as many at once as their lanes are wide, none before what it needs."""

from __future__ import annotations

import concurrent.futures as futures
from collections.abc import Iterator

from .batches import do_job, mates
from .changing import Instead, tell_failure
from .errors import AimError, Failed, OurBug
from .model import Change, Record, Status
from .rollback import Progress
from .steps import Doer, Event

WAIT_S = 0.2

Running = dict[futures.Future[tuple[Record | Instead, ...]], tuple[Change, ...]]


def run_all(changes: tuple[Change, ...], doer: Doer, progress: Progress) -> None:
    """Do `changes`; what became of them, and the failure that stopped the rest, is in `progress`."""
    waiting = list(changes)
    running: Running = {}
    pool = futures.ThreadPoolExecutor(max_workers=max(1, doer.jobs))
    try:
        while waiting or running:
            for job in list(_ready(waiting, running, changes, doer)):
                waiting[:] = [change for change in waiting if change not in job]
                running[pool.submit(do_job, job, doer, progress)] = job
            waiting += _collect(running, doer, progress)
            _drop_blocked(waiting, doer, progress)
            if progress.failure is not None:
                waiting.clear()
                progress.is_ending = True
                doer.runner.cancel()
    except KeyboardInterrupt:
        progress.is_ending = True
        doer.runner.cancel()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _ready(
    waiting: list[Change], running: Running, changes: tuple[Change, ...], doer: Doer
) -> Iterator[tuple[Change, ...]]:
    """What can begin now: one change, or several that one call of their installer does."""
    busy = [job[0].lane for job in running.values()]
    unfinished = {change.id for change in waiting} | {change.id for job in running.values() for change in job}
    known = {change.id for change in changes}
    free = [change for change in waiting if not {need for need in change.after if need in known} & unfinished]
    while free:
        change = free.pop(0)
        if len(busy) < doer.jobs and busy.count(change.lane) < change.lane.width:
            job = mates(change, [change, *free], doer)
            free = [other for other in free if other not in job]
            busy.append(change.lane)
            yield job


def _collect(running: Running, doer: Doer, progress: Progress) -> list[Change]:
    """Wait until something ended and note how; returns what is to be done instead of what failed."""
    instead: list[Change] = []
    # In short waits: a signal that comes just before a wait begins would be noticed only when the wait ends.
    finished: set[futures.Future[tuple[Record | Instead, ...]]] = set()
    while running and not finished:
        finished, _ = futures.wait(running, timeout=WAIT_S, return_when=futures.FIRST_COMPLETED)
    for future in finished:
        change = running.pop(future)[0]
        try:
            for ended in future.result():
                progress.records.append(ended.record if isinstance(ended, Instead) else ended)
                instead += [ended.change] if isinstance(ended, Instead) else []
        except AimError as error:
            _note_failure(change, error, doer, progress)
        except Exception as error:  # noqa: BLE001 - thread boundary: kept, undone and raised by apply
            bug = OurBug(f"{change.name}: {type(error).__name__}: {error}")
            bug.__cause__ = error
            _note_failure(change, bug, doer, progress)
    return instead


def _note_failure(change: Change, error: AimError, doer: Doer, progress: Progress) -> None:
    if progress.failure is not None:  # the run has already failed: this one was stopped with it and is rolled back too
        return
    tell_failure(change, error, doer, progress)
    progress.failure = error


def _drop_blocked(waiting: list[Change], doer: Doer, progress: Progress) -> None:
    """Give up what needs a change that failed, and what needs that; a required one ends the run unless it goes on."""
    lost = {record.id: record.title for record in progress.records if record.status is not Status.CHANGED}
    while blocked := [change for change in waiting if lost.keys() & set(change.after)]:
        for change in blocked:
            waiting.remove(change)
            lost[change.id] = change.name
            needed = next(lost[need] for need in change.after if need in lost)
            _block(change, needed, doer, progress)


def _block(change: Change, needed: str, doer: Doer, progress: Progress) -> None:
    why, remedy = f"waits for {needed}, which failed", f"mend {needed}, then run the same command again"
    if not (change.optional or doer.keep_going):
        _note_failure(change, Failed(f"{change.name} {why}", remedy=remedy), doer, progress)
        return
    progress.attempt(lambda: doer.on_event(Event(kind="blocked", change=change, text=why)))
    progress.attempt(lambda: doer.audit.write("tool.blocked", f"{change.id}: {why}", severity="warning"))
    status = Status.SKIPPED if change.optional else Status.BLOCKED
    progress.records.append(Record(id=change.id, status=status, title=change.name, detail=why, remedy=remedy))
