"""Debian packages: deb-version(7) and deb-control(5)."""

from __future__ import annotations

import re
from itertools import zip_longest

from ._terms import Terms

NAME = r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?"  # with a foreign architecture
EXAMPLES = '"1.6-2.1", "1.6*", ">=1.6"'
_VERSION = re.compile(r"(\d+:)?\d([A-Za-z0-9.+~-]*[A-Za-z0-9.+~])?", re.ASCII)
_PIECES = re.compile(r"(\D*)(\d*)", re.ASCII)


def _compare(left: str, right: str) -> int:
    """Below, at or above zero as `left` is older, the same or newer, by deb-version(7)."""
    (epoch, *mine), (other_epoch, *other) = _split(left), _split(right)
    runs = (_compare_runs(a, b) for a, b in zip(mine, other, strict=True))
    return epoch - other_epoch or next((order for order in runs if order), 0)


def _split(version: str) -> tuple[int, str, str]:
    """Epoch, upstream version, revision."""
    epoch, colon, rest = version.strip().partition(":")
    if not colon or not epoch.isdecimal():
        epoch, rest = "0", version.strip()
    upstream, hyphen, revision = rest.rpartition("-")
    return (int(epoch), upstream, revision) if hyphen else (int(epoch), rest, "")


def _compare_runs(left: str, right: str) -> int:
    """Texts and numbers in turn, the shorter one filled up with an empty text and 0."""
    for mine, other in zip_longest(_runs(left), _runs(right), fillvalue=((0,), 0)):
        if mine != other:
            return 1 if mine > other else -1
    return 0


def _runs(text: str) -> list[tuple[tuple[int, ...], int]]:
    """A text ends with 0, the rank of its end: after `~`, before everything else."""
    return [((*map(_rank, letters), 0), int(digits or 0)) for letters, digits in _PIECES.findall(text)]


def _rank(letter: str) -> int:
    if letter == "~":
        return -1
    return ord(letter) if letter.isalpha() else ord(letter) + 0x110000


_TERMS = Terms(_VERSION, _compare)
exact, check_range, in_range = _TERMS.exact, _TERMS.check_range, _TERMS.in_range
is_same, answers, is_above = _TERMS.is_same, _TERMS.is_same, _TERMS.is_above
