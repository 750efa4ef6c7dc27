"""Version rules hold for every version, not only for the nice ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim_lib.versions import Ecosystem, accepts, exact, is_above, is_same, problem

from . import BOUNDED

numbers = st.integers(0, 300)
pypi = st.builds(
    lambda release, end: ".".join(map(str, release)) + end,
    st.lists(numbers, min_size=1, max_size=4),
    st.sampled_from(["", "", "a1", "rc2", ".dev3", ".post1", "+local.1"]),
)
npm = st.builds(
    lambda major, minor, patch, end: f"{major}.{minor}.{patch}{end}",
    numbers,
    numbers,
    numbers,
    st.sampled_from(["", "", "-alpha.1", "-0.3.7", "+build.5", "-rc.1+exp"]),
)
deb = st.builds(
    lambda epoch, release, end: epoch + ".".join(map(str, release)) + end,
    st.sampled_from(["", "", "1:"]),
    st.lists(numbers, min_size=1, max_size=3),
    st.sampled_from(["", "~rc1", "-1", "-1+b1", "+dfsg-2", "-0ubuntu1~22.04"]),
)
winget = st.builds(
    lambda release, end: ".".join(map(str, release)) + end,
    st.lists(numbers, min_size=1, max_size=4),
    st.sampled_from(["", "", "-beta", "b2"]),
)
written = st.builds(
    lambda release, end: ".".join(map(str, release)) + end,
    st.lists(numbers, min_size=1, max_size=4),
    st.sampled_from(["", "", "_1", "-rc2", ".windows.1", "b3"]),
)
kinds = {"pypi": pypi, "npm": npm, "cargo": npm, "deb": deb, "winget": winget, "brew": written, "scoop": written}
versions = st.one_of(*(st.tuples(st.just(name), one) for name, one in kinds.items()))
pairs = st.one_of(*(st.tuples(st.just(name), one, one) for name, one in kinds.items()))


@BOUNDED
@given(versions)
def test_an_exact_version_names_and_accepts_itself(case: tuple[Ecosystem, str]) -> None:
    """A version is a request for itself, without a complaint."""
    ecosystem, version = case

    assert exact(ecosystem, version) == version
    assert accepts(ecosystem, version, version)
    assert is_same(ecosystem, version, version)
    assert problem(ecosystem, version) == ""


@BOUNDED
@given(versions, st.sampled_from(["*", "latest", ""]))
def test_anything_accepts_everything(case: tuple[Ecosystem, str], request_: str) -> None:
    """`*` is no version, and every version will do."""
    ecosystem, version = case

    assert exact(ecosystem, request_) == ""
    assert accepts(ecosystem, request_, version)


@BOUNDED
@given(pairs)
def test_of_two_versions_one_is_above_or_neither(case: tuple[Ecosystem, str, str]) -> None:
    """Never each above the other; equal ones never; sameness is mutual."""
    ecosystem, left, right = case

    assert not (is_above(ecosystem, left, right) and is_above(ecosystem, right, left))
    assert is_same(ecosystem, left, right) == is_same(ecosystem, right, left)
    assert not (is_same(ecosystem, left, right) and is_above(ecosystem, left, right))


@BOUNDED
@given(pairs)
def test_an_exact_request_accepts_only_its_equals(case: tuple[Ecosystem, str, str]) -> None:
    """A pin is met by the same version and by nothing else."""
    ecosystem, left, right = case

    assert accepts(ecosystem, left, right) == is_same(ecosystem, left, right)


@BOUNDED
@given(st.lists(numbers, min_size=1, max_size=3), st.integers(1, 3))
def test_trailing_zeros_are_nothing_on_pypi(release: list[int], zeros: int) -> None:
    """PEP 440: 1.0 is 1.0.0; written with == too."""
    short = ".".join(map(str, release))
    long = short + ".0" * zeros

    assert is_same("pypi", short, long)
    assert accepts("pypi", f"=={short}", long)


@BOUNDED
@given(npm, npm)
def test_npm_versions_are_the_same_only_as_written(left: str, right: str) -> None:
    """npm has one spelling of each version."""
    assert is_same("npm", left, right) == (left == right)


@BOUNDED
@given(st.integers(1, 50), numbers, numbers, numbers, numbers)
def test_a_caret_keeps_the_major_version(major: int, minor: int, patch: int, other: int, newer: int) -> None:
    """`^1.2.3` takes 1.x from 1.2.3 on, and never 2.0.0."""
    request = f"^{major}.{minor}.{patch}"

    assert accepts("npm", request, f"{major}.{minor + other + 1}.{newer}")
    assert not accepts("npm", request, f"{major + 1}.{minor}.{patch}")
    assert accepts("npm", request, f"{major}.{minor}.{patch}")


@pytest.mark.parametrize("ecosystem", kinds)
@BOUNDED
@given(request_=st.text(max_size=20), version=st.text(max_size=20))
def test_nonsense_never_raises(ecosystem: Ecosystem, request_: str, version: str) -> None:
    """A request without a complaint can be compared with whatever a damaged installation calls its version."""
    if not problem(ecosystem, request_):
        accepts(ecosystem, request_, version)
    is_above(ecosystem, version, request_)
    is_same(ecosystem, version, request_)
