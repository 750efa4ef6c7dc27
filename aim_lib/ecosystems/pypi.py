"""PEP 440 and its specifiers, by the `packaging` library."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.version import Version

NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"
EXAMPLES = '"0.14.1", ">=25,<26"'


def exact(request: str) -> str:
    bare = request.removeprefix("==").strip()
    return bare if _is_version(bare) else ""


def check_range(request: str) -> None:
    from packaging.specifiers import SpecifierSet

    SpecifierSet(request)


def in_range(request: str, version: str) -> bool:
    """Pre-releases count: what is installed was chosen, and is judged by its number."""
    from packaging.specifiers import SpecifierSet

    return _is_version(version) and SpecifierSet(request).contains(version, prereleases=True)


def is_same(left: str, right: str) -> bool:
    from packaging.version import Version

    return _is_version(left) and _is_version(right) and Version(left) == Version(right)


def answers(one: str, version: str) -> bool:
    return is_same(one, version)


def is_above(left: str, right: str) -> bool:
    from packaging.version import Version

    return Version(left) > Version(right)


def order(version: str) -> Version:
    from packaging.version import Version

    return Version(version)


def is_prerelease(version: str) -> bool:
    return order(version).is_prerelease


def major(version: str) -> int:
    return order(version).major


def _is_version(text: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
