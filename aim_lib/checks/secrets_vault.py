"""The vault: can it be opened here, what does the place of its key protect, and which secrets are about to expire?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from ..errors import AimError, NotPermitted
from ..host import Host, utc_now
from ..model import Record, Status
from ..proc import Runner
from . import Facts, host_of, record
from ._flaws import Flaw, verdict

if TYPE_CHECKING:
    from ..vaults.age_file import AgeFile

ID = "secrets_vault"
CODES = {
    "AIM-H040": "The vault's file cannot be used: it is damaged, gone while its last version is there, or was "
    "changed by something that does not know its key. No secret can be had from it until that is mended.",
    "AIM-H041": "The vault is whole, but its key cannot be had here and now: its keyring is locked or gone, or the "
    "file with it is missing. Programs that need a secret will not get it.",
    "AIM-H042": "A secret's day of expiry is past. Its issuer most likely refuses it by now. Get a new one and put "
    "it into the vault.",
    "AIM-H043": "A secret expires within `[secrets] warn_days`. Get a new one before programs begin to fail.",
}


def check(facts: Facts, runner: Runner) -> Record:
    from ..vaults import age_file

    vault = age_file.open(host_of(facts), runner)
    try:
        names = vault.names()
    except AimError as error:
        return _unusable(error, "AIM-H040", host_of(facts))
    if not names:
        return record(ID, Status.OK, "no secrets are kept in a vault")
    flaws = list(_late(vault, facts.secret_warn_days))
    try:
        kind, protects, trouble = _key(vault)
    except AimError as error:
        if _is_open_to_others(error, host_of(facts)):
            return _unusable(error, "AIM-H041", host_of(facts))
        return verdict(ID, (_flaw(error, "AIM-H041"), *flaws), "")
    count = f"{len(names)} {'secret' if len(names) == 1 else 'secrets'}"
    fine = f"{count}; the key is kept in: {kind}, which {protects}"
    return verdict(ID, (*trouble, *flaws), fine, kind=kind)


def _key(vault: AgeFile) -> tuple[str, str, tuple[Flaw, ...]]:
    """Where the key is and what that protects, with the vault opened by it. Raises what having the key does."""
    used = next((rung for rung in vault.ladder.explain() if rung.is_used), None)
    if used is None:
        what = f"the key of {vault.file.path} is not here"
        remedy = "bring it back, or: aim secrets restore FILE"
        return "", "", (Flaw(code="AIM-H041", what=what, remedy=remedy, status=Status.FAILED),)
    if used.kind != "passphrase":  # nobody is asked for one by a look at the machine's health
        vault.ladder.current()  # what it raises is the key's; what follows is the vault's
        try:
            vault.file.open()
        except AimError as error:
            return used.kind, used.protects, (_flaw(error, "AIM-H040"),)
    return used.kind, used.protects, ()


def _unusable(error: AimError, code: str, host: Host) -> Record:
    if _is_open_to_others(error, host):
        return record(
            ID, Status.SKIPPED, f"not judged while others have access to it, see permissions: {error.message}"
        )
    return verdict(ID, [_flaw(error, code)], "")


def _is_open_to_others(error: AimError, host: Host) -> bool:
    """Whether the vault is refused for its owner or mode, which `permissions` tells."""
    if not isinstance(error, NotPermitted) or os.name != "posix" or host.is_windows:
        return False
    return error.remedy.startswith(("chmod ", "run this as "))


def _flaw(error: AimError, code: str) -> Flaw:
    return Flaw(code=code, what=error.message, remedy=error.remedy or "aim secrets status", status=Status.FAILED)


def _late(vault: AgeFile, days: int) -> Iterator[Flaw]:
    now = utc_now()
    for name, notes in vault.notes().items():
        if notes.has_expired(now):
            what = f"{name} ({notes.expires[:10]}) has expired"
            yield Flaw(code="AIM-H042", what=what, remedy=f"aim secrets rotate {name}")
        elif notes.has_expired(now + timedelta(days=days)):
            what = f"{name} ({notes.expires[:10]}) expires soon"
            yield Flaw(code="AIM-H043", what=what, remedy=f"aim secrets rotate {name}")
