"""Which tools are to be held at their version, by their managers and by themselves. Decides; changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from . import switches
from .host import Host
from .model import Change, Present, Record, Status, Wanted
from .plan import Plan
from .registry import Registry
from .resources import Holds, Resource, Steps
from .switches import Switching

PREFIX = "hold:"
PINNED = "pinned"


@dataclass(frozen=True, slots=True)
class Holder:
    """What deciding needs; `blocks` is whether self-updates are to be switched off where nobody says otherwise."""

    host: Host
    present: Mapping[str, Present]
    resources: Mapping[str, Resource]
    registry: Registry
    blocks: bool = True

    def hold(self, items: Iterable[Wanted]) -> Plan:
        """Hold each tool that is there and whole, and switch its self-updates off; nothing for what is held."""
        return self._plan(items, is_held=True)

    def free(self, items: Iterable[Wanted]) -> Plan:
        """The opposite, for each tool that is there."""
        return self._plan(items, is_held=False)

    def _plan(self, items: Iterable[Wanted], *, is_held: bool) -> Plan:
        changes, records = [], []
        for item in items:
            have = self.present.get(item.id)
            if have is None or not have.version or have.flaw:
                continue
            native, switch = self._native(have, is_held=is_held), self._switch(item, is_held=is_held)
            records += _troubles(item, native, switch)
            change = self._change(item, have, native, switch, is_held=is_held)
            changes += [change] if change else []
        return Plan(changes=tuple(changes), records=tuple(records))

    def _native(self, have: Present, *, is_held: bool) -> Steps | None:
        resource = self.resources[have.kind]
        if not isinstance(resource, Holds) or resource.unsuitable or (PINNED in have.traits) is is_held:
            return None
        steps = resource.hold(have, is_held=is_held)
        return steps if steps.do or steps.by_hand else None

    def _switch(self, item: Wanted, *, is_held: bool) -> Switching | None:
        is_blocked = item.self_update == "block" or (self.blocks and item.self_update != "allow")
        if not is_held or not is_blocked:
            return switches.release(item.id, self.host)
        known = self.registry.find(item.id)
        return switches.block(item.id, known.self_update, self.host) if known and known.self_update else None

    def _change(
        self, item: Wanted, have: Present, native: Steps | None, switch: Switching | None, *, is_held: bool
    ) -> Change | None:
        told = [native] if native and not native.by_hand else []
        own = [switch.steps] if switch and switch.steps else []
        if not (told or own):
            return None
        return Change(
            id=item.id,
            kind=item.kind,
            name=item.name,
            have=have.version,
            want=have.version,
            reason=_reason(item, bool(told), switch.where if switch and own else "", is_held=is_held),
            do=tuple(step for steps in (*told, *own) for step in steps.do),
            undo=tuple(step for steps in (*own, *told) for step in steps.undo),
            lane=self.resources[item.kind].lane,
            optional=True,  # a tool that cannot be held is still locked
            event="held" if is_held else "freed",
        )


def let_go(ids: Iterable[str], resources: Mapping[str, Resource], host: Host) -> Plan:
    """Put back the settings of tools that are gone, where it was us who set them."""
    changes, records = [], []
    for key in ids:
        kind, _, name = key.partition(":")
        switch = switches.release(key, host) if kind in resources else None
        if switch is None:
            continue
        records += _troubles(Wanted(kind=kind, name=name), None, switch)
        if switch.steps:
            changes.append(_letting_go(kind, name, switch.steps, switch.where, resources[kind]))
    return Plan(changes=tuple(changes), records=tuple(records))


def _letting_go(kind: str, name: str, steps: Steps, where: str, resource: Resource) -> Change:
    return Change(
        id=f"{kind}:{name}",
        kind=kind,
        name=name,
        have="",
        want="",
        reason=f"self-updates as before in {where}",
        do=steps.do,
        undo=steps.undo,
        lane=resource.lane,
        optional=True,
        event="freed",
    )


def is_of_holding(record: Record) -> bool:
    """Whether a record tells of holding or freeing, and not of a tool's change."""
    return record.id.startswith(PREFIX)


def planned(plan: Plan) -> tuple[Record, ...]:
    """What a plan of holds would do and what it cannot, one Record a tool."""
    return (*(_record(change, Status.CHANGED, change.reason) for change in plan.changes), *plan.records)


def done(plan: Plan, records: Iterable[Record], present: Mapping[str, Present]) -> tuple[Record, ...]:
    """What came of a plan of holds: `records` as apply has them, and whether the manager holds what it said it holds.

    `present` is what is there afterwards.
    """
    ended = {record.id: record for record in records}
    told = [_outcome(change, ended[change.id], present) for change in plan.changes if change.id in ended]
    return (*told, *plan.records)


def _outcome(change: Change, record: Record, present: Mapping[str, Present]) -> Record:
    if record.status is not Status.CHANGED:
        return _record(change, Status.WARNED, f"could not be {change.event}: {record.detail}", record.remedy)
    have = present.get(change.id)
    claims = change.reason.startswith("held by")
    if claims and (have is None or PINNED not in have.traits):
        return _record(change, Status.WARNED, f"{change.kind} said that it holds it, and does not", "aim pin")
    return _record(change, Status.CHANGED, change.reason)


def _record(change: Change, status: Status, detail: str, remedy: str = "") -> Record:
    return Record(id=f"{PREFIX}{change.id}", status=status, title=change.name, detail=detail, remedy=remedy)


def _reason(item: Wanted, is_native: bool, where: str, *, is_held: bool) -> str:
    words = []
    if is_native:
        words.append(f"held by {item.kind} at its version" if is_held else f"no longer held by {item.kind}")
    if where:
        is_off = is_held and item.self_update != "allow"
        words.append(f"self-updates {'off' if is_off else 'as before'} in {where}")
    return ", ".join(words)


def _troubles(item: Wanted, native: Steps | None, switch: Switching | None) -> list[Record]:
    found = []
    if native and native.by_hand:
        found.append(
            Record(
                id=f"{PREFIX}{item.id}",
                status=Status.SKIPPED,
                title=item.name,
                detail=f"only root may hold or free it with {item.kind}",
                remedy=native.by_hand,
                facts={"by_hand": native.by_hand},
            )
        )
    if switch and switch.why:
        told = f"its self-updates stay as they are: {switch.why}"
        found.append(
            Record(
                id=f"{PREFIX}{item.id}",
                status=Status.WARNED,
                title=item.name,
                detail=told,
                remedy=f'correct {switch.where}, or say self_update = "allow" for {item.name} in aim.toml',
            )
        )
    return found
