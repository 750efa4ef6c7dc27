"""Ways to show a Result, one file each: `render(result, look) -> str`, text from values and nothing else."""

from __future__ import annotations

from typing import Protocol

from ..model import Frozen, Result

# What `--format` calls the members whose files are named otherwise: a module named json would hide Python's own.
NAMES = {"json_doc": "json", "junit_xml": "junit"}
FORMATS = ("terminal", "json", "junit", "github", "markdown", "html")  # ours, as people are told of them


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


def format_of(member: str) -> str:
    """What `--format` calls a member."""
    return NAMES.get(member, member)


def member_of(format_: str) -> str:
    """The member behind a word of `--format`."""
    return next((member for member, name in NAMES.items() if name == format_), format_)
