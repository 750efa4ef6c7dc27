"""What is put back when tools are gone for good: their settings that we had set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ._app import asked
from ._changing import carry_out

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Record


def let_go(app: App, removed: Iterable[str], *, others: bool = False) -> tuple[Record, ...]:
    """Put back what was set in tools that were `removed`, with `others` also in any that is neither there nor declared.

    One Record for each that changed or could not; in a dry run for each that would.
    """
    from aim_lib import holding, switches

    ids = switches.switched(app.host)
    if not ids:
        return ()
    found, going = app.take_inventory(), frozenset(removed)
    there = frozenset() if asked().dry_run else frozenset(found.present)
    kept = frozenset(found.present) | {item.id for item in app.wanted()}
    gone = [key for key in ids if (key in going and key not in there) or (others and key not in kept)]
    made = holding.let_go(gone, found.resources, app.host)
    if asked().dry_run or made.is_empty:
        return holding.planned(made)
    outcome = carry_out(app, made, found.resources, lambda: holding.let_go(gone, found.resources, app.host))
    return holding.done(made, outcome.records, app.take_inventory().present)
