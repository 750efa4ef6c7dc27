"""What platforms put in its place, as Changes."""

from __future__ import annotations

from collections.abc import Iterable

from .model import Change, Lane
from .platforms import Placing


def changes(placings: Iterable[Placing], reason: str) -> tuple[Change, ...]:
    """Changes that bring about those placings that are not so yet, in their order."""
    made: list[Change] = []
    for placing in (one for one in placings if not one.is_done):
        made.append(
            Change(
                id=f"{placing.kind}:{placing.name}",
                kind=placing.kind,
                name=placing.name,
                have=placing.have,
                want=placing.want,
                reason=reason,
                do=placing.do,
                undo=placing.undo,
                lane=Lane(name=placing.kind, width=1),
                after=tuple(change.id for change in made[-1:]),
                topic=placing.kind,
            )
        )
    return tuple(made)
