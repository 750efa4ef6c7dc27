"""Which cure heals what has which code."""

from __future__ import annotations

from types import ModuleType

from . import catalog
from .arranged import Arranged
from .host import Host

PACKAGE = "aim_lib.cures"
# A killed run is cleared up after before the tools are brought about, whether any of them needs a change or not.
UNFINISHED = "AIM-H172"
BY_THE_TOOLS = frozenset({"AIM-H090", UNFINISHED})


def table() -> dict[str, ModuleType]:
    """Every cure by its file's name."""
    return {name: catalog.load(PACKAGE, name) for name in catalog.own(PACKAGE)}


def can_heal(code: str) -> bool:
    """Whether there is a cure for what has this code."""
    return code in BY_THE_TOOLS or any(code in cure.HEALS for cure in table().values())


def healing(codes: frozenset[str]) -> tuple[ModuleType, ...]:
    """The cures for these codes."""
    return tuple(cure for cure in table().values() if cure.HEALS & codes)


def arranged(cure: ModuleType, host: Host) -> Arranged:
    """The kind of thing that a cure changes, for `apply`."""
    return Arranged(cure.KIND, lambda: cure.look(host))
