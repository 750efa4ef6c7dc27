"""What an installer's output means, by a table of patterns: for programs whose failures have names and suggestions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from . import Diagnosis


class Failure(NamedTuple):
    """One way to fail. Groups of `pattern` fill `{name}` and its like in the sentences; a more special one comes first.

    "the package" in `message` becomes the name of what was to be changed.
    """

    cause: str
    pattern: str
    message: str
    remedy: str


def explain(table: Iterable[Failure], output: str, unnamed: Mapping[str, str], unknown: str) -> Diagnosis:
    """The first entry of `table` that fits; `unnamed` are words for groups that matched nothing."""
    for failure in table:
        found = re.search(failure.pattern, output)
        if found:
            words = {**unnamed, **{key: word.strip() for key, word in found.groupdict().items() if word}}
            return Diagnosis(
                cause=failure.cause, message=failure.message.format(**words), remedy=failure.remedy.format(**words)
            )
    return Diagnosis(cause="unknown", message="the package could not be installed", remedy=unknown)
