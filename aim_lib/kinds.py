"""Which kinds of tools there are, and whose version rules each follows."""

from __future__ import annotations

from . import catalog, versions

PACKAGE = "aim_lib.resources"


def ecosystem(kind: str) -> versions.Ecosystem:
    """Whose version rules a kind of tool follows."""
    return catalog.load(PACKAGE, kind).ECOSYSTEM  # type: ignore[no-any-return]


def is_shared(kind: str) -> bool:
    """Whether a kind's things are the whole machine's: what nobody declared is then no news, and never ours to list."""
    return kind in catalog.members(PACKAGE) and getattr(catalog.load(PACKAGE, kind), "IS_SHARED", False)


def name_pattern(kind: str) -> str:
    """A regular expression of what a tool of this kind may be called."""
    return versions.rules(ecosystem(kind)).NAME


def platforms(kind: str) -> tuple[str, ...]:
    """The systems a kind of tool exists on, as `Host.system` names them; () when it is everywhere."""
    return tuple(getattr(catalog.load(PACKAGE, kind), "PLATFORMS", ()))


def tool_kinds() -> tuple[str, ...]:
    """The kinds a `[tools.KIND]` table may name."""
    return tuple(name for name, module in catalog.table(PACKAGE).items() if module.IS_TOOL)
