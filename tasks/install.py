"""Tools: what would change, change it, verify it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ._app import asked, chain_option, command, config_key, confirm, say

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from aim_lib.app import App
    from aim_lib.apply import Outcome
    from aim_lib.errors import AimError
    from aim_lib.inventory import Inventory
    from aim_lib.model import Present, Record, Result, Wanted
    from aim_lib.plan import Plan
    from aim_lib.steps import Doer

TOP_LEVEL = True
NAMES = {
    "name": "a declared tool; repeat for more (default: all that are not optional)",
    "manager": "pipx, npm, uv, pnpm, cargo",
}


@command(
    help={
        "check": "exit 5 when anything would change",
        "all": "optional tools too",
        "save": "keep the plan in this file, for install --plan",
        "uninstall-first": "plan to remove each tool before it is installed",
    }
)
def plan(app: App, check: bool = False, all: bool = False, save: str = "", uninstall_first: bool = False) -> Result:
    """Show what install would change: have, want and why."""
    from aim_lib.model import Result

    found = app.take_inventory()
    wanted = _relevant(app, found, all)
    made = _plan(app, wanted, found, uninstall_first=uninstall_first)
    if save and not asked().dry_run:
        from aim_lib.saved import Scope

        from ._saved import keep

        keep(app, save, Scope(all=all, uninstall_first=uninstall_first), wanted, found, made)
    code = 5 if check and not (made.is_empty and not _impossible(made)) else 0
    return Result(
        exit_code=code,
        records=made.records,
        table=_plan_table(made),
        body=_plan_body(made),
        closing=_plan_closing(made),
    )


@command(
    resume_key=config_key,
    iterable=["name"],
    help={
        **NAMES,
        "version": "of the one tool named",
        "all": "optional tools too",
        "uninstall-first": "remove each tool before it is installed",
        "plan": "do what this file, by plan --save, says, if nothing has moved since",
    },
)
def install(
    app: App,
    name: Iterable[str] | None = None,
    manager: str = "",
    version: str = "",
    all: bool = False,
    uninstall_first: bool = False,
    plan: str = "",
) -> Result:
    """Make the tools present as declared; a failure puts everything back."""
    if chain_option("secrets_only"):
        return _left_out()
    names = tuple(name or ())
    if plan:
        return _bring_about_saved(app, plan, is_alone=not (names or manager or version or all or uninstall_first))
    found = app.take_inventory(names=[f"{manager}:{one}" for one in names])
    chosen = _chosen(app, found, names, manager, version)
    wanted = chosen or _relevant(app, found, all or chain_option("all"))
    if uninstall_first and not chosen:
        _require_assent(wanted, found)
    return _bring_about(
        app, wanted, found, prune="ours" if chain_option("sync") else "", uninstall_first=uninstall_first
    )


@command(
    name="sync-versions",
    help={
        "apply": "accepted for compatibility; syncing applies",
        "prune": "remove what we installed and nobody declares",
        "all": "with --prune: also what others installed and nobody declares",
    },
)
def sync_versions(app: App, apply: bool = False, prune: bool = False, all: bool = False) -> Result:
    """Make present equal to the lock: up, down and missing; the rest is not touched."""
    from aim_lib.errors import BadConfig

    if all and not prune:
        raise BadConfig("--all goes with --prune", remedy="aim sync-versions --prune --all")
    found = app.take_inventory()
    extra = "all" if all else "ours" if prune else ""
    if all:
        _require_assent_to_removal(_surplus(app, found, extra))
    return _bring_about(app, _relevant(app, found), found, prune=extra)


@command(resume_key=config_key)
def verify(app: App) -> Result:
    """Each tool: on disk at its version, its command answers, and is the one a shell would run. Changes nothing."""
    from aim_lib import app as wiring
    from aim_lib import plan as planning
    from aim_lib import verify as verifying
    from aim_lib.model import Record, Result, Status

    if chain_option("secrets_only"):
        return _left_out()
    if asked().dry_run:
        return Result(
            records=(Record(id="verify", status=Status.SKIPPED, title="verify", detail="nothing is run in a dry run"),)
        )
    found = app.take_inventory()
    verifier = verifying.Verifier(app.host, found, wiring.ecosystems(), app.runner)
    here = _relevant(app, found)
    off = [item for item in here if found.resources[item.kind].is_off]
    skipped = [planning.left_out(item, found.resources[item.kind]) for item in off]
    records = (*verifying.verify([item for item in here if item not in off], verifier), *skipped)
    failed = any(record.status is Status.FAILED for record in records)
    return Result(records=records, exit_code=5 if failed else 0)


# --- shared by the tasks above and by the bootstrap chain ---------------------------------------------------------


def _left_out() -> Result:
    from aim_lib.model import Result

    return Result(closing=("left out: only the secrets were asked for",))


def _relevant(app: App, found: Inventory, all_optional: bool = False) -> tuple[Wanted, ...]:
    from aim_lib import plan as planning

    return planning.relevant(app.declared(found), found.present, all_optional=all_optional)


def _chosen(app: App, found: Inventory, names: tuple[str, ...], manager: str, version: str) -> tuple[Wanted, ...]:
    from aim_lib import plan as planning
    from aim_lib.app import ecosystems

    if not names:
        return ()
    settled = app.declared(found)
    pool = {**{item.id: item for item in app.wanted()}, **{item.id: item for item in settled}}
    groups = {item.group: item.id for item in settled if item.group}
    called = [groups.get(name, name) for name in names]
    return planning.choose(pool.values(), called, manager, version, ecosystems())


def _plan(
    app: App, wanted: tuple[Wanted, ...], found: Inventory, *, prune: str = "", uninstall_first: bool = False
) -> Plan:
    from msgspec.structs import replace

    from aim_lib import plan as planning

    extra = _surplus(app, found, prune) if prune else ()
    world = app.world(found, wanted)
    made = planning.make_plan(wanted, world, prune=extra, uninstall_first=uninstall_first)
    if planning.needs_rights(made) and (allowed := app.with_sudo(found)):
        there = replace(world, resources=allowed.resources)
        return planning.make_plan(wanted, there, prune=extra, uninstall_first=uninstall_first)
    return made


def _surplus(app: App, found: Inventory, whose: str) -> tuple[Present, ...]:
    """What is there and nobody declares, for `whose` "ours" only what we installed; never what others need."""
    from aim_lib.app import undeclared

    owned = app.journal.owned()
    left = undeclared(found, app.wanted(), owned)
    return tuple(item for item in left if item.id in owned or (whose == "all" and "dependency" not in item.traits))


def _bring_about(
    app: App,
    wanted: tuple[Wanted, ...],
    found: Inventory,
    *,
    prune: str = "",
    uninstall_first: bool = False,
    agreed: Callable[[Plan, Inventory], None] = lambda _plan, _found: None,
) -> Result:
    """Plan, ask what must be asked, apply; `agreed` is shown each plan that is made and raises when it will not do."""
    from aim_lib.model import Result, Status

    def plan_of(now: Inventory) -> Plan:
        planned = _plan(app, wanted, now, prune=prune, uninstall_first=uninstall_first)
        agreed(planned, now)
        return planned

    made = plan_of(found)
    for note in made.notes:
        say(f"  note: {note}")
    blocked = _impossible(made)
    refusal = _refusal(blocked) if blocked else None
    if refusal and not asked().keep_going:
        raise refusal
    if asked().dry_run:
        return Result(records=made.records, table=_plan_table(made), body=_plan_body(made), closing=_plan_closing(made))
    _require_consent(app, wanted, made)
    _require_known_names(app, wanted, made, found)
    asked_for = [item.id for item in wanted]
    outcome = _carry_out(app, made, found, lambda: plan_of(app.take_inventory(names=asked_for)))
    records = (*blocked, *outcome.records)
    return Result(
        exit_code=refusal.exit_code if refusal else outcome.exit_code,
        records=(*records, *_left(made)),
        body={**_plan_body(made), "notices": outcome.notices},
        closing=_closing(records, sum(record.status is Status.OK for record in made.records)),
    )


def _refusal(blocked: list[Record]) -> AimError:
    """Why nothing may be touched: everything that stands in the way, and the code of its kind."""
    from aim_lib.errors import BadConfig, CommandFailed, MissingProgram, NotPermitted

    lines = [f"{record.title}: {record.detail}" for record in blocked]
    by_hand = [str(record.facts["by_hand"]) for record in blocked if "by_hand" in record.facts]
    if len(by_hand) == len(blocked):
        return NotPermitted("only root may change these tools", details=lines, remedy=" && ".join(by_hand))
    codes = {record.facts.get("exit_code") for record in blocked}
    kinds: dict[object, type[AimError]] = {kind.exit_code: kind for kind in (BadConfig, CommandFailed, NotPermitted)}
    kind = kinds.get(codes.pop(), MissingProgram) if len(codes) == 1 else MissingProgram
    return kind("some tools cannot be installed here", details=lines, remedy=blocked[0].remedy)


def _bring_about_saved(app: App, file: str, *, is_alone: bool) -> Result:
    """Apply a saved plan, and only it: what is planned now, and again under the lock, must be what it says."""
    from ._saved import agreement, kept

    then = kept(app, file, is_alone=is_alone)
    found = app.take_inventory()
    wanted = _relevant(app, found, then.scope.all)
    agreed = agreement(app, file, then, wanted)
    return _bring_about(app, wanted, found, uninstall_first=then.scope.uninstall_first, agreed=agreed)


def _require_assent(wanted: tuple[Wanted, ...], found: Inventory) -> None:
    """Removing everything there is before installing it again is asked about; --yes answers."""
    from aim_lib.errors import NotPermitted

    here = [item.name for item in wanted if item.id in found.present]
    if not here or asked().dry_run or confirm(f"remove and install again all {len(here)} tools that are here?"):
        return
    remedy = f"name the tools (aim install {here[0]} --uninstall-first), or say --yes"
    raise NotPermitted(f"--uninstall-first would remove all {len(here)} tools that are here", remedy=remedy)


def _require_assent_to_removal(surplus: tuple[Present, ...]) -> None:
    """Tools that we did not install are removed only when somebody says so; --yes answers."""
    from aim_lib.errors import NotPermitted

    names = ", ".join(item.id for item in surplus)
    if not surplus or asked().dry_run or confirm(f"remove {len(surplus)} tools that nobody declares ({names})?"):
        return
    remedy = "declare what you keep (aim init --from-current shows how), then say --yes; or without --all"
    raise NotPermitted(f"--prune --all would remove {len(surplus)} tools: {names}", remedy=remedy)


def _closing(records: tuple[Record, ...], unchanged: int) -> tuple[str, ...]:
    """What to say below the records: how many there are of each end, when not all ended well."""
    from aim_lib.model import Status

    if not records:
        return (f"nothing to change: {unchanged} tools are as wanted",)
    ends = [
        ("installed", sum(record.status is Status.CHANGED and bool(record.facts.get("now")) for record in records)),
        ("removed", sum(record.status is Status.CHANGED and not record.facts.get("now") for record in records)),
        ("failed", sum(record.status in (Status.FAILED, Status.WARNED) for record in records)),
        ("blocked", sum(record.status in (Status.BLOCKED, Status.SKIPPED) for record in records)),
    ]
    if not any(count for word, count in ends[2:]):
        return ()
    return (", ".join(f"{count} {word}" for word, count in ends if count or word == "installed"),)


def _require_consent(app: App, wanted: tuple[Wanted, ...], made: Plan) -> None:
    """A cloned repository may not have us build its code unasked: consent once, remembered by the file's hash."""
    from aim_lib import trust
    from aim_lib.errors import NotPermitted

    changing = {change.id for change in made.changes}
    foreign = [
        item for item in wanted if item.source and item.id in changing and item.origin == str(app.settings.project)
    ]
    if not foreign or app.settings.project is None or trust.is_trusted(app.settings.project, app.host):
        return
    asks = [f"{item.id} is built from {item.source}" for item in foreign]
    for line in asks:
        say(f"  {line}")
    if confirm(f"{app.settings.project} would run this code on your machine; trust it?"):
        trust.remember(app.settings.project, app.host)
        return
    remedy = "read it, then: aim config trust  (in CI: AIM_TRUST=1)"
    raise NotPermitted(f"{app.settings.project} asks to run code of its own", details=asks, remedy=remedy)


def _require_known_names(app: App, wanted: tuple[Wanted, ...], made: Plan, found: Inventory) -> None:
    """Before anything is installed: every new name must be one its index has, or all that are not are told."""
    changing = {change.id for change in made.changes}
    new = [item for item in wanted if item.id in changing and item.id not in found.present and not item.source]
    if not new:
        return
    from aim_lib import lookup
    from aim_lib.app import ecosystems

    is_offline = app.settings.config.bootstrap.offline
    names = lookup.names_of(new, ecosystems(), app.host, app.clock, app.wanted(), is_offline=is_offline)
    for note in names.notes:
        say(f"  note: {note}")
    lookup.require_known(names)


def _carry_out(app: App, made: Plan, found: Inventory, plan_again: Any) -> Outcome:
    from aim_lib.apply import carry_out

    with _doing(app, found, len(made.changes)) as (doer, hold):
        return carry_out(made, plan_again, doer, hold)


@contextlib.contextmanager
def _doing(app: App, found: Inventory, total: int) -> Iterator[tuple[Doer, AbstractContextManager[None]]]:
    """Who does `total` things, shown as they go on, and the machine's lock, not yet taken."""
    from aim_lib import app as wiring
    from aim_lib.engine.run import current_run
    from aim_lib.files import describe_owner
    from aim_lib.steps import Doer

    from ._progress import progress

    bootstrap = app.settings.config.bootstrap
    run = " ".join(current_run().requested) or "install"
    quiet = asked().quiet or asked().format != "terminal"
    with progress(total, is_quiet=quiet, is_terminal=sys.stderr.isatty()) as show:
        doer = Doer(
            host=app.host,
            runner=app.runner,
            resources=found.resources,
            ecosystems=wiring.ecosystems(),
            audit=app.audit,
            journal=app.journal,
            command=f"aim {run}",
            jobs=bootstrap.jobs,
            retries=bootstrap.retries,
            keep_going=asked().keep_going,
            is_offline=bootstrap.offline,
            on_event=show,
            on_notice=show.notice,
        )
        yield doer, app.machine_lock(f"aim {run}", lambda owner: show.notice(f"waiting for {describe_owner(owner)}"))


def _left(made: Plan) -> tuple[Record, ...]:
    """What was skipped, and what no installation mends."""
    from aim_lib.model import Status

    return tuple(record for record in made.records if record.status in (Status.SKIPPED, Status.WARNED))


def _plan_table(made: Plan) -> Any:
    from aim_lib.model import Table

    if made.is_empty:
        return None
    rows = [
        (change.id, change.have or "-", {"": "removed", "*": "newest"}.get(change.want, change.want), change.reason)
        for change in made.changes
    ]
    return Table(columns=("tool", "have", "want", "why"), rows=tuple(rows))


def _plan_body(made: Plan) -> dict[str, Any]:
    keys = ("id", "kind", "name", "have", "want", "reason", "do", "undo")
    return {"changes": [{key: getattr(change, key) for key in keys} for change in made.changes]}


def _plan_closing(made: Plan) -> tuple[str, ...]:
    same = sum(record.status == "ok" for record in made.records)
    impossible = _impossible(made)
    if made.is_empty and not impossible:
        return (f"nothing to change: {same} tools are as wanted",)
    # Without a table the records are shown themselves.
    lines = [f"not possible: {record.title}: {record.detail}" for record in impossible if made.changes]
    lines += [
        f"found: {each.detail}; fix: {each.remedy}" for each in made.records if made.changes and each.status == "warned"
    ]
    left = f", {len(impossible)} not possible here" if impossible else ""
    return (*lines, f"{len(made.changes)} to change, {same} as wanted{left}")


def _impossible(made: Plan) -> list[Record]:
    """What is wanted and cannot be installed on this machine."""
    return [record for record in made.records if record.status == "failed"]
