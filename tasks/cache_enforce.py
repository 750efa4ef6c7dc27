"""Caches to where they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _centralising, _environment, _wrong_places
from ._app import command
from ._arranging import arrange
from ._scanning import ward_of

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result

GROUP = "cache"


@command()
def enforce(app: App) -> Result:
    """Tell tools to keep their caches in the central folder, link those that cannot be told; `cache restore` undoes."""
    import msgspec

    ward = ward_of(app)  # one, so that the plan made under the lock is for the same moment
    first = _wrong_places.find(app)
    files = _centralising.files_of((*first.to_link, *_centralising.links_of(app).all()))
    nothing, notes = "nothing to change: caches are where they belong", _centralising.notes(app)
    result = arrange(
        app,
        _centralising.kinds(app, ward, files),
        lambda: _centralising.enforcing(app, ward, lambda: _wrong_places.find(app)),
        nothing,
    )
    is_told = any(record.id.startswith("env:") for record in result.records)
    closing = (*result.closing, *notes, *((_environment.NEXT,) if is_told else ()))
    return msgspec.structs.replace(
        result, records=(*result.records, *_wrong_places.left_records(first)), closing=closing
    )
