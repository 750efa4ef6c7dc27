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


def tool_kinds() -> tuple[str, ...]:
    """The kinds a `[tools.KIND]` table may name."""
    return tuple(name for name, module in catalog.table(PACKAGE).items() if module.IS_TOOL)
