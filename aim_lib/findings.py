"""Every code that a health check may give, with what it means: `aim health explain`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType

from . import catalog, health
from .errors import BadConfig
from .model import Frozen, Record

ITSELF = "any check"
_OURS = re.compile(r"(?:AIM-?)?H?-?(\d{1,3})", re.IGNORECASE)


class Finding(Frozen, frozen=True):
    """One kind of finding: its code, the check that gives it, and one paragraph whose first sentence is its `title`."""

    code: str
    check: str
    text: str

    @property
    def title(self) -> str:
        return self.text.partition(". ")[0].rstrip(".")

    @property
    def rest(self) -> str:
        """Why it matters and what to do."""
        return self.text.partition(". ")[2]


def table(checks: Mapping[str, ModuleType] | None = None) -> dict[str, Finding]:
    """Every code there is, sorted; a plugin's never takes the place of one of ours. `checks` by id, default: all."""
    modules = catalog.table(health.PACKAGE) if checks is None else checks
    own = set(catalog.own(health.PACKAGE))
    found: dict[str, Finding] = {}
    for name in sorted(modules, key=lambda name: (name not in own, name)):
        for code, text in getattr(modules[name], "CODES", {}).items():
            found.setdefault(code, Finding(code=code, check=name, text=text))
    found.update({code: Finding(code=code, check=ITSELF, text=text) for code, text in health.CODES.items()})
    return dict(sorted(found.items()))


def find(word: str, known: Mapping[str, Finding]) -> Finding:
    """The finding that `word` names: `AIM-H012`, `h012` and `12` are the same. Raises BadConfig for another word."""
    number = _OURS.fullmatch(word.strip())
    code = f"AIM-H{int(number[1]):03}" if number else word.strip().upper()
    by_code = {name.upper(): found for name, found in known.items()}
    if code in by_code:
        return by_code[code]
    close = _nearest(int(number[1]), by_code) if number else difflib.get_close_matches(code, list(by_code), n=1)
    hint = f"; did you mean {by_code[close[0]].code}?" if close else ""
    raise BadConfig(f"there is no code {word!r}{hint}", remedy="aim health explain")


def _nearest(number: int, codes: Iterable[str]) -> list[str]:
    """The one of our codes that comes nearest by its number."""
    ours = [(abs(int(found[1]) - number), code) for code in codes if (found := _OURS.fullmatch(code))]
    return [min(ours)[1]] if ours else []


def codes_of(records: Iterable[Record]) -> Iterator[str]:
    """Every code that was found, those of several findings of one check too; each once, in order."""
    seen: dict[str, None] = {}
    for record in records:
        several = record.facts.get("findings", ())
        for code in (record.code, *(each.get("code", "") for each in several)):
            if code:
                seen[code] = None
    yield from seen
