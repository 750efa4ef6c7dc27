"""Performs planned Changes, each verified on disk; on failure or Ctrl-C undoes all, in reverse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from .errors import Failed, Interrupted
from .journal import Journal
from .lanes import run_all
from .model import Change, Frozen, Record, Status
from .plan import Plan, has_grown
from .processes import stop_pid
from .rollback import Progress, roll_back
from .signals import ignore_signal, interrupt_once, signals_handled
from .steps import Doer


class Outcome(Frozen, frozen=True):
    """What applying did, and what it found of an earlier run."""

    records: tuple[Record, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """That of the first change that failed where the run went on all the same; 0 when none did."""
        failed = (record for record in self.records if record.status is Status.FAILED)
        return next((int(record.facts["exit_code"]) for record in failed), 0)


def apply(changes: Iterable[Change], doer: Doer) -> tuple[Record, ...]:
    """Do every change; returns one Record each, in the order they ended.

    A change counts as done only when its artifact on disk is the wanted one. The first failure of a change that is
    not optional stops the run, undoes in reverse what it did, and raises that error with what could not be restored
    in its details. With `doer.keep_going` only the failed change is undone, what needs it is blocked, and the rest
    goes on. Ctrl-C, SIGTERM and a bug of ours undo everything in any case; the first two raise Interrupted.
    """
    progress = Progress()
    with signals_handled(interrupt_once):
        try:
            run_all(tuple(changes), doer, progress)
        except KeyboardInterrupt:
            progress.failure = Interrupted("interrupted", remedy="run the same command again to finish")
        if progress.failure is not None:
            # Half an undo is worse than a slow one: Ctrl-C waits until it is finished.
            with signals_handled(ignore_signal):
                roll_back(doer, progress)
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
    tried = [one for change in plan.changes for one in (change, *change.otherwise)]
    removed = [change.id for change in tried if not change.want and change.id in done]
    added = [change.id for change in tried if change.want and not change.have and change.id in done]
    doer.journal.own(added, removed)
    now = {record.id: str(record.facts.get("now", "")) for record in records if record.status is Status.CHANGED}
    doer.journal.note(now, doer.audit.stamp(), doer.command)


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
