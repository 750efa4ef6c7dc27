"""The families of events, what belongs to each, and how else a type may be called. Pure.

The names of the families, and the words with `_`, are those of the predecessors; ours have a dot.
Both can be asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Wanted(NamedTuple):
    """Types that are asked for: exact ones, beginnings of such, and what `have` and `want` of the details must be."""

    types: frozenset[str]
    beginnings: tuple[str, ...] = ()
    have: bool | None = None
    want: bool | None = None

    def has_type(self, event_type: str) -> bool:
        return event_type in self.types or event_type.startswith(self.beginnings)

    def fits(self, event_type: str, details: Mapping[str, Any]) -> bool:
        """Whether an event is one of those; `have` and `want` are asked of our own changes alone."""
        if not self.has_type(event_type):
            return False
        if event_type != "tool.changed":
            return True
        return self.have in (None, bool(details.get("have"))) and self.want in (None, bool(details.get("want")))


def _family(*types: str, beginnings: tuple[str, ...] = ()) -> Wanted:
    return Wanted(frozenset(types), beginnings)


FAMILIES: Mapping[str, Wanted] = {
    "tool_invoke": _family("tool_invoke", beginnings=("ai.",)),
    "tool_install": _family("tool_install", "tool_uninstall", "tool_upgrade", "install", beginnings=("tool.",)),
    "secret_access": _family("secret_access", beginnings=("secret_", "secret.")),
    "health_check": _family("health_check", beginnings=("health.", "cure.")),
    "version_sync": _family("version_sync", beginnings=("version.", "lock.")),
    "config_change": _family("config_change", "config_update", beginnings=("config.",)),
    "scan": _family("scan", "scan_execute", "secret.scan", beginnings=("scan.",)),
    "error": _family("error", "tool.failed", "tool.undo_failed", beginnings=("error.",)),
    "system": _family(beginnings=("job.", "env.", "notice.")),
    "run": _family(beginnings=("run.",)),
    "read": _family(beginnings=("read.",)),
    "log": _family(beginnings=("log.",)),
}
ALIASES: Mapping[str, Wanted] = {
    "tool_install": Wanted(frozenset({"tool_install", "install", "tool.changed"}), (), have=False, want=True),
    "tool_uninstall": Wanted(frozenset({"tool_uninstall", "tool.changed"}), (), have=True, want=False),
    "tool_upgrade": Wanted(frozenset({"tool_upgrade", "tool.changed"}), (), have=True, want=True),
    "secret_set": _family("secret_set", "secret.set", "secret.rotated", "secret.renamed"),
    "secret_get": _family("secret_get", "secret.read", "secret.injected", "secret.exported"),
    "secret_delete": _family("secret_delete", "secret.deleted"),
    "config_update": FAMILIES["config_change"],
    "scan_execute": FAMILIES["scan"],
    "install": FAMILIES["tool_install"],
}
# On disk before anybody is told that it is done, and refused when it cannot be put on record.
_MUST = ("secret.", "tool.", "cure.", "job.", "env.", "config.", "lock.", "run.", "log.removed")


def by_family(name: str) -> Wanted | None:
    return FAMILIES.get(name)


def by_type(name: str) -> Wanted | None:
    """What `--type NAME` means: a family, a predecessor's word, one of our types, or `secret.*` for their beginning."""
    if name.endswith("*"):
        return Wanted(frozenset(), (name[:-1],))
    return ALIASES.get(name) or FAMILIES.get(name) or (Wanted(frozenset({name})) if name else None)


def must_be_kept(event_type: str) -> bool:
    """Whether an event is of a secret or a change: synced at once, and without it nothing is done."""
    return event_type.startswith(_MUST)


def family_of(event_type: str) -> str:
    """The first family that has the type; "other" when none has."""
    order = ("scan", *FAMILIES)
    return next((name for name in order if FAMILIES[name].has_type(event_type)), "other")
