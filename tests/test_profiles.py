"""Which checks run: by the settings, a profile laid over them, and the flags above all."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from aim_lib.errors import BadConfig
from aim_lib.profiles import Asked, Choice, choose
from aim_lib.schema import Health

KNOWN = ("config", "disk", "drift", "python")
SETTINGS: dict[str, Any] = {
    "required_commands": ["git"],
    "skip": ["disk"],
    "timeouts": {"drift": 5.0},
    "profiles": {
        "ci": {"strict": True, "skip": [], "timeouts": {"disk": 1.0}},
        "web": {"required_commands": ["node"], "only": ["config", "disk"]},
        "ws-docs": {"min_python": "3.12"},
    },
    "workstreams": {"web-*": "web", "web-ci": "ci"},
}


def chosen(settings: dict[str, Any] = SETTINGS, **asked: Any) -> Choice:
    return choose(msgspec.convert(settings, Health), Asked(**asked), KNOWN)


def test_without_a_word_all_run_but_what_is_skipped() -> None:
    """What `[health] skip` leaves out is said."""
    found = chosen()

    assert (found.checks, found.left_out, found.is_strict) == (("config", "drift", "python"), ("disk",), False)


def test_flags_are_above_the_settings() -> None:
    """Who names a check gets it, whatever the settings leave out."""
    assert chosen(only=("disk",)).checks == ("disk",)
    assert chosen(skip=("drift",)).checks == ("config", "python")
    assert chosen(skip=("drift",)).left_out == ("disk", "drift")
    assert chosen(only=("disk", "drift"), skip=("drift",)).checks == ("disk",)


def test_a_profile_is_laid_over_the_settings() -> None:
    """What it says counts, what it does not say is as before; time limits are joined."""
    found = chosen(profile="ci")

    assert (found.profile, found.is_strict, found.checks) == ("ci", True, KNOWN)
    assert found.limits == {"drift": 5.0, "disk": 1.0}
    assert found.health.required_commands == ["git"]


def test_a_profile_may_ask_for_other_commands_and_few_checks() -> None:
    """Lists are replaced, not joined."""
    found = chosen(profile="web")

    assert found.health.required_commands == ["node"]
    assert (found.checks, found.left_out) == (("config",), ("disk",))


@pytest.mark.parametrize(
    ("workstream", "profile"),
    [("web-shop", "web"), ("web-ci", "ci"), ("ws-docs", "ws-docs"), ("other", ""), ("", "")],
)
def test_a_workstream_has_its_profile(workstream: str, profile: str) -> None:
    """By its id, by a pattern, or because a profile is called like it."""
    assert chosen(workstream=workstream).profile == profile


def test_the_flag_is_above_the_workstream_and_that_above_the_project() -> None:
    """Who is nearest to the run decides."""
    settings = {**SETTINGS, "profile": "ci"}

    assert chosen(settings).profile == "ci"
    assert chosen(settings, workstream="web-shop").profile == "web"
    assert chosen(settings, workstream="web-shop", profile="ws-docs").profile == "ws-docs"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"profile": "cii"}, "no profile 'cii' in [health.profiles]; did you mean \"ci\"?"),
        ({"only": ("dirft",)}, '--only dirft: there is no such check; did you mean "drift"?'),
        ({"skip": ("pyton",)}, '--skip pyton: there is no such check; did you mean "python"?'),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest(asked: dict[str, Any], words: str) -> None:
    """Nothing is left out in silence because of a slip of the pen."""
    with pytest.raises(BadConfig) as caught:
        chosen(**asked)

    assert words in caught.value.message
