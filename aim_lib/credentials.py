"""Which secrets can be had, and their values, asking each vault in turn.

A vault that cannot be used says why, and the next is asked; one that fails ends the search.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import catalog, plugins
from .errors import Failed, Unavailable
from .host import Host
from .keyrings import IDENTITY
from .model import Frozen, Record, Status
from .proc import Runner
from .secret import KEY_VARIABLES, Secret
from .vaults import Explaining, Readable, Vault

PACKAGE = "aim_lib.vaults"
CHAIN = ("environ", "age_file", "os_keyring")
# Where a new secret goes, by `secrets.store`: the first that takes it.
WRITABLE = {"vault": ("age_file", "os_keyring"), "keyring": ("os_keyring",)}


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


class Fetched(Frozen, frozen=True):
    """Values by variable, the vault each is from, and of what was not found what every vault that was asked said."""

    values: Mapping[str, Secret]
    where: Mapping[str, str]
    misses: Mapping[str, tuple[str, ...]]


def fetch(variables: Iterable[str], aliases: Mapping[str, str], vaults: Iterable[Vault], profile: str = "") -> Fetched:
    """The values of `variables`, by their names or aliases; of a `profile` the names `NAME@PROFILE` come first.

    No vault is asked for what is found. Raises what a vault raises that fails, except Unavailable.
    """
    missing = list(dict.fromkeys(variables))
    values: dict[str, Secret] = {}
    where: dict[str, str] = {}
    misses: dict[str, tuple[str, ...]] = {}
    for vault in vaults:
        if not missing:
            break
        wanted = {variable: candidates(variable, aliases, profile) for variable in missing}
        held, silence = _ask(vault, {name for names in wanted.values() for name in names})
        for variable, names in wanted.items():
            found = next((name for name in names if name in held), None)
            if found is None:
                misses[variable] = (*misses.get(variable, ()), f"{vault.name}: {silence or _why_not(vault, names)}")
            else:
                values[variable], where[variable] = held[found], vault.name
        missing = [variable for variable in missing if variable not in values]
    return Fetched(values=values, where=where, misses={variable: misses.get(variable, ()) for variable in missing})


def candidates(variable: str, aliases: Mapping[str, str], profile: str = "") -> tuple[str, ...]:
    """The names under which a variable may lie in a vault, the first that is there counts."""
    plain = tuple(name for name in dict.fromkeys((variable, aliases.get(variable, variable))) if _is_ours(name))
    return (*(key_of(name, profile) for name in plain), *plain) if profile else plain


def _is_ours(name: str) -> bool:
    """Whether it may be given out: whoever writes an alias, or a list of names, does not get the vault's key by it."""
    return name not in KEY_VARIABLES and name != IDENTITY


def key_of(name: str, profile: str = "") -> str:
    """The name in a vault of a secret of a profile."""
    return f"{name}@{profile}" if profile else name


def _ask(vault: Vault, names: set[str]) -> tuple[Mapping[str, Secret], str]:
    """What it holds, or why it cannot be asked."""
    if not isinstance(vault, Readable):
        return {}, "its values cannot be read"
    try:
        return {
            name: value if isinstance(value, Secret) else Secret(value) for name, value in vault.get(names).items()
        }, ""
    except Unavailable as reason:
        return {}, reason.reason


def _why_not(vault: Vault, names: tuple[str, ...]) -> str:
    if not names:
        return "it is the vault's own key, and given to nobody"
    return vault.why_not(names[0]) if isinstance(vault, Explaining) else f"it does not hold {' or '.join(names)}"


def env_for(
    variables: Iterable[str], aliases: Mapping[str, str], vaults: Iterable[Vault], profile: str = ""
) -> dict[str, str]:
    """The environment variables of a child, with their values in the open: hand it over, keep it nowhere.

    Raises Failed when one cannot be had, with what every vault said, and what a vault raises that fails.
    """
    fetched = fetch(variables, aliases, vaults, profile)
    if fetched.misses:
        first = next(iter(fetched.misses))
        details = [f"{name}: {said}" for name, why in fetched.misses.items() for said in why]
        names = ", ".join(fetched.misses)
        raise Failed(f"secrets are missing: {names}", details=details, remedy=f"store it: aim secrets set {first}")
    broken = [name for name, value in fetched.values.items() if "\0" in value.reveal()]
    if broken:
        what = f"the value of {broken[0]} has a NUL character, which no environment variable can hold"
        raise Failed(what, remedy=f"store it anew: aim secrets set {broken[0]}")
    return {name: value.reveal() for name, value in fetched.values.items()}


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
    remedy = f"aim secrets set {name}" if otherwise is Status.FAILED else ""
    return Record(id=f"secret:{name}", status=otherwise, title=name, detail=detail, remedy=remedy)
