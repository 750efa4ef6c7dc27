"""The vault: can it be opened here, what does the place of its key protect, and which secrets are about to expire?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from ..errors import AimError, Failed
from ..host import utc_now
from ..model import Record, Status
from ..proc import Runner
from . import Facts, host_of, record
from ._flaws import Flaw, verdict

if TYPE_CHECKING:
    from ..vaults.age_file import AgeFile

ID = "secrets_vault"
CLOSED = "AIM-H040"
EXPIRING = "AIM-H041"
CODES = {
    CLOSED: "The vault cannot be opened. No secret in it reaches a tool until it can. The line says what is in the "
    "way: a locked keyring, a lost key, a damaged file, too wide rights. Each place where the key may lie is shown by: "
    "aim secrets status",
    EXPIRING: "A secret has expired or soon will. Tools that are given it will be refused by their service. Make a new "
    "one there, then put it in place of the old with: aim secrets rotate NAME",
}


def check(facts: Facts, runner: Runner) -> Record:
    from ..vaults import age_file

    vault = age_file.open(host_of(facts), runner)
    try:
        names = vault.names()
    except AimError as error:
        return verdict(ID, [_flaw(error)], "")
    if not names:
        return record(ID, Status.OK, "no secrets are kept in a vault")
    flaws = list(_late(vault, facts.secret_warn_days))
    try:
        kind, protects = _opened(vault)
    except AimError as error:
        return verdict(ID, [_flaw(error), *flaws], "")
    count = f"{len(names)} {'secret' if len(names) == 1 else 'secrets'}"
    fine = f"{count}; the key is kept in: {kind}, which {protects}"
    return verdict(ID, flaws, fine, kind=kind)


def _opened(vault: AgeFile) -> tuple[str, str]:
    """Where the key is and what that protects, once the vault was opened by it. Raises what opening it does."""
    used = next((rung for rung in vault.ladder.explain() if rung.is_used), None)
    if used is None:
        raise Failed(f"the key of {vault.file.path} is not here", remedy="bring it back, or: aim secrets restore FILE")
    if used.kind != "passphrase":  # nobody is asked for one by a look at the machine's health
        vault.file.open()
    return used.kind, used.protects


def _flaw(error: AimError) -> Flaw:
    return Flaw(code=CLOSED, what=error.message, remedy=error.remedy or "aim secrets status", status=Status.FAILED)


def _late(vault: AgeFile, days: int) -> Iterator[Flaw]:
    now = utc_now()
    for name, notes in vault.notes().items():
        if notes.has_expired(now):
            what = f"{name} ({notes.expires[:10]}) has expired"
            yield Flaw(code=EXPIRING, what=what, remedy=f"aim secrets rotate {name}")
        elif notes.has_expired(now + timedelta(days=days)):
            what = f"{name} ({notes.expires[:10]}) expires soon"
            yield Flaw(code=EXPIRING, what=what, remedy=f"aim secrets rotate {name}")
