"""Several installations as one call of their installer."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..model import Change, Run
from . import Batch

FEWEST = 3  # two at once, each its own npm, cost no more time than one npm with both


def merged(changes: Sequence[Change], *words: str) -> Batch | None:
    """One Run that does what each of `changes` does, or None.

    Each must be a single Run that has all `words`, and all must be the same but for their last word, the package.
    """
    runs = [change.do[0] for change in changes if len(change.do) == 1]
    alike = [run for run in runs if isinstance(run, Run) and {*words} <= {*run.argv[:-1]} and _like(run, runs[0])]
    if not changes or len(alike) < len(changes):
        return None
    one = msgspec.structs.replace(alike[0], argv=(*alike[0].argv, *(run.argv[-1] for run in alike[1:])))
    return Batch(together=(one,), alone=((),) * len(alike))


def _like(run: Run, first: object) -> bool:
    same = isinstance(first, Run) and msgspec.structs.replace(first, argv=())
    return isinstance(first, Run) and msgspec.structs.replace(run, argv=()) == same and run.argv[:-1] == first.argv[:-1]
