"""What a policy lets an update do."""

from __future__ import annotations

import pytest

from aim_lib.policy import Policy, verdict


def judge(policy: Policy, have: str = "1.0.0", want: str = "2.0.0", age_days: float | None = 100.0) -> str:
    return verdict(policy, "npm:left-pad", have, want, "npm", age_days)


def test_no_policy_allows_all() -> None:
    """Any jump, any age."""
    assert judge(Policy(), "1.0.0", "9.0.0", 0.0) == ""


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (Policy(deny=("npm:left-*",)), 'policy.deny has "npm:left-*"'),
        (Policy(allow=("pipx:*",)), "policy.allow does not have it"),
        (Policy(allow=("npm:*",), deny=("*:left-pad",)), 'policy.deny has "*:left-pad"'),
        (Policy(allow=("pipx:*", "npm:left-pad")), ""),
        (Policy(deny=("npm:left",)), ""),
    ],
)
def test_names(policy: Policy, reason: str) -> None:
    """Patterns of ids; what is denied stays so, whatever is allowed."""
    assert judge(policy) == reason


@pytest.mark.parametrize(
    ("age_days", "reason"),
    [
        (0.5, "published today, policy.cooldown_days is 7"),
        (1.0, "published 1 day ago, policy.cooldown_days is 7"),
        (6.9, "published 6 days ago, policy.cooldown_days is 7"),
        (7.0, ""),
        (None, ""),
    ],
)
def test_cooldown(age_days: float | None, reason: str) -> None:
    """Whole days from publishing; an unknown age is no reason."""
    assert judge(Policy(cooldown_days=7), age_days=age_days) == reason


@pytest.mark.parametrize(
    ("max_major", "have", "want", "reason"),
    [
        (0, "1.9.0", "2.0.0", "major version 2 after 1, policy.max_major is 0"),
        (0, "1.0.0", "1.9.0", ""),
        (1, "1.0.0", "2.0.0", ""),
        (1, "1.0.0", "3.0.0", "major version 3 after 1, policy.max_major is 1"),
        (0, "", "3.0.0", ""),
        (0, "odd", "3.0.0", ""),
        (0, "3.0.0", "1.0.0", ""),
        (None, "1.0.0", "9.0.0", ""),
    ],
)
def test_jumps(max_major: int | None, have: str, want: str, reason: str) -> None:
    """Upwards, from what is there; a new tool may be any version."""
    assert judge(Policy(max_major=max_major), have, want) == reason
