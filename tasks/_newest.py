"""Newer versions than those that are there: asked of the indexes, locked, and brought about together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import asked
from ._asking import newest
from ._changing import bring_about
from ._pinning import draft, held, left_alone, written
from ._wanted import relevant_tools

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.inventory import Inventory
    from aim_lib.locking import Draft
    from aim_lib.model import Result, Wanted


def bring_up(app: App, found: Inventory, wanted: tuple[Wanted, ...]) -> Result:
    """Lock the newest of `wanted` and make it so; when that fails, lock and machine are as before."""
    import msgspec

    made = draft(app, found, wanted, is_all=False, newest=newest(app, found, wanted))
    said = (*made.records, *left_alone(made))
    if asked().dry_run:
        shown = bring_about(app, _as_locked(made), found)
        # Beside a table records are not shown: the lock's diff is told below it.
        lines = [f"{record.title}: {line}" for record in said for line in record.detail.splitlines()]
        return msgspec.structs.replace(shown, records=(*said, *shown.records), closing=(*lines, *shown.closing))
    ids = {choice.id for choice in made.choices}
    with written(app, found, made):
        chosen = tuple(item for item in relevant_tools(app, found, True) if item.id in ids)
        done = bring_about(app, chosen, found)
    holds = held(app, app.take_inventory(), chosen)
    return msgspec.structs.replace(done, records=(*said, *done.records, *holds))


def _as_locked(made: Draft) -> tuple[Wanted, ...]:
    """What would be wanted if the lock were written, without the companions that are not made."""
    import msgspec

    return tuple(
        msgspec.structs.replace(
            choice.wanted, version=choice.version, lock_file="", lock_sha256="", lock_flaw="", optional=False
        )
        if choice.version != choice.wanted.version or choice.wanted.lock_flaw
        else choice.wanted
        for choice in made.choices
    )
