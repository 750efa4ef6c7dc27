"""What a run has begun, and how it is put back: each change alone, or all of them in reverse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .errors import AimError
from .model import Change, Present, Record, Step
from .resources import Salvages
from .steps import Doer, Event, look, perform


@dataclass(slots=True)
class Begun:
    """A change that was begun: what was there before it, whether a step of it has been done, whether it is undone.

    `said` is what its installer printed, the end of it.
    """

    change: Change
    before: Present | None
    has_stepped: bool = False
    is_undone: bool = False
    said: str = ""


@dataclass(slots=True)
class Progress:
    """What this run has begun so far, in order: it is undone in reverse.

    `is_ending` once the run has failed or was interrupted: then nobody undoes a change of his own any more.
    """

    begun: list[Begun] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    failure: AimError | None = None
    is_ending: bool = False
    mishaps: list[str] = field(default_factory=list)

    def attempt(self, telling: Callable[[], None]) -> None:
        """Show or log something while cleaning up: when that goes wrong it is noted, and the cleaning goes on."""
        try:
            telling()
        except Exception as error:  # noqa: BLE001 - a full disk or a broken listener must not prevent an undo
            self.mishaps.append(f"it could not be told or logged: {error}")


def roll_back(doer: Doer, progress: Progress) -> None:
    """Undo every begun change, last first, and put what could not be restored into the failure's details."""
    doer.runner.resume()
    left = [begun for begun in reversed(progress.begun) if not begun.is_undone]
    touched = [begun for begun in left if _is_touched(begun, doer)]
    stuck = [line for begun in touched if (line := undo(begun, doer, progress))]
    if progress.failure is not None:
        restored = [f"{begun.change.name} is back to {begun.change.have or 'absent'}" for begun in touched]
        told = (*(restored if not stuck else ()), *stuck, *dict.fromkeys(progress.mishaps))
        progress.failure.details = (*progress.failure.details, *told)


def undo(begun: Begun, doer: Doer, progress: Progress) -> str:
    """Put back what was there before a change; returns a line when that did not work, else ""."""
    if not _is_touched(begun, doer):
        begun.is_undone = True
        return ""
    change = begun.change
    progress.attempt(lambda: doer.on_event(Event(kind="undo", change=change)))
    trouble = "" if _is_salvaged(begun, doer) else _perform_all(change.undo, doer)
    back = change.have or "absent"
    if not _is_restored(begun, doer):
        line = f"{change.name} could not be put back to {back}: {trouble or 'it is still different'}"
        told = f"{change.topic}.undo_failed"
        progress.attempt(lambda: doer.audit.write(told, f"{change.id}: {line}", severity="error"))
        return line
    begun.is_undone = True
    progress.attempt(lambda: doer.audit.write(f"{change.topic}.undone", f"{change.id}: back to {back}"))
    progress.attempt(lambda: doer.on_event(Event(kind="undone", change=change)))
    return ""


def _is_salvaged(begun: Begun, doer: Doer) -> bool:
    """Whether what a killed installer had set aside is in its place again: no program is run, no network needed."""
    resource, before = doer.resources[begun.change.kind], begun.before
    if before is None or not isinstance(resource, Salvages):
        return False
    steps = resource.salvage(before)
    return bool(steps) and not _perform_all(steps, doer) and look(begun.change, doer) == before


def _perform_all(steps: Sequence[Step], doer: Doer) -> str:
    """Do all of `steps`; returns what went wrong, or ""."""
    try:
        for step in steps:
            perform(step, doer)
    except AimError as error:
        return error.message + "".join(f"; {line}" for line in error.details[-1:])
    except OSError as error:
        return str(error)
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
