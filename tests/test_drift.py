"""How each tool stands."""

from __future__ import annotations

import pytest

from aim_lib.drift import Standing, Truth, standings, summary
from aim_lib.model import Present, Wanted
from aim_lib.versions import Ecosystem

ECOSYSTEMS: dict[str, Ecosystem] = {"pipx": "pypi", "npm": "npm"}


def standing(item: Wanted | None, have: Present | None) -> Standing:
    found = {have.id: have} if have and item else {}
    undeclared = [have] if have and not item else []
    (one,) = standings([item] if item else [], undeclared, Truth(present=found, ecosystems=ECOSYSTEMS))
    return one


def wanted(request: str = "1.0", version: str = "", kind: str = "pipx") -> Wanted:
    return Wanted(kind=kind, name="tool", request=request, version=version)


def present(version: str = "1.0", kind: str = "pipx", flaw: str = "") -> Present:
    return Present(kind=kind, name="tool", version=version, where="/there", flaw=flaw)


@pytest.mark.parametrize(
    ("item", "have", "status", "expected", "why"),
    [
        (wanted(), present(), "ok", "1.0", ""),
        (wanted(), present("1.0.0"), "ok", "1.0", ""),
        (wanted("1.0.0", kind="npm"), present("1.0", kind="npm"), "drift", "1.0.0", "below the wanted version"),
        (wanted(">=1"), present("2.0"), "ok", ">=1", ""),
        (wanted(">=1", "1.5"), present("2.0"), "drift", "1.5", "drifted from the lock"),
        (wanted(), present(flaw="its files are gone"), "drift", "1.0", "broken: its files are gone"),
        (wanted(), None, "missing", "1.0", ""),
        (None, present("3.0"), "unexpected", "", ""),
    ],
)
def test_a_tool_stands_in_one_of_four_ways(
    item: Wanted | None, have: Present | None, status: str, expected: str, why: str
) -> None:
    """By its version on disk, against its lock or its request."""
    one = standing(item, have)

    assert (one.status, one.expected, one.why) == (status, expected, why)
    assert one.actual == (have.version if have else "")
    assert one.path == ("/there" if have else "")


def test_what_was_made_from_another_lock_has_drifted() -> None:
    """Though its version is the right one."""
    truth = Truth(present={"pipx:tool": present()}, ecosystems=ECOSYSTEMS, relocked=frozenset({"pipx:tool"}))

    (one,) = standings([wanted()], [], truth)

    assert (one.status, one.why, one.remedy) == ("drift", "its lock has changed", "")


@pytest.mark.parametrize(("have", "status"), [(present(), "drift"), (None, "missing")])
def test_a_void_lock_is_told_with_its_remedy(have: Present | None, status: str) -> None:
    """Installing would refuse it."""
    one = standing(Wanted(kind="pipx", name="tool", version="1.0", lock_flaw="its lock is for another"), have)

    assert (one.status, one.why, one.remedy) == (status, "its lock is for another", "aim pin tool")


def test_the_summary_counts_every_status() -> None:
    """Also those that nothing has."""
    assert summary([standing(wanted(), present())]) == {"ok": 1, "drift": 0, "missing": 0, "unexpected": 0}


def test_declared_tools_come_first() -> None:
    """In their order; what nobody declared follows."""
    extra = Present(kind="npm", name="extra", version="1.0.0")

    found = standings([wanted()], [extra], Truth(present={"pipx:tool": present()}, ecosystems=ECOSYSTEMS))

    assert [one.tool for one in found] == ["tool", "extra"]
