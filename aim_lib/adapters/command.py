"""Any program: a command line from the registry, success by its exit code, the message is what it printed."""

from __future__ import annotations

from ..proc import Completed
from . import PASSING, Answer, Call, Failure, Request, failed, fill, streams

RETRYABLE: frozenset[Failure] = PASSING


def call(request: Request) -> Call:
    """The template, filled."""
    return fill(request)


def read(request: Request, said: Completed) -> Answer:
    """Exit 0 is success, and all of stdout the message."""
    if said.is_ok:
        return Answer(success=True, message=said.stdout.strip(), content=streams(said))
    return failed(said, streams(said))
