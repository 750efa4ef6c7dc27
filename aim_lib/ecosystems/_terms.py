"""Ranges of versions without a fixed shape: terms such as `>=1.6`, `<2`, `!=1.7` or `1.6*`, by commas or blanks."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

_TERM = re.compile(r"\s*(<<|<=|>>|>=|!=|==|=|<|>|)\s*([^\s<>=!,|]+)\s*(?:,|(?=\s)|$)")

Compare = Callable[[str, str], int]


def exact(request: str, version: re.Pattern[str]) -> str:
    bare = request.removeprefix("=").removeprefix("=").strip()
    return bare if version.fullmatch(bare) and not bare.endswith("*") else ""


def check_range(request: str, version: re.Pattern[str]) -> None:
    if not _terms(request, version):
        raise ValueError(request)


def in_range(request: str, version: str, pattern: re.Pattern[str], compare: Compare) -> bool:
    """Whether `version` satisfies every term of `request`; an unreadable one satisfies none."""
    terms = _terms(request, pattern)
    if not terms or not pattern.fullmatch(version):
        return False
    return all(_holds(operator, bound, version, compare) for operator, bound in terms)


def order(left: str, right: str, pattern: re.Pattern[str], compare: Compare) -> int | None:
    """Below, at or above zero as `left` is older, the same or newer; None when either cannot be read."""
    return compare(left, right) if all(map(pattern.fullmatch, (left, right))) else None


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
    found = compare(version, bound)
    answers = {"<<": found < 0, "<": found < 0, "<=": found <= 0, ">>": found > 0, ">": found > 0, ">=": found >= 0}
    return answers.get(operator, (found == 0) is (operator != "!="))
