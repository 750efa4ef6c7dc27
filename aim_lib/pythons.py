"""Which Python a tool asks for: a version (`3.12`), a PEP 440 constraint (`<3.13`) or a path; what fits it. Pure."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from .model import Present, Wanted

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

EXAMPLES = '"3.12", ">=3.10,<3.13"'
OLDEST = "3.11"  # what we run with ourselves: a lock is good from there on
MINORS = range(6, 30)
PATCHES = range(60)
_PLAIN = re.compile(r"(?:python)?(3(?:\.\d+){0,2})")
_RELEASE = re.compile(r"3\.\d+(\.\d+)?")
# What nearly every request is: from one minor version to before another. It is read without a library, whose import
# costs more than all else that looking at the tools does.
_BOUNDS = re.compile(r"(?:>=\s*3\.(?P<low>\d+))?(?:(?(low)\s*,)\s*<\s*3\.(?P<high>\d+))?")


def problem(request: str) -> str:
    """What is wrong with a request, or "" when it can be used."""
    if not request or is_path(request) or _PLAIN.fullmatch(request):
        return ""
    if (bounds := _bounds(request)) and any(minor in bounds for minor in MINORS):
        return ""
    try:
        _specifiers(request)
    except ValueError:
        return f'"{request}" is not a Python; write it like {EXAMPLES}'
    if newest(request):
        return ""
    return f'no Python 3 can be "{request}"; write it like {EXAMPLES}'


def is_path(request: str) -> bool:
    """Whether the request names one interpreter on one machine."""
    return "/" in request or "\\" in request


def fits(request: str, version: str) -> bool:
    """Whether a Python satisfies a request. One known only as `3.12` fits when some 3.12 does; a path says nothing."""
    if not request or is_path(request):
        return True
    bounds = _bounds(request)
    if bounds is not None and _RELEASE.fullmatch(version):
        return _minor(version) in bounds
    wanted = _specifiers(request)
    exact = [version] if version.count(".") >= 2 else [f"{version}.{patch}" for patch in PATCHES]
    return any(wanted.contains(each, prereleases=True) for each in exact)


def newest(request: str) -> str:
    """A Python to propose to somebody who has none that fits, as `3.12`; "" when there can be none.

    Where nothing bounds the request from above, that is the oldest which fits: the newest may not exist yet.
    """
    found = [f"3.{minor}" for minor in MINORS if fits(request, f"3.{minor}")]
    if not found:
        return ""
    is_open = fits(request, f"3.{MINORS[-1]}")
    return max(found[0], OLDEST, key=_minor) if is_open else found[-1]


def oldest(request: str, requires: str = "") -> str:
    """The first Python that a lock must be good for, as `3.12`: of those that fit the request and the package's own
    Requires-Python, the oldest; without a lower bound, the oldest that we run with ourselves.
    """
    request = "" if is_path(request) else request
    both = [f"3.{minor}" for minor in MINORS if fits(request, f"3.{minor}") and fits(requires, f"3.{minor}")]
    start = _minor(OLDEST) if not request or fits(request, f"3.{MINORS[0]}") else MINORS[0]
    return next((each for each in both if _minor(each) >= start), both[-1] if both else OLDEST)


def wrong_python(wanted: Wanted, present: Present) -> str:
    """Why a tool's environment has not the Python that is asked for, or "" when it has, or when nobody knows."""
    if not wanted.python or not present.python or fits(wanted.python, present.python):
        return ""
    return f"has Python {present.python}, {wanted.python} is wanted"


def _bounds(request: str) -> range | None:
    """The minor versions of Python 3 that a request of the usual form spans; None for any other."""
    found = _BOUNDS.fullmatch(request.strip())
    if not request.strip() or not found:
        return None
    return range(int(found["low"] or 0), int(found["high"] or sys.maxsize))


def _specifiers(request: str) -> SpecifierSet:
    from packaging.specifiers import SpecifierSet

    plain = _PLAIN.fullmatch(request)
    if not plain:
        return SpecifierSet(request)
    return SpecifierSet(f"=={plain[1]}" if plain[1].count(".") == 2 else f"=={plain[1]}.*")


def _minor(version: str) -> int:
    return int(version.split(".")[1])
