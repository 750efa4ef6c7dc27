"""Several changes by one call of their installer; when it fails it is halved until the culprits stand alone."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from .changing import Instead, begin, do_change, finish, settle, take_steps
from .errors import AimError
from .model import Change, Record, Step
from .resources import Batches
from .rollback import Begun, Progress
from .steps import Doer, InstallerFailed, look

# What is wrong with the machine or the way to the registry is wrong for every half as well.
INDIVISIBLE = ("network", "tls", "disk")


def mates(change: Change, free: Sequence[Change], doer: Doer) -> tuple[Change, ...]:
    """Those of `free` that one installer can do together with `change`, in order, itself among them."""
    resource = doer.resources[change.kind]
    if not isinstance(resource, Batches) or change.otherwise:
        return (change,)
    alone = [other for other in free if other.kind == change.kind and not other.otherwise]
    found = tuple(other for other in alone if resource.batch((change, other)))
    return found if len(found) >= resource.fewest else (change,)


def do_job(changes: tuple[Change, ...], doer: Doer, progress: Progress) -> tuple[Record | Instead, ...]:
    """Do one change, or several together; a Record each. Raises as `do_change` does."""
    if len(changes) == 1:
        return (do_change(changes[0], doer, progress),)
    began = time.monotonic()
    return tuple(_do_together([begin(change, doer, progress) for change in changes], doer, progress, began))


def _do_together(begun: list[Begun], doer: Doer, progress: Progress, began: float) -> list[Record | Instead]:
    if len(begun) == 1:
        return [_finish(begun[0], begun[0].change.do, doer, progress, began)]
    try:
        rest = _install(begun, doer)
    except AimError as error:
        if not _is_divisible(error, begun, doer):
            return [settle(each, error, doer, progress) for each in begun]
        half = len(begun) // 2
        return [record for part in (begun[:half], begun[half:]) for record in _do_together(part, doer, progress, began)]
    return [_finish(each, steps, doer, progress, began) for each, steps in zip(begun, rest, strict=True)]


def _install(begun: list[Begun], doer: Doer) -> tuple[tuple[Step, ...], ...]:
    """Do what goes together; returns what is left to do for each alone."""
    changes = [each.change for each in begun]
    resource = doer.resources[changes[0].kind]
    batch = resource.batch(changes) if isinstance(resource, Batches) else None
    if batch is None:  # they go together in pairs, and yet not all of them
        return tuple(change.do for change in changes)
    # What goes wrong is said of all of them.
    names = f"{changes[0].name} and {len(changes) - 1} more"
    take_steps(Begun(msgspec.structs.replace(changes[0], name=names), None), batch.together, doer)
    for each in begun:
        each.has_stepped = True
    return batch.alone


def _finish(begun: Begun, steps: Sequence[Step], doer: Doer, progress: Progress, began: float) -> Record | Instead:
    try:
        take_steps(begun, steps, doer)
        return finish(begun, doer, began)
    except AimError as error:
        return settle(begun, error, doer, progress)


def _is_divisible(error: AimError, begun: list[Begun], doer: Doer) -> bool:
    """Whether some of them may be innocent, and the failed call left all as it was, so that it can be tried again."""
    said = error.__cause__
    if not isinstance(said, InstallerFailed):
        return False
    cause = doer.resources[begun[0].change.kind].diagnose(said.output).cause
    return cause not in INDIVISIBLE and all(look(each.change, doer) == each.before for each in begun)
