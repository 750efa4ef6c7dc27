"""Version requests and how they compare, by the rules of PEP 440, node-semver, Debian or winget. Pure."""

from __future__ import annotations

import re
from typing import Literal

from . import loose_versions as loose

Ecosystem = Literal["pypi", "npm", "deb", "winget"]

ANY = ("*", "latest", "")
_LOOSE = {"deb": (loose.DEBIAN, loose.compare_debian), "winget": (loose.WINGET, loose.compare_winget)}
_EXAMPLES = {
    "pypi": '"0.14.1", ">=25,<26"',
    "npm": '"3.6.2", "^3.6", ">=3 <4"',
    "deb": '"1.6-2.1", "1.6*", ">=1.6"',
    "winget": '"2.47.0", "2.47*", ">=2.40"',
}
_NPM_EXACT = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


def exact(ecosystem: Ecosystem, request: str) -> str:
    """The one version that `request` names, or "" when it is a range or anything at all."""
    if request in ANY:
        return ""
    if ecosystem == "npm":
        return request if _NPM_EXACT.fullmatch(request) else ""
    if ecosystem in _LOOSE:
        bare = request.removeprefix("=").removeprefix("=").strip()
        return bare if _LOOSE[ecosystem][0].fullmatch(bare) and not bare.endswith("*") else ""
    bare = request.removeprefix("==").strip()
    return bare if _is_pep440(bare) else ""


def accepts(ecosystem: Ecosystem, request: str, version: str) -> bool:
    """Whether `version` satisfies `request`. An unreadable version satisfies only "anything"."""
    if request in ANY or request == version:
        return True
    one = exact(ecosystem, request)
    if one:
        return is_same(ecosystem, one, version)
    if ecosystem in _LOOSE:
        return loose.in_range(request, version, *_LOOSE[ecosystem])
    return _in_npm_range(request, version) if ecosystem == "npm" else _in_specifier(request, version)


def is_same(ecosystem: Ecosystem, left: str, right: str) -> bool:
    """Equality by the ecosystem's rules: pypi's 1.0 is 1.0.0, npm's is a mistake, Debian's is another version."""
    if ecosystem in _LOOSE:
        pattern, compare = _LOOSE[ecosystem]
        return left == right or (all(map(pattern.fullmatch, (left, right))) and compare(left, right) == 0)
    if left == right or ecosystem == "npm" or not (_is_pep440(left) and _is_pep440(right)):
        return left == right
    from packaging.version import Version

    return Version(left) == Version(right)


def is_above(ecosystem: Ecosystem, left: str, right: str) -> bool:
    """Whether `left` is newer than `right`; False when either cannot be read."""
    if ecosystem in _LOOSE:
        pattern, compare = _LOOSE[ecosystem]
        return all(map(pattern.fullmatch, (left, right))) and compare(left, right) > 0
    try:
        if ecosystem == "npm":
            from semantic_version import Version as NpmVersion

            return bool(NpmVersion(left) > NpmVersion(right))
        from packaging.version import Version

        return Version(left) > Version(right)
    except ValueError:
        return False


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
    if ecosystem in _LOOSE:
        if not loose.is_range(request, _LOOSE[ecosystem][0]):
            raise ValueError(request)
        return request
    if ecosystem == "npm":
        from semantic_version import NpmSpec

        return NpmSpec(request)
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(request)


def _in_npm_range(request: str, version: str) -> bool:
    from semantic_version import NpmSpec, Version

    try:
        return bool(Version(version) in NpmSpec(request))
    except ValueError:
        return False


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
