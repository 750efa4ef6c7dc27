"""Version requests and how they compare, by each ecosystem's own rules. Pure.

PEP 440 for pypi, node-semver for npm, and for cargo what `cargo install --version` takes.
"""

from __future__ import annotations

import re
from typing import Any, Literal

Ecosystem = Literal["pypi", "npm", "cargo"]

ANY = ("*", "latest", "")
_SEMVER = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
# Several bounds are joined by commas. A bare "1.2" is a range in Cargo.toml and a mistake in `cargo install`.
_CARGO_BOUND = re.compile(r"(\^|~|=|[<>]=?) *\d+(\.\d+(\.\d+(-[0-9A-Za-z.-]+)?)?)?|\d+(\.\d+)?\.\*")
_EXAMPLES = {
    "pypi": '"0.14.1", ">=25,<26"',
    "npm": '"3.6.2", "^3.6", ">=3 <4"',
    "cargo": '"1.2.3", "^1.2", ">=1, <3"',
}


def exact(ecosystem: Ecosystem, request: str) -> str:
    """The one version that `request` names, or "" when it is a range or anything at all."""
    if request in ANY:
        return ""
    if ecosystem == "npm":
        return request if _SEMVER.fullmatch(request) else ""
    if ecosystem == "cargo":
        one = request.removeprefix("=").strip()
        return one if _SEMVER.fullmatch(one) else ""
    bare = request.removeprefix("==").strip()
    return bare if _is_pep440(bare) else ""


def accepts(ecosystem: Ecosystem, request: str, version: str) -> bool:
    """Whether `version` satisfies `request`. An unreadable version satisfies only "anything"."""
    if request in ANY or request == version:
        return True
    one = exact(ecosystem, request)
    if one:
        return is_same(ecosystem, one, version)
    return _in_specifier(request, version) if ecosystem == "pypi" else _in_semver_range(ecosystem, request, version)


def is_same(ecosystem: Ecosystem, left: str, right: str) -> bool:
    """Equality by the ecosystem's rules: pypi's 1.0 is 1.0.0, npm's is a mistake, cargo's 1.0.0+b is 1.0.0."""
    if ecosystem == "cargo" and _SEMVER.fullmatch(left) and _SEMVER.fullmatch(right):
        return left.partition("+")[0] == right.partition("+")[0]
    if left == right or ecosystem != "pypi" or not (_is_pep440(left) and _is_pep440(right)):
        return left == right
    from packaging.version import Version

    return Version(left) == Version(right)


def is_above(ecosystem: Ecosystem, left: str, right: str) -> bool:
    """Whether `left` is newer than `right`; False when either cannot be read."""
    try:
        if ecosystem == "cargo":  # what is built does not count
            left, right = left.partition("+")[0], right.partition("+")[0]
        if ecosystem != "pypi":
            from semantic_version import Version as SemVersion

            return bool(SemVersion(left) > SemVersion(right))
        from packaging.version import Version

        return Version(left) > Version(right)
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
    try:
        _parse_range(ecosystem, request)
    except ValueError:
        return f'"{request}" is not a version, a range or "*"; write it like {_EXAMPLES[ecosystem]}'
    return ""


def _parse_range(ecosystem: Ecosystem, request: str) -> object:
    if ecosystem != "pypi":
        from semantic_version import NpmSpec

        return NpmSpec(_as_npm_writes_it(request) if ecosystem == "cargo" else request)
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(request)


def _in_semver_range(ecosystem: Ecosystem, request: str, version: str) -> bool:
    from semantic_version import Version

    try:
        return bool(Version(version) in _parse_range(ecosystem, request))  # type: ignore[operator]
    except ValueError:
        return False


def _as_npm_writes_it(request: str) -> str:
    """A cargo range in npm's words: the bounds mean the same in both. Raises ValueError when it is none."""
    bounds = [bound.strip() for bound in request.split(",")]
    if not all(_CARGO_BOUND.fullmatch(bound) for bound in bounds):
        raise ValueError(request)
    return " ".join(bound.replace(" ", "") for bound in bounds)


def _in_specifier(request: str, version: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return _is_pep440(version) and SpecifierSet(request).contains(version, prereleases=True)


def _is_pep440(text: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
