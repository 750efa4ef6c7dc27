"""npm's versions and ranges: node-semver."""

from __future__ import annotations

from ._semver import VERSION, check_range, in_range, is_above, is_prerelease, major, order

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

# A name that begins with a hyphen would be an option on npm's command line; within a scope it is harmless.
NAME = r"@[a-z0-9~-][a-z0-9._~-]*/[a-z0-9~-][a-z0-9._~-]*|[a-z0-9~][a-z0-9._~-]*"
EXAMPLES = '"3.6.2", "^3.6", ">=3 <4"'


def exact(request: str) -> str:
    return request if VERSION.fullmatch(request) else ""


def is_same(left: str, right: str) -> bool:
    return left == right


def answers(one: str, version: str) -> bool:
    return one == version
