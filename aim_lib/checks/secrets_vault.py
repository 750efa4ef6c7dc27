"""The vault: can it be opened here, what does the place of its key protect, and which secrets are about to expire?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ..errors import AimError
from ..host import utc_now
from ..model import Record, Status
from ..proc import Runner
from . import Facts, host_of, record

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
        if not vault.names():
            return record(ID, Status.OK, "no secrets are kept in a vault")
        used = next((rung for rung in vault.ladder.explain() if rung.is_used), None)
        if used is not None and used.kind != "passphrase":  # nobody is asked for one by a look at the machine's health
            vault.file.open()
    except AimError as error:
        return record(ID, Status.FAILED, error.message, error.remedy or "aim secrets status", code=CLOSED)
    if used is None:
        said = f"the key of {vault.file.path} is not here"
        return record(ID, Status.FAILED, said, "bring it back, or: aim secrets restore FILE", code=CLOSED)
    late = _late(vault, facts.secret_warn_days)
    count = len(vault.names())
    about = f"{count} {'secret' if count == 1 else 'secrets'}; the key is kept in: {used.kind}, which {used.protects}"
    if late:
        said = ", ".join(f"{name} ({day})" for name, day in late.items())
        remedy = f"aim secrets rotate {next(iter(late))}"
        return record(ID, Status.WARNED, f"{about}\nexpired, or soon: {said}", remedy, code=EXPIRING)
    return record(ID, Status.OK, about, kind=used.kind)


def _late(vault: AgeFile, days: int) -> dict[str, str]:
    soon = utc_now() + timedelta(days=days)
    return {name: notes.expires[:10] for name, notes in vault.notes().items() if notes.has_expired(soon)}
