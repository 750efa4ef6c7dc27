"""Version requests and how they compare, by the rules of each ecosystem (`ecosystems/`). Pure."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

from .ecosystems import MEMBERS, Ordered, Rules

Ecosystem = str  # the name of a member of `ecosystems`

ANY = ("*", "latest", "")


def ecosystems() -> tuple[str, ...]:
    """The names of all there are, sorted."""
    return MEMBERS


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


def order(ecosystem: Ecosystem, version: str) -> Any:
    """A key to sort versions of one ecosystem by. Raises ValueError when `version` is none of its versions.

    Only for the ecosystems whose indexes are asked: the others are never sorted.
    """
    return _ordered(ecosystem).order(version)


def is_prerelease(ecosystem: Ecosystem, version: str) -> bool:
    """Whether its author calls `version` a pre-release; an unreadable one is taken for one."""
    try:
        return _ordered(ecosystem).is_prerelease(version)
    except ValueError:
        return True


def major(ecosystem: Ecosystem, version: str) -> int | None:
    """The first number of `version`, or None when it cannot be read."""
    try:
        return _ordered(ecosystem).major(version)
    except ValueError:
        return None


def _ordered(ecosystem: Ecosystem) -> Ordered:
    own = rules(ecosystem)
    if isinstance(own, Ordered):
        return own
    raise ValueError(f"versions of {ecosystem} are not sorted")


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
