"""Groups of tools of which one is enough: which of them it is on this machine, and which come after it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from .model import Present, Wanted

if TYPE_CHECKING:
    from .resources import Resource


def settle(
    wanted: Iterable[Wanted], present: Mapping[str, Present], resources: Mapping[str, Resource]
) -> tuple[Wanted, ...]:
    """`wanted` with one member of each group, in the place of its first; the others that can be had are `otherwise`.

    The one in the lock, so that every machine has the same; else one that is installed; else the first in the order of
    the declaration. Where none can be installed the first stays, so that somebody says why.
    """
    items = tuple(wanted)
    groups = {item.group: [one for one in items if one.group == item.group] for item in items if item.group}
    settled = {name: _settle_one(members, present, resources) for name, members in groups.items()}
    firsts = {members[0].id: settled[name] for name, members in groups.items()}
    return tuple(firsts.get(item.id, item) for item in items if not item.group or item.id in firsts)


def _settle_one(members: list[Wanted], present: Mapping[str, Present], resources: Mapping[str, Resource]) -> Wanted:
    usable = [item for item in members if not resources[item.kind].unsuitable] or members[:1]
    ranked = sorted(usable, key=lambda item: (not item.version, _is_missing(present.get(item.id))))
    return msgspec.structs.replace(ranked[0], otherwise=tuple(ranked[1:]))


def _is_missing(have: Present | None) -> bool:
    return have is None or bool(have.flaw)
