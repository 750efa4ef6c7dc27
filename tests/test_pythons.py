"""Which Python a tool asks for: what can be asked, what fits, and what an environment says to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from aim_lib import pythons
from aim_lib.model import Present, Wanted


@pytest.mark.parametrize(
    "request_", ["", "3", "3.12", "3.12.4", "python3.12", "<3.13", ">=3.10,<3.13", "/opt/py/bin/python"]
)
def test_a_version_a_constraint_or_a_path_can_be_asked_for(request_: str) -> None:
    """All that `--python` of the installers takes and we can judge."""
    assert pythons.problem(request_) == ""


@pytest.mark.parametrize("request_", ["snake", "3.x", ">>3", "2.7", "<3", ">=3.13,<3.12"])
def test_a_request_that_nothing_can_meet_is_a_problem(request_: str) -> None:
    """What is no version, and what no Python 3 can be, is told with an example."""
    found = pythons.problem(request_)

    assert f'"{request_}"' in found
    assert '"3.12", ">=3.10,<3.13"' in found


@pytest.mark.parametrize(
    ("request_", "version", "answer"),
    [
        ("", "3.14.1", True),
        ("3.12", "3.12.4", True),
        ("3.12", "3.13.0", False),
        ("3.12.4", "3.12.5", False),
        ("3.12.4", "3.12", True),
        ("<3.13", "3.12.11", True),
        ("<3.13", "3.13.0", False),
        ("<3.13", "3.13.0rc1", False),
        (">=3.12.4", "3.12", True),
        (">=3.10,<3.13", "3.9.18", False),
        ("/opt/py/bin/python", "3.9.18", True),
    ],
)
def test_fitting_is_judged_by_the_number(request_: str, version: str, answer: bool) -> None:
    """A Python known only by its minor version fits when some patch of it does."""
    assert pythons.fits(request_, version) is answer


@given(
    low=st.none() | st.integers(6, 15),
    high=st.none() | st.integers(6, 15),
    space=st.sampled_from(["", " "]),
    minor=st.integers(5, 16),
    patch=st.sampled_from(["", ".0", ".7", ".0rc1"]),
)
def test_bounds_are_read_as_packaging_reads_them(
    low: int | None, high: int | None, space: str, minor: int, patch: str
) -> None:
    """The usual form is read without that library, and means the same."""
    parts = ([f">={space}3.{low}"] if low else []) + ([f"<{space}3.{high}"] if high else [])
    request = f"{space},{space}".join(parts)
    version = f"3.{minor}{patch}"

    patches = [version] if patch else [f"{version}.{each}" for each in range(20)]
    expected = any(SpecifierSet(request).contains(each, prereleases=True) for each in patches)
    assert pythons.fits(request, version) is expected


@pytest.mark.parametrize(
    ("request_", "version"), [("<3.13", "3.12"), ("3.10", "3.10"), (">=3.12", "3.12"), (">=3.9", "3.11"), ("<3", "")]
)
def test_one_to_get_is_proposed(request_: str, version: str) -> None:
    """The newest below an upper bound; without one, one that surely exists."""
    assert pythons.newest(request_) == version


@pytest.mark.parametrize(
    ("request_", "requires", "version"),
    [
        ("", "", "3.11"),
        ("<3.13", "", "3.11"),
        (">=3.9,<3.12", "", "3.9"),
        ("3.10", "", "3.10"),
        ("", ">=3.12", "3.12"),
        ("<3.10", "", "3.9"),
        ("<3.13", "<3.13,>=3.10", "3.11"),
        ("/opt/py/bin/python", "", "3.11"),
    ],
)
def test_a_lock_starts_at_the_oldest_python_that_counts(request_: str, requires: str, version: str) -> None:
    """It must be good on every machine that may use it, and the package itself may want a newer one."""
    assert pythons.oldest(request_, requires) == version


def present(python: str) -> Present:
    return Present(kind="pipx", name="aider-chat", version="0.86.2", python=python)


def test_a_python_that_does_not_fit_is_wrong() -> None:
    """The sentence says what is there and what is wanted."""
    wanted = Wanted(kind="pipx", name="aider-chat", python="<3.13")

    assert pythons.wrong_python(wanted, present("3.13.0")) == "has Python 3.13.0, <3.13 is wanted"


@pytest.mark.parametrize(("asked", "python"), [("<3.13", "3.12.1"), ("", "3.13.0"), ("<3.13", "")])
def test_a_python_is_not_wrong_without_reason(asked: str, python: str) -> None:
    """One that fits, one that nobody asked about, and one that nobody knows are no news."""
    assert pythons.wrong_python(Wanted(kind="pipx", name="aider-chat", python=asked), present(python)) == ""
