"""Which checks a look at the machine's health runs and how strictly: `[health]`, a profile laid over it, the flags.

Pure: the ids of the checks are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

import msgspec

from .errors import BadConfig
from .mistakes import did_you_mean
from .model import Frozen
from .schema import Health


class Choice(Frozen, frozen=True):
    """What is asked of a look at the machine's health.

    `checks` are the ids to run, sorted, `left_out` those that somebody wants left out; `health` are the settings that
    count, `profile` is the name of the one laid over them, "" for none.
    """

    checks: tuple[str, ...]
    left_out: tuple[str, ...]
    is_strict: bool
    health: Health
    profile: str = ""

    @property
    def limits(self) -> Mapping[str, float]:
        """Seconds of the checks that have a limit of their own."""
        return self.health.timeouts


class Asked(Frozen, frozen=True):
    """What the command line says: above every profile. `workstream` is the id of the workstream it is for."""

    profile: str = ""
    workstream: str = ""
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    is_strict: bool = False


def choose(health: Health, asked: Asked, known: Iterable[str]) -> Choice:
    """What to run. Raises BadConfig for a check or a profile that does not exist, with the nearest that does."""
    ids = sorted(known)
    for option, names in (("--only", asked.only), ("--skip", asked.skip)):
        for name in names:
            _require(f"{option} {name}: there is no such check", name, ids, "aim health")
    name = name_of(health, asked)
    settled = laid_over(health, name) if name else health
    wanted = set(asked.only or settled.only or ids)
    skip = {*asked.skip, *(() if asked.only else settled.skip)}
    checks = tuple(each for each in ids if each in wanted - skip)
    left_out = tuple(each for each in ids if each in wanted & skip)
    return Choice(
        checks=checks,
        left_out=left_out,
        is_strict=asked.is_strict or settled.strict,
        health=settled,
        profile=name,
    )


def name_of(health: Health, asked: Asked) -> str:
    """The profile that counts: the one asked for, the workstream's, then the project's own; "" when there is none.

    A workstream's is the one that `[health.workstreams]` gives to its id, or to the first pattern that it fits, else
    the profile that is called like it.
    """
    return asked.profile or _of_workstream(health, asked.workstream) or health.profile


def laid_over(health: Health, name: str) -> Health:
    """`health` with what the profile says in its place. Raises BadConfig when there is no such profile."""
    _require(f"there is no profile {name!r} in [health.profiles]", name, health.profiles, "aim config show")
    profile = health.profiles[name]
    said = {key: value for key, value in msgspec.structs.asdict(profile).items() if value is not msgspec.UNSET}
    return msgspec.structs.replace(health, **{**said, "timeouts": {**health.timeouts, **profile.timeouts}})


def _of_workstream(health: Health, workstream: str) -> str:
    if not workstream:
        return ""
    if workstream in health.workstreams:
        return health.workstreams[workstream]
    fitting = (name for pattern, name in health.workstreams.items() if fnmatchcase(workstream, pattern))
    return next(fitting, workstream if workstream in health.profiles else "")


def _require(what: str, name: str, known: Iterable[str], remedy: str) -> None:
    options = list(known)
    if name not in options:
        raise BadConfig(f"{what}{did_you_mean(name, options)}", remedy=remedy)
