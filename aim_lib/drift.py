"""How each tool stands: as expected, drifted, missing, or there without being declared. Pure: judges, mends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import versions
from .model import Frozen, Present, Wanted

OK, DRIFT, MISSING, UNEXPECTED = "ok", "drift", "missing", "unexpected"
ORDER = (OK, DRIFT, MISSING, UNEXPECTED)


class Standing(Frozen, frozen=True):
    """One tool's standing; `expected` is its version by the lock, or its request; `why` explains anything but ok."""

    tool: str
    manager: str
    expected: str
    actual: str
    status: str
    path: str
    why: str = ""


def standings(
    wanted: Iterable[Wanted],
    undeclared: Iterable[Present],
    present: Mapping[str, Present],
    ecosystems: Mapping[str, versions.Ecosystem],
) -> tuple[Standing, ...]:
    """Declared tools first, in their order, then what nobody declared."""
    declared = tuple(_standing(item, present.get(item.id), ecosystems[item.kind]) for item in wanted)
    return (*declared, *(_unexpected(item) for item in undeclared))


def summary(found: Iterable[Standing]) -> dict[str, int]:
    """How many stand how; every key is there, also at zero."""
    counts = dict.fromkeys(ORDER, 0)
    for standing in found:
        counts[standing.status] += 1
    return counts


def _standing(item: Wanted, have: Present | None, ecosystem: versions.Ecosystem) -> Standing:
    expected = item.version or item.request
    if have is None:
        return Standing(tool=item.name, manager=item.kind, expected=expected, actual="", status=MISSING, path="")
    fits = versions.accepts(ecosystem, expected, have.version)
    why = have.flaw or (have.misplaced(item.layout) if fits else f"{have.version} instead of {expected}")
    status = DRIFT if why else OK
    return Standing(
        tool=item.name,
        manager=item.kind,
        expected=expected,
        actual=have.version,
        status=status,
        path=have.where,
        why=why,
    )


def _unexpected(have: Present) -> Standing:
    return Standing(
        tool=have.name, manager=have.kind, expected="", actual=have.version, status=UNEXPECTED, path=have.where
    )
