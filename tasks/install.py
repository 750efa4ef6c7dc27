"""Tools: what would change, change it, verify it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ._app import asked, chain_option, command, config_key
from ._asking import as_remembered, within_policy
from ._changing import bring_about, bring_about_saved, require_assent, require_assent_to_removal
from ._planning import impossible_in, plan_body, plan_closing, plan_of, plan_table, surplus_of
from ._verifying import verified
from ._wanted import choose_tools, left_out, relevant_tools

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result

TOP_LEVEL = True
NAMES = {
    "name": "a declared tool; repeat for more (default: all that are not optional)",
    "manager": "its package manager, such as pipx",
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
    wanted = relevant_tools(app, found, all)
    made = plan_of(app, wanted, found, uninstall_first=uninstall_first)
    if app.policy.looks_at_versions:  # what is saved has the versions that installing would choose
        chosen = (within_policy if save else as_remembered)(app, wanted, found, made)
        made = plan_of(app, chosen, found, uninstall_first=uninstall_first)
    if save and not asked().dry_run:
        from aim_lib.saved import Scope

        from ._saved import keep

        keep(app, save, Scope(all=all, uninstall_first=uninstall_first), wanted, found, made)
    code = 5 if check and not (made.is_empty and not impossible_in(made)) else 0
    return Result(
        exit_code=code,
        records=made.records,
        table=plan_table(made, "newest that the policy allows" if app.policy.looks_at_versions else "newest"),
        body=plan_body(made),
        closing=plan_closing(made),
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
        return left_out()
    names = tuple(name or ())
    if plan:
        return bring_about_saved(app, plan, is_alone=not (names or manager or version or all or uninstall_first))
    found = app.take_inventory(names=[f"{manager}:{one}" for one in names])
    chosen = choose_tools(app, found, names, manager, version)
    wanted = chosen or relevant_tools(app, found, all or chain_option("all"))
    if uninstall_first and not chosen:
        require_assent(wanted, found)
    return bring_about(
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
        require_assent_to_removal(surplus_of(app, found, extra))
    return bring_about(app, relevant_tools(app, found), found, prune=extra)


@command(resume_key=config_key)
def verify(app: App) -> Result:
    """Each tool: on disk at its version, its command answers, and is the one a shell would run. Changes nothing."""
    return left_out() if chain_option("secrets_only") else verified(app)
