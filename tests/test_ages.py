"""How long ago something was, in words."""

from __future__ import annotations

import pytest

from aim_lib.ages import ago
from tests.fakes import NOON


@pytest.mark.parametrize(
    ("stamp", "said"),
    [
        ("2026-01-02T11:59:30.000Z", "just now"),
        ("2026-01-02T12:30:00.000Z", "just now"),
        ("2026-01-02T11:57:00+00:00", "3 minutes ago"),
        ("2026-01-02T09:59:00", "2 hours ago"),
        ("2025-12-30T12:00:00Z", "3 days ago"),
        ("never", "at an unknown time"),
    ],
)
def test_an_age_is_said_in_its_unit(stamp: str, said: str) -> None:
    """The largest unit of which there are two."""
    assert ago(stamp, NOON) == said
