"""Wanted, present and lock → ordered Changes, and a Record for whatever needs none. Pure: reads and runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from . import ownership, reasons, versions
from .errors import AimError, NotAsWanted, NotPermitted
from .model import Change, Frozen, Locked, Present, Record, Status, Wanted
from .policy import Policy, verdict

if TYPE_CHECKING:
    from .resources import Resource, Steps


class Plan(Frozen, frozen=True):
    """What would be done, in order, and what was looked at and left alone."""

    changes: tuple[Change, ...] = ()
    records: tuple[Record, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.changes


class World(Frozen, frozen=True):
    """What a plan is made from: what is present, each kind's version rules and resource, and what is allowed.

    `copies` are those of every command looked for, with their owners; `installed` is the version we last installed, by
    id: both only explain. `relocked` are the ids of what was made from another lock than it has by now.
    """

    present: Mapping[str, Present]
    resources: Mapping[str, Resource]
    ecosystems: Mapping[str, versions.Ecosystem]
    policy: Policy = Policy()
    copies: Mapping[str, tuple[ownership.Owned, ...]] = {}
    installed: Mapping[str, str] = {}
    relocked: frozenset[str] = frozenset()


def with_locked_versions(
    wanted: Iterable[Wanted],
    locked: Mapping[tuple[str, str], Locked],
    ecosystems: Mapping[str, versions.Ecosystem],
) -> tuple[Wanted, ...]:
    """Fill in the exact version each tool must have: its exact request, else what the lock of its folder says.

    `locked` maps (folder, id) to the entry there. One whose request has since been changed is void; where something
    else has that its companion was made for, the companion alone is.
    """
    return tuple(_with_version(item, locked.get((item.folder, item.id)), ecosystems[item.kind]) for item in wanted)


def make_plan(
    wanted: Iterable[Wanted], world: World, *, prune: Iterable[Present] = (), uninstall_first: bool = False
) -> Plan:
    """The changes that make `present` as `wanted`, prerequisites first, then removals of `prune`.

    With `uninstall_first` each wanted tool that is there, also one that is as wanted, is removed and installed again.
    Raises BadConfig when two declarations ask for the same thing differently.
    """
    changes: list[Change] = []
    records: list[Record] = []
    notes: dict[str, None] = {}
    declared = tuple(wanted)
    again = frozenset(item.id for item in declared) if uninstall_first else frozenset()
    for item in _with_prerequisites(declared, world):
        planned = frozenset(change.id for change in changes)
        outcome = _decide(item, world, planned, is_again=item.id in again and item.id in world.present)
        (changes if isinstance(outcome, Change) else records).append(outcome)  # type: ignore[arg-type]
        notes.update(dict.fromkeys(world.resources[item.kind].notes))
        records += _findings(item, world)
    for present in prune:
        outcome = _removal(present, world)
        (changes if isinstance(outcome, Change) else records).append(outcome)  # type: ignore[arg-type]
    return Plan(changes=tuple(changes), records=tuple(records), notes=tuple(notes))


def relevant(
    wanted: Iterable[Wanted], present: Mapping[str, Present], *, all_optional: bool = False
) -> tuple[Wanted, ...]:
    """What counts on this machine: every required tool, and the optional ones that are there (or all of them)."""
    return tuple(item for item in wanted if all_optional or not item.optional or item.id in present)


def left_out(item: Wanted, resource: Resource) -> Record:
    """Why a tool of an unsuitable resource is not installed: skipped when nobody expects it, else failed."""
    if resource.is_off or item.optional:
        return Record(id=item.id, status=Status.SKIPPED, title=item.name, detail=resource.unsuitable)
    obtain = getattr(resource, "remedy", "")  # not every one has it, see Resource
    others = f"give {item.name} platforms = [...] or optional = true in aim.toml, or remove it there"
    remedy = f"{obtain}  (or remove {item.name} from aim.toml)" if obtain else others
    return Record(id=item.id, status=Status.FAILED, title=item.name, detail=resource.unsuitable, remedy=remedy)


def needs_rights(plan: Plan) -> bool:
    """Whether something was left to the user because only root may do it."""
    return any("by_hand" in record.facts for record in plan.records)


def has_grown(before: Plan, after: Plan) -> bool:
    """Whether `after` would do anything that `before` did not show."""
    shown = {(change.id, change.want) for change in before.changes}
    return any((change.id, change.want) not in shown for change in after.changes)


def _with_version(item: Wanted, entry: Locked | None, ecosystem: versions.Ecosystem) -> Wanted:
    exact = versions.exact(ecosystem, item.request)
    if entry is None or entry.request != item.request or entry.source != item.source:
        return msgspec.structs.replace(item, version=exact)
    flaw = entry.misfit(item)
    file = f"{item.folder}/{entry.file}" if entry.file and not flaw else ""
    return msgspec.structs.replace(
        item,
        version=exact or entry.version,
        lock_file=file,
        lock_sha256=entry.sha256 if file else "",
        lock_flaw=flaw,
    )


def _with_prerequisites(wanted: tuple[Wanted, ...], world: World) -> tuple[Wanted, ...]:
    kinds = dict.fromkeys(item.kind for item in wanted)
    needed = [world.resources[kind].prerequisite() for kind in kinds if not world.resources[kind].unsuitable]
    return (*(item for item in needed if item is not None), *wanted)


def _decide(item: Wanted, world: World, planned: frozenset[str], *, is_again: bool = False) -> Change | Record:
    """What to do for one thing; where its manager can say at once that it cannot be had, a failed Record."""
    try:
        return _decide_alone(item, world, planned, is_again=is_again)
    except AimError as error:
        others = (_decide(other, world, planned) for other in item.otherwise)
        return next((other for other in others if isinstance(other, Change)), _refused(item, error))


def _refused(item: Wanted, error: AimError) -> Record:
    status = Status.SKIPPED if item.optional else Status.FAILED
    facts = {"exit_code": error.exit_code}
    return Record(id=item.id, status=status, title=item.name, detail=error.message, remedy=error.remedy, facts=facts)


def _decide_alone(item: Wanted, world: World, planned: frozenset[str], *, is_again: bool) -> Change | Record:
    resource, have = world.resources[item.kind], world.present.get(item.id)
    if resource.unsuitable:
        return left_out(item, resource)
    if item.lock_flaw:
        raise NotAsWanted(item.lock_flaw, remedy=f"aim pin {item.name}")
    reason = _reason(item, have, world)
    reason = reason or ("removed and installed again" if is_again else "")
    if not reason:
        version = have.version if have else ""
        return Record(id=item.id, status=Status.OK, title=item.name, detail=f"{version} is as wanted")
    forbidden = verdict(
        world.policy, item.id, have.version if have else "", item.version, world.ecosystems[item.kind], age_days=None
    )
    if forbidden:
        raise NotPermitted(forbidden, remedy=f"leave {item.name} out, or change [policy]")
    steps = _anew(item, have, resource) if is_again and have else resource.change(item, have, item.version)
    if steps.by_hand:
        return _left_to_the_user(item.id, item.name, reason, steps.by_hand, is_optional=item.optional)
    needed = resource.prerequisite()
    others = (_decide(other, world, planned) for other in item.otherwise)
    return Change(
        id=item.id,
        kind=item.kind,
        name=item.name,
        have=have.version if have else "",
        want=item.version or item.request,
        reason=reason,
        do=steps.do,
        undo=steps.undo,
        lane=resource.lane,
        after=(needed.id,) if needed and needed.id in planned else (),
        optional=item.optional,
        otherwise=tuple(other for other in others if isinstance(other, Change)),
        smoke=item.smoke if item.is_smoke_chosen else (),
    )


def _reason(item: Wanted, have: Present | None, world: World) -> str:
    installed, is_relocked = world.installed.get(item.id, ""), item.id in world.relocked
    return reasons.reason(item, have, world.ecosystems[item.kind], installed, is_relocked=is_relocked)


def _anew(item: Wanted, have: Present, resource: Resource) -> Steps:
    """Steps that remove what is there, then install. A broken one is replaced as ever: it may not be removable."""
    if have.flaw:
        return resource.change(item, have, item.version)
    gone, anew = resource.remove(have), resource.change(item, None, item.version)
    return msgspec.structs.replace(gone, do=(*gone.do, *anew.do))


def _findings(item: Wanted, world: World) -> list[Record]:
    """What no installation cures: another copy is ahead of ours, or the tool is there twice."""
    have = world.present.get(item.id)
    commands = item.commands or (have.commands if have else ())
    return [finding.record for finding in ownership.findings(item.id, commands, world.copies)]


def _left_to_the_user(key: str, name: str, reason: str, command: str, *, is_optional: bool) -> Record:
    """What only root may change: the command for it, which is a failure unless nobody expects the tool."""
    status = Status.SKIPPED if is_optional else Status.FAILED
    detail = f"{reason}; only root may change it"
    return Record(id=key, status=status, title=name, detail=detail, remedy=command, facts={"by_hand": command})


def _removal(present: Present, world: World) -> Change | Record:
    forbidden = verdict(world.policy, present.id, present.version, "", world.ecosystems[present.kind], age_days=None)
    if forbidden:
        return Record(id=present.id, status=Status.SKIPPED, title=present.name, detail=forbidden)
    steps = world.resources[present.kind].remove(present)
    if steps.by_hand:
        return _left_to_the_user(present.id, present.name, "not declared", steps.by_hand, is_optional=True)
    return Change(
        id=present.id,
        kind=present.kind,
        name=present.name,
        have=present.version,
        want="",
        reason="not declared",
        do=steps.do,
        undo=steps.undo,
        lane=world.resources[present.kind].lane,
    )
