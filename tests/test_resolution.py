"""What a request would get, what is allowed, compatible and published, and why they differ."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aim_lib.indexes import Need, Package, Release
from aim_lib.policy import Policy
from aim_lib.resolution import Ask, Resolution, is_enough, need, resolve
from tests.fakes import NOON

CLAUDE = Package(
    name="claude",
    latest="2.1.330",
    releases=(
        Release(version="2.0.31", needs=">=18.0.0"),
        Release(version="2.1.197", needs=">=18.0.0"),
        Release(version="2.1.198", needs=">=22.0.0"),
        Release(version="2.1.330", needs=">=22.0.0"),
        Release(version="2.2.0", needs=">=22.0.0"),
    ),
)
AIDER = Package(
    name="aider-chat",
    latest="0.86.2",
    releases=(
        Release(version="0.80.0"),
        Release(version="0.85.0", yanked="broken"),
        Release(version="0.86.2", needs="<3.13,>=3.10"),
        Release(version="1.0rc1"),
    ),
)


def npm(**fields: Any) -> Ask:
    return Ask(**{"id": "npm:x", "kind": "npm", "name": "x", "ecosystem": "npm", "runtime": "20.20.2", **fields})


def pypi(**fields: Any) -> Ask:
    return Ask(**{"id": "pipx:x", "kind": "pipx", "name": "x", "ecosystem": "pypi", "runtime": "3.12.1", **fields})


def judged(ask: Ask, package: Package, policy: Policy | None = None) -> Resolution:
    return resolve(ask, package, policy or Policy(), NOON)


def dated(*ages_days: float | None) -> Package:
    """1.0.0, 2.0.0, … with these ages."""
    dates = [None if age is None else NOON - timedelta(days=age) for age in ages_days]
    releases = tuple(Release(version=f"{number}.0.0", uploaded=date) for number, date in enumerate(dates, 1))
    return Package(name="x", releases=releases, latest=releases[-1].version)


@pytest.mark.parametrize(
    ("request_", "runtime", "version"),
    [
        ("*", "20.20.2", "2.1.197"),
        ("*", "22.1.0", "2.1.330"),
        ("*", "", "2.1.330"),
        (">=2.1", "20.20.2", "2.1.197"),
        (">=2.1.198", "20.20.2", "2.2.0"),
        ("^2.0.0 <2.1", "20.20.2", "2.0.31"),
        ("latest", "20.20.2", "2.1.330"),
        ("2.1.330", "20.20.2", "2.1.330"),
        ("9.9.9", "20.20.2", ""),
        (">=9", "20.20.2", ""),
    ],
)
def test_npms_choice(request_: str, runtime: str, version: str) -> None:
    """A range prefers the latest if it runs here, else the newest that does; tags and exact versions do not care."""
    assert judged(npm(request=request_, runtime=runtime), CLAUDE).version == version


def test_npm_avoids_what_is_deprecated() -> None:
    """Unless there is nothing else."""
    package = Package(
        name="x", latest="2.0.0", releases=(Release(version="1.0.0"), Release(version="2.0.0", deprecated="use y"))
    )

    found = judged(npm(have="1.0.0"), package)

    assert (found.version, found.allowed, found.published) == ("1.0.0", "1.0.0", "2.0.0")
    assert found.why == "2.0.0 is deprecated: use y"
    assert judged(npm(request=">=2"), package).version == "2.0.0"


@pytest.mark.parametrize(
    ("request_", "runtime", "version"),
    [
        ("*", "3.12.1", "0.86.2"),
        ("*", "3.13.0", "0.80.0"),
        ("<0.86", "3.12.1", "0.80.0"),
        ("0.85.0", "3.12.1", "0.85.0"),
        (">=1.0rc1", "3.12.1", "1.0rc1"),
        (">=1", "3.12.1", ""),
    ],
)
def test_pips_choice(request_: str, runtime: str, version: str) -> None:
    """The newest that fits the Python; withdrawn only when exact, pre-releases only when asked for."""
    assert judged(pypi(request=request_, runtime=runtime), AIDER).version == version


def test_what_runs_here_and_what_is_newest() -> None:
    """Both are shown, with the reason."""
    found = judged(npm(have="2.0.31"), CLAUDE)

    assert (found.allowed, found.compatible, found.published) == ("2.1.197", "2.1.197", "2.1.330")
    assert found.why == "2.1.330 needs node >=22.0.0, here is 20.20.2"
    assert found.is_newer_allowed


def test_a_pin_holds() -> None:
    """What is newer is shown, not allowed; without respect for pins it is."""
    ask = pypi(request="0.80.0", have="0.80.0")

    held, free = judged(ask, AIDER), judged(ask, AIDER, Policy(respect_pins=False))

    assert (held.allowed, held.compatible, held.why) == ("0.80.0", "0.86.2", "0.80.0 is asked for")
    assert not held.is_newer_allowed
    assert (free.allowed, free.is_newer_allowed) == ("0.86.2", True)


def test_a_range_lets_its_newest_in() -> None:
    """Not the newest there is."""
    found = judged(npm(request="^1", have="1.0.0"), dated(9, 8, 7))

    assert (found.allowed, found.published, found.why) == ("1.0.0", "3.0.0", "^1 is asked for")


def test_policy_holds_back() -> None:
    """One that is old enough and not too far up is allowed instead."""
    package = dated(30, 20, 1)

    cooled = judged(npm(have="1.0.0"), package, Policy(cooldown_days=7))
    bounded = judged(npm(have="1.0.0"), package, Policy(max_major=0))

    assert (cooled.allowed, cooled.why) == ("2.0.0", "published 1 day ago, policy.cooldown_days is 7")
    assert (bounded.allowed, bounded.why) == ("1.0.0", "major version 3 after 1, policy.max_major is 0")
    assert not bounded.is_newer_allowed


def test_an_unknown_age_is_a_warning() -> None:
    """A mirror without dates does not stop updates."""
    found = judged(npm(have="1.0.0"), dated(None, None), Policy(cooldown_days=7))

    assert (found.allowed, found.age_days) == ("2.0.0", None)
    assert found.warning == "age unknown: its index tells no dates"


def test_the_age_is_of_what_would_come() -> None:
    """In days; a release of the future is 0 days old."""
    assert judged(npm(have="1.0.0"), dated(30, 20)).age_days == pytest.approx(20)
    assert judged(npm(have="1.0.0"), dated(30, -3)).age_days == 0


def test_never_downwards() -> None:
    """What is there and newer than anything allowed stays."""
    found = judged(npm(have="3.0.0", request="^1"), dated(9, 8, 7))

    assert (found.allowed, found.is_newer_allowed) == ("", False)


def test_nothing_of_an_unknown_name() -> None:
    """Absent, or closed: said apart."""
    absent = judged(npm(), Package(name="x", exists=False))
    closed = judged(npm(), Package(name="x", exists=False, unreadable="closed"))

    assert (absent.exists, absent.unreadable) == (False, "")
    assert (closed.exists, closed.unreadable) == (False, "closed")


@pytest.mark.parametrize(
    ("needs", "runtime", "is_met"),
    [
        (">= 18", "20.1.0", True),
        (">= 22", "20.1.0", False),
        ("^20.19.0 || >=22.12.0", "20.1.0", False),
        ("node at least 18", "16.0.0", True),
        ("", "1.0.0", True),
    ],
)
def test_needs_as_authors_write_them(needs: str, runtime: str, is_met: bool) -> None:
    """Spaces after a sign; what cannot be read stands in nobody's way."""
    package = Package(name="x", latest="1.0.0", releases=(Release(version="1.0.0", needs=needs),))

    assert bool(judged(npm(have="0.9.0", runtime=runtime), package).allowed) == is_met


@pytest.mark.parametrize(
    ("ask", "policy", "expected"),
    [
        (npm(have="1.0.0"), Policy(), True),
        (npm(request="^1", have="1.0.0"), Policy(), False),
        (npm(request="1.0.0", have="1.0.0"), Policy(), True),
        (npm(request="1.5.0", have="1.0.0"), Policy(), False),
        (npm(request="1.0.0", have="1.0.0"), Policy(respect_pins=False), True),
        (npm(have="1.0.0", runtime="16.0.0"), Policy(), False),
    ],
)
def test_the_latest_is_often_enough(ask: Ask, policy: Policy, expected: bool) -> None:
    """When it fits the request and runs here, nobody needs the other releases."""
    package = Package(name="x", is_partial=True, latest="2.0.0", releases=(Release(version="2.0.0", needs=">=18"),))

    assert is_enough(ask, package, policy) == expected


def test_what_is_there_as_asked_is_allowed_without_a_look_at_its_release() -> None:
    """For an exact request only the latest release is fetched: the one that is there is not among those."""
    package = Package(name="x", is_partial=True, latest="2.0.0", releases=(Release(version="2.0.0"),))

    assert judged(npm(request="1.4.0", have="1.4.0"), package).allowed == "1.4.0"
    assert judged(npm(request="1.4.0", have="1.5.0"), package).allowed == ""


def test_what_is_asked_first() -> None:
    """Dates only for a cooldown, all releases only for a bound, else the latest."""
    policies = (Policy(), Policy(max_major=1), Policy(cooldown_days=1))

    assert [need(npm(), policy) for policy in policies] == [Need.LATEST, Need.RELEASES, Need.DATES]
