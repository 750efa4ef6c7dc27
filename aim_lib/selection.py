"""The tools that a command line names: declared ones, and where a manager is said any. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

import msgspec

from . import versions
from .errors import BadConfig
from .model import Wanted


def choose(
    wanted: Iterable[Wanted],
    names: Iterable[str],
    manager: str,
    version: str,
    ecosystems: Mapping[str, versions.Ecosystem],
    *,
    only_declared: bool = False,
) -> tuple[Wanted, ...]:
    """The tools called `names`: declared ones, or with `manager` (or a name like `@scope/x`, which is npm's) any.

    A tool that is named is required now, even if declared optional. `version` overrides the declared request.
    Raises BadConfig for a name declared nowhere or by several managers, and for a version that cannot be read; where
    `only_declared` ones will do, its remedies offer no manager.
    """
    pool = tuple(wanted)
    chosen = tuple(_choose_one(name, manager, pool, ecosystems, only_declared=only_declared) for name in names)
    if version and len(chosen) != 1:
        raise BadConfig("--version goes with one name", remedy="install the tools one by one")
    return tuple(_asked_for(item, version, ecosystems[item.kind]) for item in chosen)


def _choose_one(
    name: str,
    manager: str,
    pool: tuple[Wanted, ...],
    ecosystems: Mapping[str, versions.Ecosystem],
    *,
    only_declared: bool,
) -> Wanted:
    if manager and manager not in ecosystems:
        raise BadConfig(f"--manager {manager} is not known", remedy=f"one of: {', '.join(sorted(ecosystems))}")
    mine = [item for item in pool if manager in ("", item.kind)]
    found = [item for item in mine if name in (item.name, item.id)]
    found = found or [item for item in mine if name in item.commands]  # aider is what aider-chat brings
    if len(found) > 1:
        kinds = ", ".join(item.kind for item in found)
        raise BadConfig(
            f"{name} is declared for several managers: {kinds}",
            remedy=f"say which: {found[0].id if only_declared else f'--manager {found[0].kind}'}",
        )
    if found:
        return found[0]
    kind = manager or ("npm" if name.startswith("@") else "")
    if not kind or only_declared:
        other = "see what is: aim version check" if only_declared else "say --manager pipx"
        raise BadConfig(f"{name} is not declared", remedy=f"declare it in aim.toml, or {other}{_similar(name, pool)}")
    return Wanted(kind=kind, name=name, origin="command line")


def _asked_for(item: Wanted, version: str, ecosystem: versions.Ecosystem) -> Wanted:
    trouble = versions.problem(ecosystem, version) if version else ""
    if trouble:
        raise BadConfig(f"--version {trouble}", remedy=f"--version takes a version of {item.name}")
    request = version or item.request
    exact = versions.exact(ecosystem, request) if version else item.version
    named = msgspec.structs.replace(item, optional=False, request=request, version=exact)
    if exact == item.version:
        return named
    # The companion is for the version that the lock has.
    return msgspec.structs.replace(named, lock_file="", lock_sha256="", lock_flaw="")


def _similar(name: str, pool: tuple[Wanted, ...]) -> str:
    close = difflib.get_close_matches(name, [item.name for item in pool], n=1)
    return f" (did you mean {close[0]}?)" if close else ""
