"""Debian packages: deb-version(7) and deb-control(5)."""

from __future__ import annotations

import re
from itertools import zip_longest

from . import _terms

NAME = r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?"  # with a foreign architecture
EXAMPLES = '"1.6-2.1", "1.6*", ">=1.6"'
_VERSION = re.compile(r"(\d+:)?\d([A-Za-z0-9.+~-]*[A-Za-z0-9.+~])?", re.ASCII)
_PIECES = re.compile(r"(\D*)(\d*)", re.ASCII)


def exact(request: str) -> str:
    return _terms.exact(request, _VERSION)


def check_range(request: str) -> None:
    _terms.check_range(request, _VERSION)


def in_range(request: str, version: str) -> bool:
    return _terms.in_range(request, version, _VERSION, _compare)


def is_same(left: str, right: str) -> bool:
    return left == right or _terms.order(left, right, _VERSION, _compare) == 0


def answers(one: str, version: str) -> bool:
    return is_same(one, version)


def is_above(left: str, right: str) -> bool:
    return (_terms.order(left, right, _VERSION, _compare) or 0) > 0


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
