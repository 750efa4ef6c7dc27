"""How each tool stands: as expected, drifted, missing, or there without being declared. Pure: judges, mends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import ownership, reasons
from .model import Frozen, Present, Wanted
from .ownership import Owned
from .versions import Ecosystem

OK, DRIFT, MISSING, UNEXPECTED = "ok", "drift", "missing", "unexpected"
OFF = (DRIFT, MISSING)
ORDER = (OK, DRIFT, MISSING, UNEXPECTED)


class Standing(Frozen, frozen=True):
    """One tool's standing; `expected` is its version by the lock, or its request; `why` says why in a short phrase.

    `why` may also be said of what is ok: that it is there twice, or has updated itself within what is wanted. `copies`
    are all of its commands, in a shell's order; `remedy` is "" where `aim sync-versions` mends it.
    """

    tool: str
    manager: str
    expected: str
    actual: str
    status: str
    path: str
    why: str = ""
    copies: tuple[Owned, ...] = ()
    remedy: str = ""


class Truth(Frozen, frozen=True):
    """What was found: things by id, whose every copy of a command is, by command, and what we last installed, by id.

    `relocked` are the ids of what was made from another lock than it has by now.
    """

    present: Mapping[str, Present]
    ecosystems: Mapping[str, Ecosystem]
    copies: Mapping[str, tuple[Owned, ...]] = {}
    installed: Mapping[str, str] = {}
    relocked: frozenset[str] = frozenset()


def standings(wanted: Iterable[Wanted], undeclared: Iterable[Present], truth: Truth) -> tuple[Standing, ...]:
    """Declared tools first, in their order, then what nobody declared."""
    return (*(_standing(item, truth) for item in wanted), *(_unexpected(item, truth) for item in undeclared))


def summary(found: Iterable[Standing]) -> dict[str, int]:
    """How many stand how; every key is there, also at zero."""
    counts = dict.fromkeys(ORDER, 0)
    for standing in found:
        counts[standing.status] += 1
    return counts


def _standing(item: Wanted, truth: Truth) -> Standing:
    have, expected = truth.present.get(item.id), item.version or item.request
    if have is None:
        return _missing(item, expected)
    commands = item.commands or have.commands
    found = ownership.findings(item.id, commands, truth.copies)
    installed, is_relocked = truth.installed.get(item.id, ""), item.id in truth.relocked
    off = reasons.reason(item, have, truth.ecosystems[item.kind], installed, is_relocked=is_relocked)
    why = item.lock_flaw or off
    is_shadowed = bool(found) and found[0].is_shadow
    also = found[0].phrase if found else reasons.moved(have, truth.ecosystems[item.kind])
    return Standing(
        tool=item.name,
        manager=item.kind,
        expected=expected,
        actual=have.version,
        status=DRIFT if why or is_shadowed else OK,
        path=have.where,
        why=why or also,
        copies=ownership.of_tool(commands, truth.copies),
        remedy=_relock(item) or (found[0].remedy if is_shadowed and not why else ""),
    )


def _missing(item: Wanted, expected: str) -> Standing:
    return Standing(
        tool=item.name,
        manager=item.kind,
        expected=expected,
        actual="",
        status=MISSING,
        path="",
        why=item.lock_flaw,
        remedy=_relock(item),
    )


def _relock(item: Wanted) -> str:
    return f"aim pin {item.name}" if item.lock_flaw else ""


def _unexpected(have: Present, truth: Truth) -> Standing:
    return Standing(
        tool=have.name,
        manager=have.kind,
        expected="",
        actual=have.version,
        status=UNEXPECTED,
        path=have.where,
        why=f"broken: {have.flaw}" if have.flaw else "",
        copies=ownership.of_tool(have.commands, truth.copies),
    )
