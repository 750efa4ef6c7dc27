"""Version requests by each ecosystem's own rules."""

from __future__ import annotations

import itertools
import shutil
import subprocess

import pytest

from aim_lib import catalog, versions
from aim_lib.versions import Ecosystem, accepts, ecosystems, exact, is_above, problem


@pytest.mark.parametrize(
    ("ecosystem", "request_", "version"),
    [
        ("pypi", "0.14.1", "0.14.1"),
        ("pypi", "==0.14.1", "0.14.1"),
        ("pypi", "== 1.0", "1.0"),
        ("pypi", ">=25,<26", ""),
        ("pypi", "==1.*", ""),
        ("pypi", "*", ""),
        ("npm", "3.6.2", "3.6.2"),
        ("npm", "1.0.0-beta.1", "1.0.0-beta.1"),
        ("npm", "^3.6.2", ""),
        ("npm", "3.6", ""),
        ("npm", "latest", ""),
        ("cargo", "1.2.3", "1.2.3"),
        ("cargo", "=1.2.3", "1.2.3"),
        ("cargo", "1.2.3-rc.1+b7", "1.2.3-rc.1+b7"),
        ("cargo", "=1.2", ""),
        ("cargo", "^1.2.3", ""),
        ("deb", "1:2.39.5-0+deb12u3", "1:2.39.5-0+deb12u3"),
        ("deb", "= 2.10-3", "2.10-3"),
        ("deb", "2.10*", ""),
        ("deb", ">=2.10", ""),
        ("winget", "2.47.0.2", "2.47.0.2"),
        ("winget", "N-118197-gbb85423142-20241231", "N-118197-gbb85423142-20241231"),
        ("winget", ">=2.40", ""),
        ("brew", "1.8.2_1", "1.8.2_1"),
        ("brew", "==3.13", "3.13"),
        ("brew", "24.1.0,241", "24.1.0,241"),
        ("brew", ">=1.8,<2", ""),
        ("brew", "latest", ""),
        ("scoop", "2.52.0.windows.1", "2.52.0.windows.1"),
        ("scoop", "nightly", ""),
    ],
)
def test_only_an_exact_request_names_a_version(ecosystem: Ecosystem, request_: str, version: str) -> None:
    """Ranges and "anything" name none."""
    assert exact(ecosystem, request_) == version


@pytest.mark.parametrize(
    ("ecosystem", "request_", "version", "fits"),
    [
        ("pypi", ">=25,<26", "25.9.0", True),
        ("pypi", ">=25,<26", "26.0", False),
        ("pypi", "~=1.4", "1.9", True),
        ("pypi", "==1.*", "1.7.2", True),
        ("pypi", "!=1.5", "1.5", False),
        ("pypi", ">=1", "2.0rc1", True),
        ("pypi", ">=1", "unreadable", False),
        ("pypi", "1.0", "1.0.0", True),
        ("npm", "^3.6", "3.9.0", True),
        ("npm", "^3.6", "4.0.0", False),
        ("npm", "~1.2.3", "1.2.9", True),
        ("npm", ">=3 <4", "3.9.9", True),
        ("npm", "1.x || 3.x", "2.0.0", False),
        ("npm", "1.2.3 - 2.0.0", "1.9.0", True),
        ("npm", "^1.0.0", "unreadable", False),
        ("npm", "1.0.0", "1.0", False),
        ("cargo", "^0.2", "0.2.9", True),
        ("cargo", "^0.2", "0.3.0", False),
        ("cargo", ">=1, <3", "2.9.9", True),
        ("cargo", ">=1, <3", "3.0.0", False),
        ("cargo", "~1.2", "1.2.7", True),
        ("cargo", "~1.2", "1.3.0", False),
        ("cargo", "1.*", "1.9.0", True),
        ("cargo", "=1.2", "1.2.9", True),
        ("cargo", "> 1.2", "1.2.9", False),
        ("cargo", ">=1", "2.0.0-beta.1", False),
        ("cargo", "^1.0.0-beta.1", "1.0.0-beta.2", True),
        ("cargo", "1.0.0", "1.0.0+build.7", True),
        ("cargo", "1.0.0", "1.0.1", False),
        ("cargo", "^1", "unreadable", False),
        ("deb", "1.6*", "1.6-2.1+deb12u3", True),
        ("deb", "1.6*", "1.7-1", False),
        ("deb", "!=1.6*", "1.7-1", True),
        ("deb", ">=1.6, <<1.7", "1.6-2.1", True),
        ("deb", ">= 1.6 <1.7", "1.7~rc1-1", True),
        ("deb", ">>1.6", "1.6", False),
        ("deb", "1.0", "0:1.0-0", True),
        ("deb", ">=1", "not a version", False),
        ("winget", "2.47*", "2.47.0.2", True),
        ("winget", ">=2.40", "2.5", False),
        ("winget", "1.20", "1.20.0", True),
        ("winget", ">1", "Unknown", False),
        ("brew", "1.8.2", "1.8.2_1", True),
        ("brew", "1.8.2_1", "1.8.2_2", False),
        ("brew", "1.8.2", "1.8.20", False),
        ("brew", "24.1.0", "24.1.0,241", True),
        ("brew", ">=1.8,<2", "1.8.2_1", True),
        ("brew", ">=1.8,<2", "2.0", False),
        ("brew", "!=1.8.2", "1.8.2", False),
        ("brew", ">=1.8", "HEAD-1a2b3c4", False),
        ("brew", "*", "latest", True),
        ("scoop", "2.52.0.windows.1", "2.52.0.windows.1", True),
        ("scoop", "2.52.0", "2.52.0.windows.1", False),
        ("scoop", ">2.9, <=2.52.0.windows.1", "2.52.0.windows.1", True),
    ],
)
def test_a_request_accepts_what_its_ecosystem_would(
    ecosystem: Ecosystem, request_: str, version: str, fits: bool
) -> None:
    """Each by the rules of its ecosystem; brew's revisions and builds are of the version they follow."""
    assert accepts(ecosystem, request_, version) is fits


@pytest.mark.parametrize(
    ("ecosystem", "left", "right", "above"),
    [
        ("pypi", "1.10", "1.9", True),
        ("pypi", "1.0", "1.0rc1", True),
        ("pypi", "1.0", "x", False),
        ("npm", "1.10.0", "1.9.0", True),
        ("npm", "1.0.0-rc.1", "1.0.0", False),
        ("npm", "1", "0.1.0", False),
        ("cargo", "1.10.0", "1.9.0", True),
        ("cargo", "1.0.0-rc.1", "1.0.0", False),
        ("cargo", "1.0.0+b2", "1.0.0+b1", False),
        ("deb", "1:0.9", "2.0", True),
        ("deb", "1.0", "1.0~rc1", True),
        ("deb", "1.0-", "0.9", False),
        ("winget", "1.10", "1.9", True),
        ("winget", "1.1", "1.1-beta", True),
        ("winget", "1.0.1", "1.0", True),
        ("winget", "Latest", "99", True),
        ("winget", "0.1", "Unknown", True),
        ("brew", "1.2.3_1", "1.2.3", True),
        ("brew", "1.2.3_10", "1.2.3_9", True),
        ("brew", "1.2.1", "1.2_1", True),
        ("brew", "1.0", "1.0.0", False),
        ("brew", "1.0", "1.0-rc2", True),
        ("brew", "1.0.2b", "1.0.2", True),
        ("brew", "1.0", "1.0b3", True),
        ("brew", "HEAD-1a2b3c4", "1.0", False),
        ("scoop", "2.52.0.windows.2", "2.52.0.windows.1", True),
        ("scoop", "1.10", "1.9", True),
        ("scoop", "24.09", "24.9", False),
    ],
)
def test_newer_is_above(ecosystem: Ecosystem, left: str, right: str, above: bool) -> None:
    """By number, not by text; what cannot be read is above nothing."""
    assert is_above(ecosystem, left, right) is above


@pytest.mark.parametrize(
    ("ecosystem", "request_", "example"),
    [
        ("pypi", "one", ">=25,<26"),
        ("pypi", ">=x", ">=25,<26"),
        ("pypi", "^1.0", ">=25,<26"),
        ("npm", "1.0.0.0", "^3.6"),
        ("npm", ">=a", "^3.6"),
        ("cargo", "1.2", "^1.2"),
        ("cargo", ">=1 <3", ">=1, <3"),
        ("cargo", "1.x || 2.x", ">=1, <3"),
        ("cargo", "1.0.0 - 2.0.0", ">=1, <3"),
        ("deb", "^1.0", "1.6*"),
        ("deb", ">=1.6*", "1.6*"),
        ("winget", "~1.0", "2.47*"),
        ("brew", "newest", ">=1.8,<2"),
        ("brew", "^1.0", ">=1.8,<2"),
        ("scoop", ">=1 <2", ">=1.8,<2"),
    ],
)
def test_a_request_that_cannot_be_read_is_answered_with_examples(
    ecosystem: Ecosystem, request_: str, example: str
) -> None:
    """The example is of the right ecosystem."""
    said = problem(ecosystem, request_)

    assert said.startswith(f'"{request_}" is not a version, a range or "*"')
    assert example in said


DEBIAN = [
    "0",
    "1.0",
    "1.0~",
    "1.0~~",
    "1.0~rc1-1",
    "1.0-1",
    "1.0-1+b1",
    "1.0-1.1",
    "1.0+dfsg-1",
    "1.0a",
    "1.00",
    "1.01",
]
DEBIAN += [
    "0:1.0-0",
    "1:0.1",
    "2:1",
    "1.0.1",
    "1.0-1~bpo12+1",
    "1.0-1+deb12u1",
    "1.0-1+deb12u10",
    "1.0-2",
    "10.0",
    "9z",
    "9Z",
]


@pytest.mark.skipif(shutil.which("dpkg", path="/usr/bin") is None, reason="dpkg is not on this machine")
def test_debian_versions_compare_as_dpkg_compares_them() -> None:
    """Every pair of a list of nasty ones, by `dpkg --compare-versions`."""
    for left, right in itertools.combinations(DEBIAN, 2):
        command = ["/usr/bin/dpkg", "--compare-versions", left, "gt", right]

        is_greater = subprocess.run(command, check=False).returncode == 0

        assert is_above("deb", left, right) is is_greater, (left, right)


def test_every_file_of_rules_is_known() -> None:
    """The list is written out, for its readers may not look at folders."""
    assert ecosystems() == catalog.own("aim_lib.ecosystems")


@pytest.mark.parametrize(
    ("ecosystem", "ordered"),
    [
        (
            "npm",
            ["1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0", "1.10.0"],
        ),
        ("cargo", ["0.9.0", "0.10.0-rc.1", "0.10.0"]),
        ("pypi", ["1.0.dev1", "1.0a2", "1.0rc1", "1.0", "1.0.post1", "1.9", "1.10"]),
    ],
)
def test_order_is_the_ecosystems(ecosystem: str, ordered: list[str]) -> None:
    """Not of letters."""
    assert sorted(set(ordered), key=lambda version: versions.order(ecosystem, version)) == ordered


def test_what_is_no_version_has_no_order() -> None:
    """It raises, counts as a pre-release and has no major number."""
    for ecosystem, text in (("npm", "1.2"), ("pypi", "odd!"), ("cargo", "")):
        with pytest.raises(ValueError):  # noqa: PT011 - packaging's own and ours
            versions.order(ecosystem, text)
        assert versions.is_prerelease(ecosystem, text)
        assert versions.major(ecosystem, text) is None


def test_majors_and_prereleases() -> None:
    """By each ecosystem's own reading."""
    assert (versions.major("npm", "12.1.0"), versions.major("pypi", "1!26.1")) == (12, 26)
    assert [versions.is_prerelease("pypi", text) for text in ("1.0rc1", "1.0.post1", "1.0")] == [True, False, False]
    assert [versions.is_prerelease("npm", text) for text in ("1.0.0-0", "1.0.0+b-1", "1.0.0")] == [True, False, False]
