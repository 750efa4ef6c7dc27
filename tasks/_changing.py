"""Bringing about what is wanted: plan, ask what must be asked, apply."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aim_lib.quantities import counted

from ._app import asked, confirm, say
from ._asking import within_policy
from ._planning import impossible_in, left_in, plan_body, plan_closing, plan_of, plan_table, refusal_of
from ._wanted import relevant_tools

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from aim_lib.app import App
    from aim_lib.apply import Outcome
    from aim_lib.inventory import Inventory
    from aim_lib.model import Present, Record, Result, Wanted
    from aim_lib.plan import Plan
    from aim_lib.resources import Managed
    from aim_lib.steps import Doer


def bring_about(
    app: App,
    wanted: tuple[Wanted, ...],
    found: Inventory,
    *,
    prune: str = "",
    uninstall_first: bool = False,
    agreed: Callable[[Plan, Inventory], None] = lambda _plan, _found: None,
) -> Result:
    """Plan, ask what must be asked, apply; `agreed` is shown each plan that is made and raises when it will not do."""
    from aim_lib.config import FILE_NAME
    from aim_lib.model import Result, Status

    if app.policy.looks_at_versions:
        wanted = within_policy(app, wanted, found, plan_of(app, wanted, found))

    def plan_now(now: Inventory) -> Plan:
        planned = plan_of(app, wanted, now, prune=prune, uninstall_first=uninstall_first)
        agreed(planned, now)
        return planned

    made = plan_now(found)
    for note in made.notes:
        say(f"  note: {note}")
    blocked = impossible_in(made)
    refusal = refusal_of(blocked) if blocked else None
    if refusal and not asked().keep_going:
        raise refusal
    if asked().dry_run:
        freed = _let_go(app, made) if prune else ()
        told = tuple(f"{record.title}: {record.detail}" for record in freed)
        records = (*made.records, *freed)
        return Result(
            records=records, table=plan_table(made), body=plan_body(made), closing=(*plan_closing(made), *told)
        )
    _require_consent(app, wanted, made)
    _require_known_names(app, wanted, made, found)
    asked_for = [item.id for item in wanted]
    outcome = carry_out(app, made, found.resources, lambda: plan_now(app.take_inventory(names=asked_for)))
    if app.settings.project is not None and app.settings.project.name == FILE_NAME:
        app.journal.remember_project(app.settings.project)
    records = (*blocked, *outcome.records)
    return Result(
        exit_code=refusal.exit_code if refusal else outcome.exit_code,
        records=(*records, *left_in(made), *(_let_go(app, made) if prune else ())),
        body={**plan_body(made), "notices": outcome.notices},
        closing=_closing(records, sum(record.status is Status.OK for record in made.records)),
    )


def _let_go(app: App, made: Plan) -> tuple[Record, ...]:
    from ._letting_go import let_go

    return let_go(app, [change.id for change in made.changes if not change.want], others=True)


def bring_about_saved(app: App, file: str, *, is_alone: bool) -> Result:
    """Apply a saved plan, and only it: what is planned now, and again under the lock, must be what it says."""
    from ._saved import agreement, kept

    then = kept(app, file, is_alone=is_alone)
    found = app.take_inventory()
    wanted = relevant_tools(app, found, then.scope.all)
    agreed = agreement(app, file, then, wanted)
    return bring_about(app, wanted, found, uninstall_first=then.scope.uninstall_first, agreed=agreed)


def require_assent(wanted: tuple[Wanted, ...], found: Inventory) -> None:
    """Removing everything there is before installing it again is asked about; --yes answers."""
    from aim_lib.errors import NotPermitted

    here = [item.name for item in wanted if item.id in found.present]
    if (
        not here
        or asked().dry_run
        or confirm(f"remove and install again {counted(len(here), 'tool that is', 'tools that are')} here?")
    ):
        return
    remedy = f"name the tools (aim install {here[0]} --uninstall-first), or say --yes"
    raise NotPermitted(
        f"--uninstall-first would remove {counted(len(here), 'tool that is', 'tools that are')} here", remedy=remedy
    )


def require_assent_to_removal(surplus: tuple[Present, ...]) -> None:
    """Tools that we did not install are removed only when somebody says so; --yes answers."""
    from aim_lib.errors import NotPermitted

    names = ", ".join(item.id for item in surplus)
    if (
        not surplus
        or asked().dry_run
        or confirm(f"remove {counted(len(surplus), 'tool')} that nobody declares ({names})?")
    ):
        return
    remedy = "declare what you keep (aim init --from-current shows how), then say --yes; or without --all"
    raise NotPermitted(f"--prune --all would remove {counted(len(surplus), 'tool')}: {names}", remedy=remedy)


def _require_consent(app: App, wanted: tuple[Wanted, ...], made: Plan) -> None:
    """A cloned repository may not have us build its code unasked: consent once, remembered by the file's hash."""
    from aim_lib import injection, trust
    from aim_lib.errors import NotPermitted

    changing = {change.id for change in made.changes}
    theirs = {str(file) for file in app.settings.project_files}
    mine = [item for item in wanted if item.id in changing and item.origin in theirs]
    foreign = [item for item in mine if item.source or item.allow_scripts or _chosen_smoke(item)]
    if not foreign or trust.are_trusted(app.settings.project_files, app.host):
        return
    asks = [f"{item.id} is built from {item.source}" for item in foreign if item.source]
    asks += [f"{item.id} may run its install scripts" for item in foreign if item.allow_scripts]
    asks += [f"{item.id} is run with: {words}" for item in foreign if (words := _chosen_smoke(item))]
    for line in asks:
        say(f"  {line}")
    if confirm(f"{app.settings.project} would run this code on your machine; trust it?"):
        injection.remember(app)
        return
    remedy = "read it, then: aim config trust  (in CI: AIM_TRUST=1)"
    raise NotPermitted(f"{app.settings.project} asks to run code of its own", details=asks, remedy=remedy)


def _chosen_smoke(item: Wanted) -> str:
    """The words a tool is run with after its installation, where the project says them: they may be code."""
    return " ".join(item.smoke) if item.is_smoke_chosen else ""


def _require_known_names(app: App, wanted: tuple[Wanted, ...], made: Plan, found: Inventory) -> None:
    """Before anything is installed: every new name must be one its index has, or all that are not are told.

    A name that is locked with its files was one when it was locked, and nobody else's files are taken for them.
    """
    changing = {change.id for change in made.changes}
    new = [item for item in wanted if item.id in changing and item.id not in found.present]
    unsure = [item for item in new if not item.source and not item.lock_file]
    if not unsure:
        return
    from aim_lib import lookup
    from aim_lib.app import ecosystems

    is_offline = app.settings.config.bootstrap.offline
    names = lookup.names_of(unsure, ecosystems(), app.host, app.clock, app.wanted(), is_offline=is_offline)
    for note in names.notes:
        say(f"  note: {note}")
    lookup.require_known(names)


def carry_out(app: App, made: Plan, kinds: Mapping[str, Managed], plan_again: Any) -> Outcome:
    from aim_lib.apply import carry_out

    with doing(app, kinds, len(made.changes)) as (doer, hold):
        return carry_out(made, plan_again, doer, hold)


@contextlib.contextmanager
def doing(app: App, kinds: Mapping[str, Managed], total: int) -> Iterator[tuple[Doer, AbstractContextManager[None]]]:
    """Who does `total` things, shown as they go on, and the machine's lock, not yet taken."""
    from aim_lib import app as wiring
    from aim_lib.engine.run import current_run
    from aim_lib.files import describe_owner
    from aim_lib.steps import Doer

    from ._injecting import bare_host
    from ._progress import progress

    bootstrap = app.settings.config.bootstrap
    run = " ".join(current_run().requested) or "install"
    quiet = asked().quiet or asked().format != "terminal"
    with progress(total, is_quiet=quiet, is_terminal=sys.stderr.isatty()) as show:
        doer = Doer(
            host=bare_host(app),
            runner=app.runner,
            resources=kinds,
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


def _closing(records: tuple[Record, ...], unchanged: int) -> tuple[str, ...]:
    """What to say below the records: how many there are of each end, when not all ended well."""
    from aim_lib.model import Status

    if not records:
        return (f"nothing to change: {counted(unchanged, 'tool is', 'tools are')} as wanted",)
    ends = [
        ("installed", sum(record.status is Status.CHANGED and bool(record.facts.get("now")) for record in records)),
        ("removed", sum(record.status is Status.CHANGED and not record.facts.get("now") for record in records)),
        ("failed", sum(record.status in (Status.FAILED, Status.WARNED) for record in records)),
        ("blocked", sum(record.status in (Status.BLOCKED, Status.SKIPPED) for record in records)),
    ]
    if not any(count for word, count in ends[2:]):
        return ()
    return (", ".join(f"{count} {word}" for word, count in ends if count or word == "installed"),)
