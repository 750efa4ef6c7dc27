"""Ruff: `check --output-format json` lists what it found; exit 1 means findings, not failure."""

from __future__ import annotations

import msgspec

from ..proc import Completed
from . import PASSING, Answer, Call, Failure, Request, failed, fill, streams

RETRYABLE: frozenset[Failure] = PASSING


def call(request: Request) -> Call:
    """The template, filled."""
    return fill(request)


def read(request: Request, said: Completed) -> Answer:
    """`issues_found` counts what is left; a run with findings did what it was asked."""
    try:
        found = msgspec.json.decode(said.stdout)
    except (msgspec.DecodeError, UnicodeEncodeError):
        found = None
    if said.timed_out or said.exit_code not in (0, 1) or not isinstance(found, list):
        return failed(said, streams(said))
    content = {**streams(said), "linters_run": ["ruff"], "issues_found": len(found), "issues": found}
    return Answer(success=True, message=f"{len(found)} found", content=content)
