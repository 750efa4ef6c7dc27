"""What to run and what of its output to mask, as values; which way each stream goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from pathlib import Path

from .processes import GRACE_S

PIPE_HOLD_S = 0.25
TERMINAL_HOLD_S = 0.1  # on a screen a pause is seen


@dataclass(frozen=True, slots=True)
class Order:
    """What to run: `argv` with exactly `env`; and what to mask in its output.

    `values` of eight bytes and more are masked, those in `declared` from four. With `masks_terminals` also where
    a terminal shows it: when the user asks for it, in CI, and when an agent reads the screen.
    What may be the beginning of a value is held back for `hold_s` seconds, 0.25 and on a terminal 0.1 if not said.
    `timeout_s` later the program is asked to end, with all it started, and `grace_s` after that it is killed.
    """

    argv: Sequence[str] = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    values: Sequence[str] = field(default=(), repr=False)
    declared: Sequence[str] = field(default=(), repr=False)
    masks_terminals: bool = False
    cwd: Path | None = None
    hold_s: float | None = None
    timeout_s: float = inf
    grace_s: float = GRACE_S

    @property
    def has_secrets(self) -> bool:
        return bool(self.values or self.declared)

    @property
    def pipe_hold_s(self) -> float:
        return PIPE_HOLD_S if self.hold_s is None else self.hold_s

    @property
    def terminal_hold_s(self) -> float:
        return TERMINAL_HOLD_S if self.hold_s is None else self.hold_s


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: the code a shell would tell, for a signal 128 and its number. One `timed_out` was stopped by us."""

    exit_code: int
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Ends:
    """Which of our streams are terminals, and whether we are what is running in front on that of stdin."""

    stdin: bool
    stdout: bool
    stderr: bool
    is_foreground: bool = True


class Way(Enum):
    """How one of the two output streams gets out."""

    OURS = "the program writes to ours itself"
    PIPE = "through a pipe, masked"
    TERMINAL = "through a terminal, masked"


def ways(order: Order, ends: Ends) -> tuple[Way, Way]:
    """What becomes of stdout and of stderr."""
    if not order.has_secrets:
        return Way.OURS, Way.OURS
    on_terminal = Way.TERMINAL if order.masks_terminals else Way.OURS
    return (on_terminal if ends.stdout else Way.PIPE), (on_terminal if ends.stderr else Way.PIPE)
