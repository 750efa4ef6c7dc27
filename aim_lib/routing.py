"""Which tools are asked for a capability, in which order, and why. Pure: availability is told, nothing is looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from .ai_tools import Tool, Tools
from .model import Frozen
from .schema_ai import Capability

NATIVE = ("version_checking",)  # answered by AIM itself: what is on disk needs no AI
NO_RULE = Capability()


class Found(Frozen, frozen=True):
    """Where a tool is and in which version; `why` it cannot be used, "" when it can."""

    where: str = ""
    version: str = ""
    why: str = ""

    @property
    def is_available(self) -> bool:
        return bool(self.where) and not self.why


class Candidate(Frozen, frozen=True):
    """A tool in the order it is asked; `role` says by which rule, `why_not` why it is passed over."""

    tool: str
    role: str
    why_not: str = ""
    where: str = ""
    version: str = ""
    timeout_s: float = 0.0
    retries: int = 0


class Decision(Frozen, frozen=True):
    """Who is asked. `refusals` say why nobody is: the payload, or a capability that no tool has."""

    capability: str
    candidates: tuple[Candidate, ...] = ()
    refusals: tuple[str, ...] = ()
    is_native: bool = False

    @property
    def usable(self) -> tuple[Candidate, ...]:
        """Those that will be asked, in order."""
        return () if self.refusals else tuple(each for each in self.candidates if not each.why_not)


class Rules(Frozen, frozen=True):
    """What the configuration says of routing; `default_timeout_s` is that of one try, in seconds."""

    capabilities: Mapping[str, Capability]
    default_timeout_s: float

    def of(self, capability: str) -> Capability:
        return self.capabilities.get(capability, NO_RULE)


def route(capability: str, tools: Tools, found: Mapping[str, Found], rules: Rules, *, turn: int = 0) -> Decision:
    """Who is asked for `capability`: its primary, then its fallbacks; without any, all that have it, by priority.

    With `load_balance` the usable ones begin with another one each `turn`. Raises nothing: what is wrong is a refusal.
    """
    rule = rules.of(capability)
    order = tuple(_order(capability, rule, tools))
    candidates = tuple(_candidate(word, role, tools, found, rules, capability) for word, role in order)
    if rule.load_balance:
        candidates = _balanced(candidates, turn)
    is_native = capability in NATIVE
    refusals = () if candidates or is_native else (f"no tool has the capability {capability}",)
    return Decision(capability=capability, candidates=candidates, refusals=refusals, is_native=is_native)


def only(tool: Tool, capability: str, found: Mapping[str, Found], rules: Rules) -> Decision:
    """The decision when one tool was asked for by name, whatever the rules say."""
    tools = Tools(by_id={tool.id: tool})
    return Decision(
        capability=capability, candidates=(_candidate(tool.id, "asked for by name", tools, found, rules, capability),)
    )


def _order(capability: str, rule: Capability, tools: Tools) -> Iterator[tuple[str, str]]:
    """Ids, or words that no tool has, and their roles."""
    named = [*([(rule.primary, "primary")] if rule.primary else [])]
    named += [(word, f"fallback {place}") for place, word in enumerate(rule.fallback, 1)]
    seen: set[str] = set()
    for word, role in named:
        tool = tools.named(word)
        key = tool.id if tool else word
        if key not in seen:
            seen.add(key)
            yield key, role
    if not named:
        able = [tool for tool in tools.by_id.values() if capability in tool.capabilities]
        for tool in sorted(able, key=lambda each: (each.priority, each.id)):
            yield tool.id, f"priority {tool.priority}"


def _candidate(
    word: str, role: str, tools: Tools, found: Mapping[str, Found], rules: Rules, capability: str
) -> Candidate:
    tool = tools.by_id.get(word)
    if tool is None:
        return Candidate(tool=word, role=role, why_not="no tool of that name is known")
    rule, here = rules.of(capability), found.get(word, Found(why="it is not on this machine"))
    return Candidate(
        tool=word,
        role=role,
        why_not=_why_not(tool, here, capability),
        where=here.where,
        version=here.version,
        timeout_s=tool.timeout_s or rule.timeout_s or rules.default_timeout_s,
        retries=rule.retries,
    )


def _why_not(tool: Tool, here: Found, capability: str) -> str:
    if not tool.is_enabled:
        return "ai.tools says enabled = false"
    if here.why or not here.where:
        return here.why or "it is not on this machine"
    if capability not in tool.capabilities:
        return f"it does not have the capability {capability}"
    if not tool.command:
        return "nothing says how to run it"
    if tool.pinned and here.version and here.version != tool.pinned:
        return f"it is {here.version}, and pinned to {tool.pinned}"
    return ""


def _balanced(candidates: tuple[Candidate, ...], turn: int) -> tuple[Candidate, ...]:
    """The usable ones beginning with that of this turn, then the others."""
    usable = [each for each in candidates if not each.why_not]
    rest = [each for each in candidates if each.why_not]
    start = turn % len(usable) if usable else 0
    order = [*usable[start:], *usable[:start], *rest]
    return tuple(msgspec.structs.replace(each, role=f"{each.role}, load_balance turn {turn}") for each in order)
