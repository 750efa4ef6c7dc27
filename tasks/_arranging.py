"""Brings about what has states, not versions: shows the plan, or asks, applies it under the lock, and reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ._app import asked

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.arranged import Arranged
    from aim_lib.model import Change, Result
    from aim_lib.platforms import Placing

Planner = Callable[[], "tuple[Change, ...]"]


def arrange(app: App, kinds: Iterable[Arranged], plan: Planner, nothing: str) -> Result:
    """Do the changes that `plan` makes, now and again under the lock; a dry run only shows them.

    `nothing` is what to say when there are none. Raises an AimError leaf when one fails: all are undone then.
    """
    from aim_lib.model import Result
    from aim_lib.plan import Plan

    from ._changing import carry_out
    from ._planning import plan_body, plan_table

    def planned() -> Plan:
        return Plan(changes=plan())

    made = planned()
    if made.is_empty:
        return Result(body=plan_body(made), closing=(nothing,))
    if asked().dry_run:
        closing = (f"{len(made.changes)} to change",)
        return Result(table=plan_table(made), body=plan_body(made), closing=closing)
    outcome = carry_out(app, made, {kind.kind: kind for kind in kinds}, planned)
    return Result(
        exit_code=outcome.exit_code, records=outcome.records, body={**plan_body(made), "notices": outcome.notices}
    )


def place(
    app: App, kinds: Iterable[Arranged], placings: Callable[[], Iterable[Placing]], reason: str, nothing: str
) -> Result:
    """`arrange` for what platforms put in its place; what a person should know of it is said at the end."""
    import msgspec

    from aim_lib import placed

    notes: list[str] = []

    def planned() -> tuple[Change, ...]:
        found = tuple(placings())
        notes[:] = notes or [placing.note for placing in found if placing.note]  # those of the first look
        return placed.changes(found, reason)

    result = arrange(app, kinds, planned, nothing)
    return msgspec.structs.replace(result, closing=(*result.closing, *notes))
