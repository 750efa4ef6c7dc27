"""Version requests and how they compare, by the rules of each ecosystem (`ecosystems/`). Pure."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any, cast

from .ecosystems import Rules

Ecosystem = str  # the name of a member of `ecosystems`

ANY = ("*", "latest", "")
_SEMVER = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


def rules(ecosystem: Ecosystem) -> Rules:
    """The rules of one ecosystem. Raises ModuleNotFoundError when there is none of that name."""
    return cast(Rules, import_module(f"{__package__}.ecosystems.{ecosystem}"))


def exact(ecosystem: Ecosystem, request: str) -> str:
    """The one version that `request` names, or "" when it is a range or anything at all."""
    return "" if request in ANY else rules(ecosystem).exact(request)


def accepts(ecosystem: Ecosystem, request: str, version: str) -> bool:
    """Whether `version` satisfies `request`. An unreadable version satisfies only "anything"."""
    if request in ANY or request == version:
        return True
    own = rules(ecosystem)
    one = own.exact(request)
    if one:
        return own.answers(one, version)
    try:
        return own.in_range(request, version)
    except ValueError:
        return False


def is_same(ecosystem: Ecosystem, left: str, right: str) -> bool:
    """Equality by the ecosystem's rules: pypi's 1.0 is 1.0.0, npm's is a mistake, cargo's 1.0.0+b is 1.0.0."""
    return left == right or rules(ecosystem).is_same(left, right)


def is_above(ecosystem: Ecosystem, left: str, right: str) -> bool:
    """Whether `left` is newer than `right`; False when either cannot be read."""
    try:
        return rules(ecosystem).is_above(left, right)
    except ValueError:
        return False


def order(ecosystem: str, version: str) -> Any:
    """A key to sort versions of one ecosystem by. Raises ValueError when `version` is none of its versions."""
    if ecosystem == "pypi":
        from packaging.version import Version

        return Version(version)
    if not _SEMVER.fullmatch(version):
        raise ValueError(version)
    numbers, _, before = version.partition("+")[0].partition("-")
    # A pre-release comes before its release; its numeric parts compare as numbers and come before words.
    parts = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in before.split("."))
    return tuple(map(int, numbers.split("."))), not before, parts


def is_prerelease(ecosystem: str, version: str) -> bool:
    """Whether its author calls `version` a pre-release; an unreadable one is taken for one."""
    try:
        key = order(ecosystem, version)
    except ValueError:
        return True
    return bool(key.is_prerelease) if ecosystem == "pypi" else not key[1]


def major(ecosystem: str, version: str) -> int | None:
    """The first number of `version`, or None when it cannot be read."""
    try:
        key = order(ecosystem, version)
    except ValueError:
        return None
    return int(key.major if ecosystem == "pypi" else key[0][0])


def problem(ecosystem: Ecosystem, request: str) -> str:
    """What is wrong with `request`, or "" when it can be used."""
    if request in ANY or exact(ecosystem, request):
        return ""
    own = rules(ecosystem)
    try:
        own.check_range(request)
    except ValueError:
        return f'"{request}" is not a version, a range or "*"; write it like {own.EXAMPLES}'
    return ""
