"""winget packages: identifiers, and versions compared as winget compares them."""

from __future__ import annotations

import re

from . import _terms

NAME = r"[^\s.\\/:*?\"<>|-][^\s.\\/:*?\"<>|]{0,31}(\.[^\s.\\/:*?\"<>|]{1,32}){1,7}"
EXAMPLES = '"2.47.0", "2.47*", ">=2.40"'
_VERSION = re.compile(r"[^\s<>=!*,|^~][^\s<>=!*,|]*")


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
