"""Ranges of versions without a fixed shape: terms such as `>=1.6`, `<2`, `!=1.7` or `1.6*`, by commas or blanks."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import NamedTuple

_TERM = re.compile(r"\s*(<<|<=|>>|>=|!=|==|=|<|>|)\s*([^\s<>=!,|]+)\s*(?:,|(?=\s)|$)")

Compare = Callable[[str, str], int]


class Terms(NamedTuple):
    """The rules of one ecosystem with such ranges: what a version looks like, and how two compare."""

    version: re.Pattern[str]
    compare: Compare

    def exact(self, request: str) -> str:
        bare = request.removeprefix("=").removeprefix("=").strip()
        return bare if self.version.fullmatch(bare) and not bare.endswith("*") else ""

    def check_range(self, request: str) -> None:
        if not _terms(request, self.version):
            raise ValueError(request)

    def in_range(self, request: str, version: str) -> bool:
        """Whether `version` satisfies every term of `request`; an unreadable one satisfies none."""
        terms = _terms(request, self.version)
        if not terms or not self.version.fullmatch(version):
            return False
        return all(_holds(operator, bound, version, self.compare) for operator, bound in terms)

    def is_same(self, left: str, right: str) -> bool:
        return left == right or self._order(left, right) == 0

    def is_above(self, left: str, right: str) -> bool:
        return (self._order(left, right) or 0) > 0

    def _order(self, left: str, right: str) -> int | None:
        """Below, at or above zero as `left` is older, the same or newer; None when either cannot be read."""
        return self.compare(left, right) if all(map(self.version.fullmatch, (left, right))) else None


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
