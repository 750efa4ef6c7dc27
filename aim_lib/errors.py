"""The failures a user can meet, each with the exit code of its kind and a remedy to type."""

from __future__ import annotations

from collections.abc import Sequence


class AimError(Exception):
    """Something went wrong that the user can act on: what happened, and `remedy`, what to do about it.

    `details` are further lines (one per finding) shown below the message. `exit_code` is the
    process's exit code when this error ends the run.
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "", details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.details = tuple(details)

    def __str__(self) -> str:
        return self.message


class Failed(AimError):
    """Something the run was asked to do did not succeed."""

    exit_code = 1


class BadConfig(AimError):
    """A config file, option or argument is wrong; nothing was touched."""

    exit_code = 2


class MissingProgram(AimError):
    """A program that is needed is not on this machine."""

    exit_code = 3


class CommandFailed(AimError):
    """A program we started did not do what it was asked."""

    exit_code = 4


class NotAsWanted(AimError):
    """Validation did not hold, or the machine has drifted from what is declared."""

    exit_code = 5


class Unsupported(AimError):
    """This cannot be done on this platform."""

    exit_code = 6


class NotPermitted(AimError):
    """The operating system, or a missing consent, forbids it."""

    exit_code = 7


class TookTooLong(AimError):
    """A time limit ran out."""

    exit_code = 8


class LockHeld(AimError):
    """Another run holds the machine lock."""

    exit_code = 9


class OurBug(AimError):
    """An exception nobody foresaw; the traceback lies in a log file shaped as an issue report."""

    exit_code = 70


class Interrupted(AimError):
    """Ctrl-C or SIGTERM; what the run had changed was undone."""

    exit_code = 130


class Unavailable(Exception):
    """ "Not mine, try the next": a vault, adapter or way of doing something does not apply here.

    It is never a failure; who catches it goes on to the next candidate and keeps the reason.
    """

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
