"""Why a tool is not as wanted, and who moved it."""

from __future__ import annotations

import pytest

from aim_lib.model import Present, Wanted
from aim_lib.reasons import moved, reason


def wanted(request: str = "2.0", version: str = "", **more: object) -> Wanted:
    return Wanted(kind="pipx", name="tool", request=request, version=version, **more)  # type: ignore[arg-type]


def present(version: str = "2.0", **more: object) -> Present:
    return Present(kind="pipx", name="tool", version=version, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("item", "have", "installed", "why"),
    [
        (wanted(), present("2.1", receipt="2.0"), "2.0", "above the wanted version: updated itself from 2.0 to 2.1"),
        (
            wanted(),
            present("1.9", receipt="2.0"),
            "2.0",
            "below the wanted version: changed inside its package from 2.0 to 1.9",
        ),
        (
            wanted(),
            present("2.1"),
            "2.0",
            "above the wanted version: moved by another updater from 2.0 to 2.1",
        ),
        (
            wanted(">=1,<3", "2.0"),
            present("2.1"),
            "2.0.0",
            "drifted from the lock: moved by another updater from 2.0.0 to 2.1",
        ),
        (wanted(), present("1.0"), "1.0", "below the wanted version"),
        (wanted(), present("1.0"), "", "below the wanted version"),
        (wanted(">=2"), present("1.0"), "", "outside >=2"),
        (wanted(), present(flaw="its files are gone", receipt="1"), "", "broken: its files are gone"),
        (wanted("*"), present("2.1", receipt="2.0"), "2.0", ""),
        (wanted(python="<3.13"), present(python="3.13.0"), "", "wrong Python: has Python 3.13.0, <3.13 is wanted"),
        (wanted(python="<3.13"), present("1.0", python="3.13.0"), "", "below the wanted version"),
        (wanted(python="3.12"), present(python="3.12.4"), "", ""),
    ],
)
def test_a_reason_says_who_moved_it(item: Wanted, have: Present, installed: str, why: str) -> None:
    """By the receipt of its manager and our own, where they tell."""
    assert reason(item, have, "pypi", installed) == why


def test_a_version_written_differently_was_not_moved() -> None:
    """2.0 is 2.0.0 for Python tools."""
    assert moved(present("2.0", receipt="2.0.0"), "pypi", "2") == ""
