"""What apt and dpkg say when they fail, in English, which is what they are told to speak."""

from __future__ import annotations

import re

from . import DISK_FULL, NETWORK, Diagnosis
from ._explain import Failure, explain

INTERRUPTED = r"dpkg was interrupted|dpkg exited unexpectedly|very bad inconsistent state"
LOCKED = r"^E: (Could not get lock|Unable to (acquire the dpkg|lock))|^dpkg: error: dpkg .*was locked by"
HOLDER = r"(?:held by|another) process (?:with pid )?(\d+)(?: \(([^)]+)\))?"
FULL = rf"{DISK_FULL}|don't have enough free space"
FORBIDDEN = r"are you root\?|requested operation requires superuser|sudo: a password is required|Permission denied"
WRONG_HASH = r"Hash Sum mismatch|File has unexpected size|Hashes of expected file"
UNTRUSTED = (
    r"NO_PUBKEY|EXPKEYSIG|is not signed|unauthenticated packages|couldn't be verified|Certificate verification failed"
)
UNREACHABLE = rf"{NETWORK}|Temporary failure resolving|Could not (connect|resolve)|Unable to connect|Connection failed"
STALE = r"Failed to fetch .* 404 "
NO_SUCH_VERSION = r"Version '.*' for '.*' was not found"
NO_SUCH_NAME = r"Unable to locate package|has no installation candidate|Couldn't find any package"
CONFLICT = r"Packages need to be removed but remove is disabled"
NEEDED = r"dependency problems prevent removal"
UNMET = r"unmet dependencies|held broken packages|Unable to correct problems"
SCRIPT = r"error processing (package|archive)|returned an error code"

FAILURES = (
    Failure(
        "interrupted", rf"(?m:{INTERRUPTED})", "an earlier run of dpkg was interrupted", "sudo dpkg --configure -a"
    ),
    Failure(
        "disk",
        rf"(?m:{FULL})",
        "the disk is full while installing the package",
        "free some space (sudo apt-get clean), then run again",
    ),
    Failure(
        "permission",
        rf"(?m:{FORBIDDEN})",
        "the package can only be changed by root",
        "run again as root, or with a sudo that does not ask",
    ),
    Failure("locked", rf"(?m:{LOCKED})", "the package database is in use", "wait until it has ended, then run again"),
    Failure(
        "hash",
        rf"(?m:{WRONG_HASH})",
        "the package is not the file that its list promises: the hash differs",
        "sudo apt-get update, then run again; if it stays, the mirror is not to be trusted",
    ),
    Failure(
        "signature",
        rf"(?m:{UNTRUSTED})",
        "the package's archive is not signed by a key that is trusted",
        "install the archive's key, then: sudo apt-get update",
    ),
    Failure(
        "stale",
        rf"(?m:{STALE})",
        "the package's file is gone from the archive: the package lists are old",
        "sudo apt-get update, then run again",
    ),
    Failure(
        "version",
        rf"(?m:{NO_SUCH_VERSION})",
        "the package: no archive of this machine has that version",
        "apt-cache policy shows those there are; or: sudo apt-get update",
    ),
    Failure(
        "name",
        rf"(?m:{NO_SUCH_NAME})",
        "the package: no archive of this machine has that name",
        "check the name in aim.toml; or: sudo apt-get update",
    ),
    Failure(
        "conflict",
        rf"(?m:{CONFLICT})",
        "the package cannot be installed without removing others",
        "look at it with: apt-get install --dry-run",
    ),
    Failure(
        "needed",
        rf"(?m:{NEEDED})",
        "the package cannot be removed: others need it",
        "declare it in aim.toml, or remove the others first",
    ),
    Failure(
        "network",
        rf"(?m:{UNREACHABLE})",
        "the package: the archive cannot be reached",
        "check the network, then run again",
    ),
    Failure(
        "dependencies",
        rf"(?m:{UNMET})",
        "the package needs others at versions that cannot be had together",
        "choose another version in aim.toml; apt-cache policy shows those there are",
    ),
    Failure(
        "script",
        rf"(?m:{SCRIPT})",
        "the package's own script failed",
        "read its output above, then: sudo dpkg --configure -a",
    ),
)


def diagnose(output: str) -> Diagnosis:
    found = explain(FAILURES, output, {}, "read apt's output above")
    if found.cause != "locked":
        return found
    return Diagnosis(cause=found.cause, message=f"{found.message}{_holder(output)}", remedy=found.remedy)


def _holder(output: str) -> str:
    """` by NAME (process N)` when apt says who holds the lock."""
    found = re.search(HOLDER, output)
    if found is None:
        return ""
    return f" by {found[2]} (process {found[1]})" if found[2] else f" by process {found[1]}"
