"""What the tasks that write lock files share: what they should say, saying so, and holding what they say."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ._app import asked
from ._changing import carry_out, doing
from ._planning import with_rights

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.companions import Made
    from aim_lib.holding import Holder
    from aim_lib.inventory import Inventory
    from aim_lib.locking import Draft
    from aim_lib.model import Record, Wanted
    from aim_lib.pins import Books, Newest
    from aim_lib.plan import Plan


def before(app: App) -> Books:
    """The entries of every lock file that counts here: beside what declares tools, and beside the project's file."""
    from pathlib import Path

    from aim_lib import lock

    folders = {item.folder for item in app.wanted()}
    project = app.settings.project
    if project is not None and (project.parent / lock.FILE_NAME).is_file():
        folders.add(str(project.parent))
    return {folder: lock.read(Path(folder)) for folder in sorted(folders)}


def draft(app: App, found: Inventory, wanted: Iterable[Wanted], *, is_all: bool, newest: Newest | None = None) -> Draft:
    """What the lock files should say of `wanted`, and with `is_all` of what nobody declares any more."""
    from aim_lib import locking, pins

    books = before(app)
    flat = {(folder, entry.id): entry for folder, entries in books.items() for entry in entries}
    can = [item for item in wanted if not found.resources[item.kind].unsuitable]
    declared = pins.declared(app.settings)
    kept = {
        folder: declared.get(folder, frozenset()) if is_all else frozenset(entry.id for entry in entries)
        for folder, entries in books.items()
    }
    return locking.drafted(pins.choose(can, found.present, flat, newest), books, kept, found.resources)


def left_alone(made: Draft) -> tuple[Record, ...]:
    """What cannot be locked as it is, one Record a tool."""
    from aim_lib import pins

    return tuple(pins.left_alone(choice) for choice in made.choices if choice.why)


@contextlib.contextmanager
def written(app: App, found: Inventory, made: Draft) -> Iterator[None]:
    """The lock files and companions as `made` says; if what follows fails they are as before."""
    from aim_lib import locking

    books: Books = made.books
    companions: dict[str, Made] = {}
    if made.lacks:
        with doing(app, found.resources, len(made.lacks)) as (doer, hold):
            books, companions = locking.complete(made, doer, hold)
    with locking.saved(books, companions):
        yield


def holder(app: App, found: Inventory) -> Holder:
    """Who decides what is held."""
    from aim_lib import registry
    from aim_lib.holding import Holder

    blocks = app.settings.config.policy.block_self_updates
    return Holder(app.host, found.present, found.resources, registry.load(), blocks)


def held(app: App, found: Inventory, items: tuple[Wanted, ...], *, is_held: bool = True) -> tuple[Record, ...]:
    """Hold `items`, or free them; one Record for each that changed or could not."""
    from aim_lib import holding

    made = _plan(app, found, items, is_held=is_held)
    if asked().dry_run or made.is_empty:
        return holding.planned(made)
    outcome = carry_out(app, made, found.resources, lambda: _plan(app, app.take_inventory(), items, is_held=is_held))
    return holding.done(made, outcome.records, app.take_inventory().present)


def _plan(app: App, found: Inventory, items: tuple[Wanted, ...], *, is_held: bool) -> Plan:
    def of(now: Inventory) -> Plan:
        one = holder(app, now)
        return one.hold(items) if is_held else one.free(items)

    return with_rights(app, found, of)
