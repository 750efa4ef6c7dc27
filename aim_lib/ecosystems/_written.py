"""Versions as upstream writes them, for Homebrew and Scoop.

Numbers are compared as numbers and words by what they usually mean (`1.2.3_1`, `2.52.0.windows.1`, `24.1.0,241`).
"""

from __future__ import annotations

import operator
import re
from itertools import zip_longest

EXAMPLES = '"1.8.2", ">=1.8,<2"'
_WRITTEN = r"[0-9A-Za-z](?:[0-9A-Za-z.+:~_-]|,(?=[0-9A-Za-z]))*"  # a cask's build number follows a comma
_BOUND = rf"(>=|<=|==|!=|>|<)\s*({_WRITTEN})"
_EARLIER = {"dev": 0, "alpha": 1, "beta": 2, "preview": 3, "pre": 3, "rc": 4}
_NOTHING = (5, 0, "")
_HOLDS = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


def exact(request: str) -> str:
    written = request.removeprefix("==").strip()
    return written if re.fullmatch(rf"(?=.*\d){_WRITTEN}", written) else ""


def check_range(request: str) -> None:
    _bounds(request)


def in_range(request: str, version: str) -> bool:
    if not version[:1].isdigit():
        return False
    return all(_HOLDS[sign](_compare(version, bound), 0) for sign, bound in _bounds(request))


def is_same(left: str, right: str) -> bool:
    return left == right


def is_above(left: str, right: str) -> bool:
    return _compare(left, right) > 0


def _bounds(request: str) -> list[tuple[str, str]]:
    """The operators and versions of a range. Raises ValueError for anything else."""
    if not re.fullmatch(rf"{_BOUND}(\s*,\s*{_BOUND})*", request.strip()):
        raise ValueError(request)
    return re.findall(_BOUND, request)


def _compare(left: str, right: str) -> int:
    """-1, 0 or 1, as Homebrew's PkgVersion does; 0 when either does not begin with a digit (a branch, "latest")."""
    if not (left[:1].isdigit() and right[:1].isdigit()):
        return 0
    (one, revision), (other, other_revision) = _parted(left), _parted(right)
    for token, other_token in zip_longest(_tokens(one), _tokens(other), fillvalue=_NOTHING):
        if token != other_token:
            return 1 if token > other_token else -1
    return (revision > other_revision) - (revision < other_revision)


def _parted(version: str) -> tuple[str, int]:
    """A version without its revision, and the revision: 1.2.3_1 is a later packaging of 1.2.3, and before 1.2.3.1."""
    found = re.fullmatch(r"(.+?)_(\d+)", version)
    return (found[1], int(found[2])) if found else (version, 0)


def _tokens(version: str) -> list[tuple[int, int, str]]:
    """What a version is made of: words of a pre-release come before nothing, nothing is 0, words, then numbers."""
    spelled = re.sub(r"(?<![a-z])b(?=\d)", "beta", re.sub(r"(?<![a-z])a(?=\d)", "alpha", version.lower()))
    return [_token(part) for part in re.findall(rf"\d+|{'|'.join(_EARLIER)}|[a-z]+", spelled)]


def _token(part: str) -> tuple[int, int, str]:
    if part.isdigit():
        return (7, int(part), "") if int(part) else _NOTHING
    return (_EARLIER[part], 0, "") if part in _EARLIER else (6, 0, part)
