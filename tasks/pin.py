"""The lock: record the versions that are there, or newer ones, hold them, and let them go again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ._app import asked, chain_option, command, config_key
from ._wanted import choose_tools, left_out, relevant_tools

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.inventory import Inventory
    from aim_lib.locking import Draft
    from aim_lib.model import Locked, Result, Wanted
    from aim_lib.pins import Newest

TOP_LEVEL = True


@command(
    iterable=["name"],
    help={
        "name": "only these tools",
        "check": "write nothing; exit 5 when the lock would change",
        "update": "the newest version that request and policy accept, not the one that is installed",
    },
    resume_key=config_key,
)
def pin(app: App, name: Iterable[str] | None = None, check: bool = False, update: bool = False) -> Result:
    """Record exact versions, and what gives the same bits again, in aim.lock; nobody else moves them then."""
    from aim_lib.errors import BadConfig
    from aim_lib.model import Result, Status

    from . import _pinning

    if chain_option("secrets_only"):
        return left_out()
    if check and update:
        raise BadConfig("--check asks no index, --update does", remedy="aim pin --update --dry-run shows what moves")
    found, names = app.take_inventory(), tuple(name or ())
    wanted = _named(app, found, names) if names else relevant_tools(app, found)
    draft = _pinning.draft(app, found, wanted, is_all=not names, newest=_newest(app, found, wanted) if update else None)
    notes = _pinning.left_alone(draft)
    stale = any(record.status is Status.CHANGED for record in draft.records)
    if check:
        return Result(records=(*draft.records, *notes), exit_code=5 if stale else 0)
    _require_whole(draft)
    if not asked().dry_run and stale:
        with _pinning.written(app, found, draft):
            pass
    locked = tuple(choice.wanted for choice in draft.choices if choice.entry)
    return Result(
        records=(*draft.records, *notes, *_pinning.held(app, found, locked)), exit_code=1 if names and notes else 0
    )


@command(iterable=["name"], help={"name": "a tool of the lock"})
def unpin(app: App, name: Iterable[str] | None = None) -> Result:
    """Take tools out of aim.lock, and let their managers and the tools themselves update them again."""
    from aim_lib import pins
    from aim_lib.errors import BadConfig
    from aim_lib.locking import Draft
    from aim_lib.model import Record, Result, Status

    from . import _pinning

    names = tuple(name or ())
    if not names:
        raise BadConfig("unpin needs the name of a tool", remedy="aim unpin NAME")
    found, books = app.take_inventory(), _pinning.before(app)
    flat = {(folder, entry.id): entry for folder, entries in books.items() for entry in entries}
    left, gone = pins.without(names, flat)
    known = {entry.name for _, entry in gone} | {entry.id for _, entry in gone}
    wanted = _named(app, found, tuple(one for one in names if one not in known))
    items = {item.id: item for item in (*(_as_wanted(entry) for _, entry in gone), *wanted)}
    told = _pinning.held(app, found, tuple(items.values()), is_held=False)
    draft = Draft(books=left, before=books)
    if not asked().dry_run and gone:
        with _pinning.written(app, found, draft):
            pass
    free = [item for item in wanted if not any(record.id.endswith(item.id) for record in told)]
    same = [Record(id=item.id, status=Status.OK, title=item.name, detail="was not pinned") for item in free]
    closing = ("the next aim pin without names locks them again",) if gone else ()
    return Result(records=(*draft.records, *told, *same), closing=closing)


def _newest(app: App, found: Inventory, wanted: tuple[Wanted, ...]) -> Newest:
    from ._asking import newest

    return newest(app, found, wanted)


def _require_whole(draft: Draft) -> None:
    """As a step of others, such as bootstrap, pin mends what is missing, but never takes another file for the same."""
    from aim_lib.companions import DIFFERS
    from aim_lib.engine.run import current_run
    from aim_lib.errors import NotAsWanted

    others = [key for key, why in draft.lacks.items() if why == DIFFERS]
    if others and not {"pin", "version.pin"} & set(current_run().requested):
        raise NotAsWanted(
            "aim.lock and what lies in aim.lock.d belong to different commits",
            details=[f"{key}: {DIFFERS}" for key in others],
            remedy="restore both from version control, or lock again: aim pin",
        )


def _named(app: App, found: Inventory, names: tuple[str, ...]) -> tuple[Wanted, ...]:
    """The declared tools called `names`. Raises BadConfig for one that is declared nowhere."""
    return choose_tools(app, found, names, only_declared=True)


def _as_wanted(entry: Locked) -> Wanted:
    """An entry of a lock, as what was asked for: it need not be declared any more."""
    from aim_lib.model import Wanted

    return Wanted(kind=entry.kind, name=entry.name, request=entry.request, version=entry.version)
