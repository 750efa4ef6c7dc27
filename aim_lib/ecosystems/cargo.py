"""What `cargo install --version` takes: semantic versions; several bounds are joined by commas."""

from __future__ import annotations

import re

from . import _semver
from ._semver import is_prerelease, major, order

__all__ = [
    "EXAMPLES",
    "NAME",
    "answers",
    "check_range",
    "exact",
    "in_range",
    "is_above",
    "is_prerelease",
    "is_same",
    "major",
    "order",
]

NAME = r"[A-Za-z][A-Za-z0-9_-]{0,63}"
EXAMPLES = '"1.2.3", "^1.2", ">=1, <3"'
# A bare "1.2" is a range in Cargo.toml and a mistake in `cargo install`.
_BOUND = re.compile(r"(\^|~|=|[<>]=?) *\d+(\.\d+(\.\d+(-[0-9A-Za-z.-]+)?)?)?|\d+(\.\d+)?\.\*")


def exact(request: str) -> str:
    one = request.removeprefix("=").strip()
    return one if _semver.VERSION.fullmatch(one) else ""


def check_range(request: str) -> None:
    _semver.check_range(_as_npm_writes_it(request))


def in_range(request: str, version: str) -> bool:
    return _semver.in_range(_as_npm_writes_it(request), version)


def is_same(left: str, right: str) -> bool:
    """What is built does not count."""
    return all(map(_semver.VERSION.fullmatch, (left, right))) and _without_build(left) == _without_build(right)


def answers(one: str, version: str) -> bool:
    return one == version or is_same(one, version)


def is_above(left: str, right: str) -> bool:
    return _semver.is_above(_without_build(left), _without_build(right))


def _without_build(version: str) -> str:
    return version.partition("+")[0]


def _as_npm_writes_it(request: str) -> str:
    """A range in npm's words: the bounds mean the same in both. Raises ValueError when it is none."""
    bounds = [bound.strip() for bound in request.split(",")]
    if not all(_BOUND.fullmatch(bound) for bound in bounds):
        raise ValueError(request)
    return " ".join(bound.replace(" ", "") for bound in bounds)
