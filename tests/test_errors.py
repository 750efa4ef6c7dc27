"""Each kind of failure has its exit code, and carries what to do."""

from __future__ import annotations

import pytest

from aim_lib import errors
from aim_lib.errors import AimError, Failed, Unavailable

CODES = {
    "AimError": 1,
    "Failed": 1,
    "BadConfig": 2,
    "MissingProgram": 3,
    "CommandFailed": 4,
    "NotAsWanted": 5,
    "Unsupported": 6,
    "NotPermitted": 7,
    "TookTooLong": 8,
    "LockHeld": 9,
    "OurBug": 70,
    "Interrupted": 130,
}


def test_every_kind_has_its_code() -> None:
    """Exit codes are a contract: a new kind must be put into this table."""
    kinds = {
        name: kind.exit_code
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, AimError)
    }

    assert kinds == CODES


def test_an_error_says_its_message_alone() -> None:
    """Remedy and details are apart, for whoever shows them."""
    error = Failed("it broke", remedy="mend it", details=["one", "two"])

    assert (str(error), error.remedy, error.details) == ("it broke", "mend it", ("one", "two"))


def test_not_mine_is_no_failure() -> None:
    """Who catches failures does not catch "not mine, try the next"."""
    reason = Unavailable("no keyring", remedy="install one")

    assert not isinstance(reason, AimError)
    assert (reason.reason, reason.remedy) == ("no keyring", "install one")
    with pytest.raises(Unavailable, match="no keyring"):
        raise reason
