"""What the user's `[policy]` lets an update do. Pure: the plan and the update check ask the same question here."""

from __future__ import annotations

from fnmatch import fnmatchcase

from . import versions
from .model import Frozen


class Policy(Frozen, frozen=True):
    """What is allowed: after how many days (`cooldown_days`), how many major versions up (`max_major`, None: any).

    `allow` and `deny` are patterns of ids such as "npm:left-*"; an empty `allow` allows all. With `respect_pins` an
    exact version in `aim.toml` holds its tool where it is.
    """

    cooldown_days: int = 0
    max_major: int | None = None
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    respect_pins: bool = True


def verdict(policy: Policy, item_id: str, have: str, want: str, ecosystem: str, age_days: float | None) -> str:
    """Why the step from `have` ("": absent) to `want` is not allowed, or "" when it is.

    An unknown age (None: the index tells no dates) is no reason to refuse: whoever asks warns of it.
    """
    return (
        _by_name(policy, item_id)
        or _by_age(policy.cooldown_days, age_days)
        or _by_jump(policy.max_major, have, want, ecosystem)
    )


def _by_name(policy: Policy, item_id: str) -> str:
    denied = next((pattern for pattern in policy.deny if fnmatchcase(item_id, pattern)), "")
    if denied:
        return f'policy.deny has "{denied}"'
    if policy.allow and not any(fnmatchcase(item_id, pattern) for pattern in policy.allow):
        return "policy.allow does not have it"
    return ""


def _by_age(cooldown_days: int, age_days: float | None) -> str:
    if age_days is None or age_days >= cooldown_days:
        return ""
    age = "today" if age_days < 1 else f"{int(age_days)} {'day' if age_days < 2 else 'days'} ago"
    return f"published {age}, policy.cooldown_days is {cooldown_days}"


def _by_jump(max_major: int | None, have: str, want: str, ecosystem: str) -> str:
    if max_major is None or not have:
        return ""
    before, after = versions.major(ecosystem, have), versions.major(ecosystem, want)
    if before is None or after is None or after - before <= max_major:
        return ""
    return f"major version {after} after {before}, policy.max_major is {max_major}"
