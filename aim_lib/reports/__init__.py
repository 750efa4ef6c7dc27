"""Ways to show a Result, one file each: `render(result, look) -> str`, text from values and nothing else."""

from __future__ import annotations

from typing import Protocol

from ..model import Frozen, Result


class Look(Frozen, frozen=True):
    """How the reader's side is: width in columns, whether colour and Unicode may be used, the time for documents."""

    width: int = 80
    has_colour: bool = False
    has_unicode: bool = True
    timestamp: str = ""


class Report(Protocol):
    def render(self, result: Result, look: Look) -> str:
        """The whole report, ending in a newline unless it is empty."""
        ...
