"""Tools: what would change, change it, pin it, verify it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ._app import asked, chain_option, command, config_key, confirm, say

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.apply import Outcome
    from aim_lib.inventory import Inventory
    from aim_lib.model import Record, Result, Wanted
    from aim_lib.plan import Plan

TOP_LEVEL = True
NAMES = {
    "name": "a declared tool; repeat for more (default: all that are not optional)",
    "manager": "pipx, npm, uv, pnpm, cargo",
}


@command(help={"check": "exit 5 when anything would change", "all": "optional tools too"})
def plan(app: App, check: bool = False, all: bool = False) -> Result:
    """Show what install would change: have, want and why."""
    from aim_lib.model import Result

    found = app.take_inventory()
    made = _plan(app, _relevant(app, found, all), found)
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
    help={**NAMES, "version": "of the one tool named", "all": "optional tools too"},
)
def install(
    app: App, name: Iterable[str] | None = None, manager: str = "", version: str = "", all: bool = False
) -> Result:
    """Make the tools present as declared; a failure puts everything back."""
    if chain_option("secrets_only"):
        return _left_out()
    chosen = _chosen(app, tuple(name or ()), manager, version)
    found = app.take_inventory()
    wanted = chosen or _relevant(app, found, all or chain_option("all"))
    return _bring_about(app, wanted, found, prune=chain_option("sync"))


@command(
    name="sync-versions",
    help={
        "apply": "accepted for compatibility; syncing applies",
        "prune": "remove what we installed and nobody declares",
    },
)
def sync_versions(app: App, apply: bool = False, prune: bool = False) -> Result:
    """Make present equal to the lock: up, down and missing; the rest is not touched."""
    found = app.take_inventory()
    return _bring_about(app, _relevant(app, found), found, prune=prune)


@command(
    iterable=["name"],
    help={"name": "only these tools", "check": "write nothing; exit 5 when the lock would change"},
    resume_key=config_key,
)
def pin(app: App, name: Iterable[str] | None = None, check: bool = False) -> Result:
    """Record the exact versions that are installed in aim.lock, beside the aim.toml that declares them."""
    from aim_lib import pins
    from aim_lib.model import Result

    if chain_option("secrets_only"):
        return _left_out()
    found = app.take_inventory()
    wanted = _relevant(app, found)
    books = pins.proposed(wanted, found.present, only=tuple(name or ()))
    records = pins.records(books) if check or asked().dry_run else pins.save(books)
    stale = any(record.status == "changed" for record in records)
    return Result(records=records, exit_code=5 if check and stale else 0)


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

    return planning.relevant(app.wanted(), found.present, all_optional=all_optional)


def _chosen(app: App, names: tuple[str, ...], manager: str, version: str) -> tuple[Wanted, ...]:
    from aim_lib import plan as planning
    from aim_lib.app import ecosystems

    return planning.choose(app.wanted(), names, manager, version, ecosystems()) if names else ()


def _plan(app: App, wanted: tuple[Wanted, ...], found: Inventory, *, prune: bool = False) -> Plan:
    from aim_lib import app as wiring
    from aim_lib import plan as planning

    owned = app.journal.owned()
    extra = [item for item in wiring.undeclared(found, app.wanted(), owned) if item.id in owned] if prune else []
    made = planning.make_plan(wanted, wiring.world(found), prune=extra)
    if planning.needs_rights(made) and (allowed := app.with_sudo(found)):
        return planning.make_plan(wanted, wiring.world(allowed), prune=extra)
    return made


def _bring_about(app: App, wanted: tuple[Wanted, ...], found: Inventory, *, prune: bool = False) -> Result:
    from aim_lib.errors import MissingProgram
    from aim_lib.model import Result, Status

    made = _plan(app, wanted, found, prune=prune)
    for note in made.notes:
        say(f"  note: {note}")
    blocked = _impossible(made)
    if blocked:
        lines = [f"{record.title}: {record.detail}" for record in blocked]
        raise MissingProgram("some tools cannot be installed here", details=lines, remedy=blocked[0].remedy)
    if asked().dry_run:
        return Result(records=made.records, table=_plan_table(made), body=_plan_body(made), closing=_plan_closing(made))
    _require_consent(app, wanted, made)
    outcome = _carry_out(app, made, found, lambda: _plan(app, wanted, app.take_inventory(), prune=prune))
    records = outcome.records
    unchanged = sum(record.status is Status.OK for record in made.records)
    closing = () if records else (f"nothing to change: {unchanged} tools are as wanted",)
    return Result(
        records=(*records, *_skipped(made)), body={**_plan_body(made), "notices": outcome.notices}, closing=closing
    )


def _require_consent(app: App, wanted: tuple[Wanted, ...], made: Plan) -> None:
    """A cloned repository may not have us build its code unasked: consent once, remembered by the file's hash."""
    from aim_lib import trust
    from aim_lib.errors import NotPermitted

    changing = {change.id for change in made.changes}
    mine = [item for item in wanted if item.id in changing and item.origin == str(app.settings.project)]
    foreign = [item for item in mine if item.source or item.allow_scripts]
    if not foreign or app.settings.project is None or trust.is_trusted(app.settings.project, app.host):
        return
    asks = [f"{item.id} is built from {item.source}" for item in foreign if item.source]
    asks += [f"{item.id} may run its install scripts" for item in foreign if item.allow_scripts]
    for line in asks:
        say(f"  {line}")
    if confirm(f"{app.settings.project} would run this code on your machine; trust it?"):
        trust.remember(app.settings.project, app.host)
        return
    remedy = "read it, then: aim config trust  (in CI: AIM_TRUST=1)"
    raise NotPermitted(f"{app.settings.project} asks to run code of its own", details=asks, remedy=remedy)


def _carry_out(app: App, made: Plan, found: Inventory, plan_again: Any) -> Outcome:
    from aim_lib import app as wiring
    from aim_lib.apply import carry_out
    from aim_lib.engine.run import current_run
    from aim_lib.files import describe_owner
    from aim_lib.steps import Doer

    from ._progress import progress

    bootstrap = app.settings.config.bootstrap
    run = " ".join(current_run().requested) or "install"
    quiet = asked().quiet or asked().format != "terminal"
    with progress(len(made.changes), is_quiet=quiet, is_terminal=sys.stderr.isatty()) as show:
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
            on_event=show,
            on_notice=show.notice,
        )
        hold = app.machine_lock(f"aim {run}", lambda owner: show.notice(f"waiting for {describe_owner(owner)}"))
        return carry_out(made, plan_again, doer, hold)


def _skipped(made: Plan) -> tuple[Record, ...]:
    from aim_lib.model import Status

    return tuple(record for record in made.records if record.status is Status.SKIPPED)


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
    left = f", {len(impossible)} not possible here" if impossible else ""
    return (*lines, f"{len(made.changes)} to change, {same} as wanted{left}")


def _impossible(made: Plan) -> list[Record]:
    """What is wanted and cannot be installed on this machine."""
    return [record for record in made.records if record.status == "failed"]
