"""Which secrets can be had, asking each vault in turn; a vault that cannot be used says why and the next is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import catalog, plugins
from .errors import Failed, Unavailable
from .host import Host
from .model import Frozen, Record, Status
from .proc import Runner
from .vaults import Vault

PACKAGE = "aim_lib.vaults"
CHAIN = ("environ", "os_keyring")
WRITABLE = ("os_keyring",)


class Presence(Frozen, frozen=True):
    """Where each obtainable secret lies (variable → vault), and why vaults that were asked could not answer."""

    where: Mapping[str, str]
    silent: Mapping[str, str]


def open_vaults(host: Host, runner: Runner, names: Iterable[str] = CHAIN) -> tuple[Vault, ...]:
    """Our vaults of these names, then every plugin's. Raises BadConfig when one of those cannot be used."""
    broken = catalog.refused(PACKAGE)
    if broken:
        raise plugins.unusable(broken)
    return tuple(catalog.load(PACKAGE, name).open(host, runner) for name in (*names, *catalog.added(PACKAGE)))


def locate(variables: Iterable[str], aliases: Mapping[str, str], vaults: Iterable[Vault]) -> Presence:
    """Find each of `variables`, by its name or its alias in a vault; no vault is asked for what is already found."""
    missing = list(dict.fromkeys(variables))
    where: dict[str, str] = {}
    silent: dict[str, str] = {}
    for vault in vaults:
        if not missing:
            break
        try:
            held = vault.has({name for variable in missing for name in (variable, aliases.get(variable, variable))})
        except Unavailable as reason:
            silent[vault.name] = reason.reason
            continue
        where.update({name: vault.name for name in missing if name in held or aliases.get(name) in held})
        missing = [name for name in missing if name not in where]
    return Presence(where=where, silent=silent)


def records(required: Iterable[str], known: Iterable[str], presence: Presence) -> tuple[Record, ...]:
    """One Record per variable, never a value: required ones that are missing have failed, others are skipped."""
    needed = tuple(dict.fromkeys(required))
    others = tuple(name for name in dict.fromkeys(known) if name not in needed)
    asked = "".join(f"; {vault}: {reason}" for vault, reason in presence.silent.items())
    return (
        *(_record(name, presence, Status.FAILED, f"required and not found{asked}") for name in needed),
        *(_record(name, presence, Status.SKIPPED, f"not set{asked}") for name in others),
    )


def store(name: str, value: str, vaults: Iterable[Vault]) -> str:
    """Keep a secret in the first vault that takes it; returns that vault's name. Raises Failed with every reason."""
    reasons = []
    for vault in vaults:
        try:
            vault.store(name, value)
        except Unavailable as reason:
            reasons.append(f"{vault.name}: {reason.reason}")
        else:
            return vault.name
    raise Failed(f"{name} could not be stored", details=reasons, remedy=f"set {name} in the environment")


def _record(name: str, presence: Presence, otherwise: Status, detail: str) -> Record:
    vault = presence.where.get(name)
    if vault:
        return Record(id=f"secret:{name}", status=Status.OK, title=name, detail=f"in the {vault}")
    remedy = f"set {name} in the environment" if otherwise is Status.FAILED else ""
    return Record(id=f"secret:{name}", status=otherwise, title=name, detail=detail, remedy=remedy)
