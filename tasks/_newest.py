"""Newer versions than those that are there: asked of the indexes, locked, and brought about together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import asked
from ._pinning import draft, held, left_alone, written
from .install import _bring_about, _relevant
from .update import _ask

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.inventory import Inventory
    from aim_lib.locking import Draft
    from aim_lib.model import Result, Wanted
    from aim_lib.pins import Newest


def newest(app: App, found: Inventory, wanted: tuple[Wanted, ...]) -> Newest:
    """The newest version of each tool that its request and the policy let it have, or why none can be told."""
    from aim_lib import lookup
    from aim_lib.runtimes import node_version

    asks = [_ask(item, found) for item in wanted if not item.source and not found.resources[item.kind].unsuitable]
    with lookup.open_desk(app.host, app.clock, is_offline=app.settings.config.bootstrap.offline) as desk:
        said = lookup.resolve_all(
            asks,
            desk,
            app.policy,
            app.clock(),
            lambda: node_version(app.host, app.runner, app.options.node_version),
        )
    resolved = {
        one.id: (one.allowed, "" if one.exists else "its index has no such package") for one in said.resolutions
    }
    silent = {key: ("", error.message) for key, error in said.silent.items()}
    return {**resolved, **silent}


def bring_up(app: App, found: Inventory, wanted: tuple[Wanted, ...]) -> Result:
    """Lock the newest of `wanted` and make it so; when that fails, lock and machine are as before."""
    import msgspec

    made = draft(app, found, wanted, is_all=False, newest=newest(app, found, wanted))
    said = (*made.records, *left_alone(made))
    if asked().dry_run:
        shown = _bring_about(app, _as_locked(made), found)
        # Beside a table records are not shown: the lock's diff is told below it.
        lines = [f"{record.title}: {line}" for record in said for line in record.detail.splitlines()]
        return msgspec.structs.replace(shown, records=(*said, *shown.records), closing=(*lines, *shown.closing))
    ids = {choice.id for choice in made.choices}
    with written(app, found, made):
        chosen = tuple(item for item in _relevant(app, found, True) if item.id in ids)
        done = _bring_about(app, chosen, found)
    holds = held(app, app.take_inventory(), chosen)
    return msgspec.structs.replace(done, records=(*said, *done.records, *holds))


def _as_locked(made: Draft) -> tuple[Wanted, ...]:
    """What would be wanted if the lock were written, without the companions that are not made."""
    import msgspec

    return tuple(
        msgspec.structs.replace(choice.wanted, version=choice.version, lock_file="", lock_sha256="", optional=False)
        if choice.version != choice.wanted.version
        else choice.wanted
        for choice in made.choices
    )
