"""The tools one by one: what is there, removing them, bringing them up to date."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ._app import asked, command, confirm, say
from ._changing import carry_out
from ._letting_go import let_go
from ._planning import needed_elsewhere, plan_body, plan_table, with_rights
from ._wanted import choose_tools, relevant_tools

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.drift import Standing
    from aim_lib.inventory import Inventory
    from aim_lib.model import Present, Result
    from aim_lib.plan import Plan


@command(name="list", default=True)
def list_tools(app: App) -> Result:
    """Every tool that is declared or installed: its versions, where it lies, its commands, and how it stands."""
    from aim_lib import drift
    from aim_lib.model import Result, Table

    found = app.take_inventory()
    standings = app.standings()
    counts = drift.summary(standings)
    rows = [
        (each.tool, each.manager, each.expected or "-", each.actual or "-", each.status, each.path or "-")
        for each in standings
    ]
    table = Table(columns=("tool", "manager", "expected", "actual", "status", "where"), rows=tuple(rows))
    closing = ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "no tools are declared"
    return Result(
        table=table if rows else None,
        closing=(closing,),
        body={"summary": counts, "tools": [_document(each, found.present) for each in standings]},
    )


@command(iterable=["name"], help={"name": "an installed tool; repeat for more", "manager": "its package manager"})
def uninstall(app: App, name: Iterable[str] | None = None, manager: str = "") -> Result:
    """Remove tools; asks before it removes what we did not install, and a failure puts everything back."""
    from aim_lib.errors import BadConfig, NotPermitted
    from aim_lib.model import Result

    names = tuple(name or ())
    if not names:
        raise BadConfig("uninstall needs the name of a tool", remedy="aim tools list shows them")
    found = app.take_inventory()
    going = tuple(_installed(one, manager, found) for one in names)
    made = _removals(app, found, going)
    declared, elsewhere = {item.id for item in app.wanted()}, _elsewhere(app)
    for one in going:
        if one.id in elsewhere:
            say(f"  note: {one.name} is declared in {app.host.tilde(elsewhere[one.id])}, which will miss it")
        if one.id in declared:
            say(f"  note: {one.name} is declared: the next install brings it back, unless you remove it from aim.toml")
    ids = tuple(one.id for one in going)
    if asked().dry_run:
        freed = let_go(app, ids)
        told = tuple(f"{record.title}: {record.detail}" for record in freed)
        records = (*made.records, *freed)
        return Result(records=records, table=plan_table(made), body=plan_body(made), closing=told)
    theirs = [one.name for one in going if one.id not in app.journal.owned()]
    if theirs and not confirm(f"remove {', '.join(theirs)}, which AIM did not install?"):
        raise NotPermitted(f"{', '.join(theirs)} was not installed by AIM", remedy="say --yes to remove it anyway")
    outcome = carry_out(app, made, found.resources, lambda: _again(app, ids))
    return Result(
        exit_code=outcome.exit_code,
        records=(*outcome.records, *made.records, *let_go(app, ids)),
        body={**plan_body(made), "notices": outcome.notices},
    )


@command(iterable=["name"], help={"name": "a declared tool; repeat for more", "all": "every one"})
def update(app: App, name: Iterable[str] | None = None, all: bool = False) -> Result:
    """Bring tools to the newest version that request and policy accept, and lock that."""
    from aim_lib.errors import BadConfig

    from ._newest import bring_up

    names = tuple(name or ())
    if bool(names) is all:
        raise BadConfig("update needs names of tools, or --all", remedy="aim tools update --all")
    found = app.take_inventory()
    named = choose_tools(app, found, names, only_declared=True)
    return bring_up(app, found, named or relevant_tools(app, found))


def _elsewhere(app: App) -> Mapping[str, str]:
    """What other projects declare; who names a tool is told of that, and not kept by another project's mistakes."""
    from aim_lib.errors import BadConfig

    with contextlib.suppress(BadConfig):
        return needed_elsewhere(app)
    return {}


def _installed(name: str, manager: str, found: Inventory) -> Present:
    """The one thing called `name` (a name or an id). Raises BadConfig when there is none, or more than one."""
    from aim_lib.errors import BadConfig
    from aim_lib.kinds import tool_kinds

    kinds = (manager,) if manager else tool_kinds()
    there = [one for one in found.present.values() if one.kind in kinds and name in (one.name, one.id)]
    if len(there) > 1:
        managers = ", ".join(one.kind for one in there)
        raise BadConfig(
            f"{name} is installed by several managers: {managers}", remedy=f"say which: --manager {there[0].kind}"
        )
    if not there:
        close = difflib.get_close_matches(name, {one.name for one in found.present.values() if one.kind in kinds}, n=1)
        meant = f"; did you mean {close[0]}?" if close else ""
        raise BadConfig(f"{name} is not installed{meant}", remedy="aim tools list shows what is")
    return there[0]


def _removals(app: App, found: Inventory, going: tuple[Present, ...]) -> Plan:
    from aim_lib.errors import NotPermitted
    from aim_lib.plan import make_plan, needs_rights

    made = with_rights(app, found, lambda now: make_plan((), app.world(now), prune=going))
    if needs_rights(made):
        by_hand = " && ".join(str(record.facts["by_hand"]) for record in made.records if "by_hand" in record.facts)
        raise NotPermitted("only root may remove these tools", remedy=by_hand)
    return made


def _again(app: App, ids: tuple[str, ...]) -> Plan:
    """The same, as things are now: what is gone by then needs no removal."""
    found = app.take_inventory()
    return _removals(app, found, tuple(found.present[key] for key in ids if key in found.present))


def _document(standing: Standing, present: Any) -> dict[str, Any]:
    keys = ("tool", "manager", "expected", "actual", "status", "path")
    have = present.get(f"{standing.manager}:{standing.tool}")
    more = {"commands": have.commands if have else (), "traits": have.traits if have else ()}
    return {**{key: getattr(standing, key) for key in keys}, **more}
