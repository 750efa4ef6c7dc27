"""What `aim scan clean` and `aim cache enforce` have moved: back again, or gone for good."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aim_lib.quantities import counted

from . import _centralising
from ._app import asked, command, confirm
from ._arranging import arrange
from ._scanning import ward_of

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Change, Result
    from aim_lib.quarantine import Held, Ward


@command(iterable=["path"], help={"path": "what to restore, or a folder it was in; repeat for more (default: all)"})
def restore(app: App, path: Iterable[str] | None = None) -> Result:
    """Put back what was cleared away or linked, to where it was; what is there again meanwhile stays."""
    import msgspec

    from aim_lib import quarantine

    ward, paths = ward_of(app), tuple(path or ())
    chosen, linked = _centralising.held_or_linked(app, ward, paths)

    def planned() -> tuple[Change, ...]:
        back = _centralising.releasing(app, linked, is_all=not paths)
        return (*back, *quarantine.restoring(ward, _again(ward, chosen)))

    kinds = _centralising.kinds(app, ward, _centralising.files_of(linked))
    result = arrange(app, kinds, planned, "there is nothing to restore")
    return msgspec.structs.replace(result, records=(*result.records, *_left(chosen)))


@command(help={"all": "whatever is held, not only what is past its time"})
def purge(app: App, all: bool = False) -> Result:  # noqa: A002 - the option's name
    """Delete for good what was cleared away and is past its time; asks first, --yes answers."""
    from aim_lib import quarantine
    from aim_lib.errors import NotPermitted
    from aim_lib.scan_report import size_text

    ward = ward_of(app)
    chosen = [held for held in ward.held() if all or quarantine.is_due(held, ward.now)]
    size = size_text(sum(held.size_bytes for held in chosen))
    if chosen and not asked().dry_run and not confirm(f"delete {counted(len(chosen), 'thing')} for good, {size}?"):
        lines = [f"{held.title}: kept until {held.until}" for held in chosen]
        remedy = f"aim cache purge{' --all' * all} --yes"
        raise NotPermitted(
            f"this would delete {counted(len(chosen), 'thing')} for good, {size}", details=lines, remedy=remedy
        )
    waiting = len(ward.held()) - len(chosen)
    kept = counted(waiting, "thing is kept until its time is up", "things are kept until their time is up")
    nothing = f"there is nothing to delete; {kept}" if waiting else "nothing is held"
    return arrange(app, [ward.kind()], lambda: quarantine.purging(ward, _again(ward, chosen)), nothing)


# --- how they are done --------------------------------------------------------------------------------------------


def _again(ward: Ward, chosen: list[Held]) -> list[Held]:
    """The same as they are now."""
    keys = {held.key for held in chosen}
    return [held for held in ward.held() if held.key in keys]


def _left(chosen: list[Held]) -> tuple[object, ...]:
    """What could not go back, and why."""
    import os

    from aim_lib.model import Record, Status

    return tuple(
        Record(
            id=thing.path,
            status=Status.WARNED,
            title=thing.path,
            detail=f"there is something again; what it was lies at {thing.place}",
            remedy=f"move {thing.path} away, then: aim cache restore",
        )
        for held in chosen
        for thing in held.things
        if os.path.lexists(thing.path) and os.path.lexists(thing.place)
    )
