"""So many at once in one project, and no more: whoever comes later waits for a turn, or is told at once.

A turn is a lock of the operating system's: it is given back however its holder ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import files
from .errors import LockHeld
from .model import Frozen

VARIABLE = "AIM_HELD_TURN"  # whom we start in our turn may start more: it has the turn already
LOOK_S = 0.2


class Line(Frozen, frozen=True):
    """Where one waits, for `seats` at once (0: any number), `wait_s` seconds at most; 0 is not at all."""

    folder: str
    project: str
    seats: int
    wait_s: float

    @property
    def key(self) -> str:
        return hashlib.sha256(self.project.encode("utf-8", "surrogateescape")).hexdigest()[:16]


@contextlib.contextmanager
def taken(
    line: Line, owner: dict[str, Any], on_wait: Callable[[dict[str, Any]], None], pause: Callable[[float], None]
) -> Iterator[None]:
    """Hold one of the line's seats; `on_wait` is told once of somebody who holds one. Raises LockHeld."""
    if line.seats == 0:
        yield
        return
    with contextlib.ExitStack() as held:
        _take(line, owner, on_wait, pause, held)
        yield


def _take(
    line: Line,
    owner: dict[str, Any],
    on_wait: Callable[[dict[str, Any]], None],
    pause: Callable[[float], None],
    held: contextlib.ExitStack,
) -> None:
    until = time.monotonic() + line.wait_s
    holders: list[dict[str, Any]] = []
    is_said = False
    while True:
        for seat in range(line.seats):
            path = Path(line.folder) / f"{line.key}-{seat}.lock"
            try:
                held.enter_context(files.held_lock(path, owner, 0, holders.append))
            except LockHeld:
                continue
            return
        if time.monotonic() >= until:
            who = files.describe_owner(next(iter(holders), {}))
            raise LockHeld(
                f"{line.seats} at once is all that ai.policy.max_concurrent allows here: {who}",
                remedy="wait for it to end, or raise ai.policy.max_concurrent",
            )
        if not is_said:
            on_wait(holders[0])
            is_said = True
        pause(LOOK_S)
