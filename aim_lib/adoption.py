"""What adopting a list would declare: each of its tools beside what is declared and what is installed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from . import versions
from .kinds import ecosystem, tool_kinds
from .manifests import Entry, request_of
from .model import Frozen, Present

NEW, SAME, KEPT, ELSEWHERE = "new", "declared", "kept", "elsewhere"


class Standing(Frozen, frozen=True):
    """A tool of a list: `standing` is one of the words above; `declared` and `present` are what there is, or ""."""

    entry: Entry
    standing: str
    declared: str = ""
    present: str = ""

    @property
    def why(self) -> str:
        """Why it is not declared anew, or ""."""
        if self.standing == KEPT:
            return f"declared as {self.declared}, not {self.entry.request}: the declaration is kept"
        return f"declared as {self.declared}: two managers would bring the same" if self.standing == ELSEWHERE else ""


def compare(
    tools: Iterable[Entry], declared: Iterable[Entry], present: Mapping[str, Present], python: str
) -> tuple[Standing, ...]:
    """Each tool of a list, in its order. Names are spelled as they are installed or declared; a Python that is the
    usual one (`python`, "3.12") needs no mention.
    """
    known = tuple(declared)
    kinds = tool_kinds()
    here = [(item.kind, item.name) for item in present.values() if item.kind in kinds]
    names = {_key(*one): one[1] for one in (*here, *((item.kind, item.name) for item in known))}
    return tuple(_standing(_as_here(entry, names, python), known, present) for entry in tools)


def new(standings: Iterable[Standing]) -> tuple[Entry, ...]:
    """The tools to declare."""
    return tuple(each.entry for each in standings if each.standing == NEW)


def _as_here(entry: Entry, names: Mapping[tuple[str, str], str], python: str) -> Entry:
    name = names.get(_key(entry.kind, entry.name), entry.name)
    return msgspec.structs.replace(entry, name=name, python="" if entry.python == python else entry.python)


def _standing(entry: Entry, declared: tuple[Entry, ...], present: Mapping[str, Present]) -> Standing:
    have = present.get(entry.id)
    version = (have.version or "broken") if have else ""
    same = next((other for other in declared if other.id == entry.id), None)
    if same:
        word = SAME if _is_same(same, entry) else KEPT
        return Standing(entry=entry, standing=word, declared=same.source or same.request, present=version)
    other = next((other for other in declared if _is_rival(other, entry)), None)
    if other:
        return Standing(entry=entry, standing=ELSEWHERE, declared=other.id, present=version)
    return Standing(entry=entry, standing=NEW, present=version)


def _is_same(one: Entry, other: Entry) -> bool:
    if one.source or other.source:
        return one.source == other.source
    is_any = one.request in versions.ANY and other.request in versions.ANY
    rules = ecosystem(one.kind)
    asked = [request_of(each.request) if rules == "pypi" else each.request for each in (one, other)]
    return is_any or versions.is_same(rules, *asked)


def _is_rival(one: Entry, other: Entry) -> bool:
    """Whether two managers would bring the same package of one registry."""
    if one.kind == other.kind or ecosystem(one.kind) != ecosystem(other.kind):
        return False
    return _key(one.kind, one.name)[1] == _key(other.kind, other.name)[1]


def _key(kind: str, name: str) -> tuple[str, str]:
    """Two spellings of a Python package's name are one."""
    from packaging.utils import canonicalize_name

    return kind, canonicalize_name(name) if ecosystem(kind) == "pypi" else name
