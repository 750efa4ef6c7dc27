"""Version requests and how they compare, by each ecosystem's own rules. Pure.

PEP 440 for pypi, node-semver for npm. Homebrew and Scoop take versions as upstream writes them: numbers compared as
numbers and words by what they usually mean (`1.2.3_1`, `2.52.0.windows.1`, `24.1.0,241`).
"""

from __future__ import annotations

import operator
import re
from itertools import zip_longest
from typing import Literal

Ecosystem = Literal["pypi", "npm", "brew", "scoop"]

ANY = ("*", "latest", "")
AS_WRITTEN = ("brew", "scoop")
_NPM_EXACT = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
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


def exact(ecosystem: Ecosystem, request: str) -> str:
    """The one version that `request` names, or "" when it is a range or anything at all."""
    if request in ANY:
        return ""
    if ecosystem == "npm":
        return request if _NPM_EXACT.fullmatch(request) else ""
    if ecosystem in AS_WRITTEN:
        written = request.removeprefix("==").strip()
        return written if re.fullmatch(rf"(?=.*\d){_WRITTEN}", written) else ""
    bare = request.removeprefix("==").strip()
    return bare if _is_pep440(bare) else ""


def accepts(ecosystem: Ecosystem, request: str, version: str) -> bool:
    """Whether `version` satisfies `request`. An unreadable version satisfies only "anything"."""
    if request in ANY or request == version:
        return True
    one = exact(ecosystem, request)
    if one:
        return is_same(ecosystem, one, version) or (ecosystem == "brew" and _is_build_of(one, version))
    if ecosystem in AS_WRITTEN:
        return _in_bounds(request, version)
    return _in_npm_range(request, version) if ecosystem == "npm" else _in_specifier(request, version)


def is_same(ecosystem: Ecosystem, left: str, right: str) -> bool:
    """Equality by the ecosystem's rules: pypi's 1.0 is 1.0.0, npm's is a mistake, brew and scoop mean what they say."""
    if ecosystem in AS_WRITTEN:
        return left == right
    if left == right or ecosystem == "npm" or not (_is_pep440(left) and _is_pep440(right)):
        return left == right
    from packaging.version import Version

    return Version(left) == Version(right)


def is_above(ecosystem: Ecosystem, left: str, right: str) -> bool:
    """Whether `left` is newer than `right`; False when either cannot be read."""
    if ecosystem in AS_WRITTEN:
        return _compare_written(left, right) > 0
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


_EXAMPLES: dict[Ecosystem, str] = {
    "npm": '"3.6.2", "^3.6", ">=3 <4"',
    "pypi": '"0.14.1", ">=25,<26"',
    "brew": '"1.8.2", ">=1.8,<2"',
    "scoop": '"1.8.2", ">=1.8,<2"',
}


def _parse_range(ecosystem: Ecosystem, request: str) -> object:
    if ecosystem == "npm":
        from semantic_version import NpmSpec

        return NpmSpec(request)
    if ecosystem in AS_WRITTEN:
        return _bounds(request)
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


# --- brew and scoop ---------------------------------------------------------------------------------------------


def _is_build_of(release: str, version: str) -> bool:
    """Whether `version` is a build of `release`: brew's 1.2.3_1 (a revision) and 1.2.3,45 (a cask's build) of 1.2.3."""
    return re.fullmatch(rf"{re.escape(release)}(_\d+|,.+)", version) is not None


def _bounds(request: str) -> list[tuple[str, str]]:
    """The operators and versions of a range. Raises ValueError for anything else."""
    if not re.fullmatch(rf"{_BOUND}(\s*,\s*{_BOUND})*", request.strip()):
        raise ValueError(request)
    return re.findall(_BOUND, request)


def _in_bounds(request: str, version: str) -> bool:
    if not version[:1].isdigit():
        return False
    try:
        found = _bounds(request)
    except ValueError:
        return False
    return all(_HOLDS[sign](_compare_written(version, bound), 0) for sign, bound in found)


def _compare_written(left: str, right: str) -> int:
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
