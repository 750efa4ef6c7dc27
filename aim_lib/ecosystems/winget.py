"""winget packages: identifiers, and versions compared as winget compares them."""

from __future__ import annotations

import re

from ._terms import Terms

NAME = r"[^\s.\\/:*?\"<>|-][^\s.\\/:*?\"<>|]{0,31}(\.[^\s.\\/:*?\"<>|]{1,32}){1,7}"
EXAMPLES = '"2.47.0", "2.47*", ">=2.40"'
_VERSION = re.compile(r"[^\s<>=!*,|^~][^\s<>=!*,|]*")


def _compare(left: str, right: str) -> int:
    """Parts at dots, a number before a text, and a part without a text is the newer one."""
    mine, other = _key(left), _key(right)
    return 0 if mine == other else (1 if mine > other else -1)


def _key(version: str) -> tuple[int, tuple[tuple[int, bool, str], ...]]:
    special = {"unknown": -1, "latest": 1}.get(version.strip().lower(), 0)
    parts = [] if special else [_part(part) for part in version.strip().split(".")]
    while parts and parts[-1] == (0, True, ""):
        parts.pop()
    return special, tuple(parts)


def _part(part: str) -> tuple[int, bool, str]:
    digits = re.match(r"[0-9]*", part)
    number = digits[0] if digits else ""
    return int(number or 0), number == part, part[len(number) :]


_TERMS = Terms(_VERSION, _compare)
exact, check_range, in_range = _TERMS.exact, _TERMS.check_range, _TERMS.in_range
is_same, answers, is_above = _TERMS.is_same, _TERMS.is_same, _TERMS.is_above
