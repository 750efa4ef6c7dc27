"""Versions without a fixed shape, ordered as their own tools order them: Debian packages and winget packages. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from itertools import zip_longest

DEBIAN = re.compile(r"(\d+:)?\d([A-Za-z0-9.+~-]*[A-Za-z0-9.+~])?", re.ASCII)
WINGET = re.compile(r"[^\s<>=!*,|^~][^\s<>=!*,|]*")
_TERM = re.compile(r"\s*(<<|<=|>>|>=|!=|==|=|<|>|)\s*([^\s<>=!,|]+)\s*(?:,|(?=\s)|$)")
_PIECES = re.compile(r"(\D*)(\d*)", re.ASCII)

Compare = Callable[[str, str], int]


def compare_debian(left: str, right: str) -> int:
    """Below, at or above zero as `left` is older, the same or newer, by deb-version(7)."""
    (epoch, *mine), (other_epoch, *other) = _split(left), _split(right)
    runs = (_compare_runs(a, b) for a, b in zip(mine, other, strict=True))
    return epoch - other_epoch or next((order for order in runs if order), 0)


def compare_winget(left: str, right: str) -> int:
    """The same by winget's rules: parts at dots, a number before a text, and a part without a text is the newer one."""
    mine, other = _winget_key(left), _winget_key(right)
    return 0 if mine == other else (1 if mine > other else -1)


def is_range(request: str, version: re.Pattern[str]) -> bool:
    """Whether `request` is one or more terms such as `>=1.6`, `<2`, `!=1.7` or `1.6*`, apart by commas or blanks."""
    return bool(_terms(request, version))


def in_range(request: str, version: str, pattern: re.Pattern[str], compare: Compare) -> bool:
    """Whether `version` satisfies every term of `request`; an unreadable one satisfies none."""
    terms = _terms(request, pattern)
    if not terms or not pattern.fullmatch(version):
        return False
    return all(_holds(operator, bound, version, compare) for operator, bound in terms)


def _terms(request: str, version: re.Pattern[str]) -> list[tuple[str, str]]:
    terms: list[tuple[str, str]] = []
    place = 0
    text = request.strip()
    while place < len(text):
        found = _TERM.match(text, place)
        if found is None or not version.fullmatch(found[2].removesuffix("*")):
            return []
        if found[2].endswith("*") and found[1] not in ("", "=", "==", "!="):
            return []
        terms.append((found[1], found[2]))
        place = found.end()
    return terms


def _holds(operator: str, bound: str, version: str, compare: Compare) -> bool:
    if bound.endswith("*"):
        return fnmatchcase(version, bound.replace("[", "[[]")) is (operator != "!=")
    order = compare(version, bound)
    answers = {"<<": order < 0, "<": order < 0, "<=": order <= 0, ">>": order > 0, ">": order > 0, ">=": order >= 0}
    return answers.get(operator, (order == 0) is (operator != "!="))


# --- Debian -----------------------------------------------------------------------------------------------------


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


# --- winget -----------------------------------------------------------------------------------------------------


def _winget_key(version: str) -> tuple[int, tuple[tuple[int, bool, str], ...]]:
    special = {"unknown": -1, "latest": 1}.get(version.strip().lower(), 0)
    parts = [] if special else [_winget_part(part) for part in version.strip().split(".")]
    while parts and parts[-1] == (0, True, ""):
        parts.pop()
    return special, tuple(parts)


def _winget_part(part: str) -> tuple[int, bool, str]:
    digits = re.match(r"[0-9]*", part)
    number = digits[0] if digits else ""
    return int(number or 0), number == part, part[len(number) :]
