"""Updates: what newer versions there are, and which of them policy and requests let in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._app import command, say

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.inventory import Inventory
    from aim_lib.lookup import Findings
    from aim_lib.model import Result, Table
    from aim_lib.resolution import Ask, Resolution

COLUMNS = ("tool", "have", "allowed", "compatible", "published", "why")


@command(
    default=True,
    help={
        "check": "exit 5 when something newer is within policy",
        "all_installed": "tools that nobody declares, too",
    },
)
def check(app: App, check: bool = False, all_installed: bool = False) -> Result:
    """Every tool: what is there, the newest that may come, runs here and is published, and why they differ."""
    from aim_lib import lookup
    from aim_lib.model import Result
    from aim_lib.runtimes import node_version

    found = app.take_inventory()
    asks = _asks(app, found, all_installed)
    with lookup.open_desk(app.host, app.clock, is_offline=app.settings.config.bootstrap.offline) as desk:
        findings = lookup.resolve_all(
            asks,
            desk,
            app.policy,
            app.clock(),
            lambda: node_version(app.host, app.runner, app.options.node_version),
        )
    for tool, why in findings.not_asked.items():
        say(f"  note: {tool} is left out: {why}")
    newer = sum(one.is_newer_allowed for one in findings.resolutions)
    code = 4 if findings.silent else 5 if check and newer else 0
    return Result(
        exit_code=code,
        table=_table(findings),
        records=_silent(findings),
        body={"updates": [_document(one) for one in findings.resolutions]},
        closing=_closing(findings, newer),
    )


@command(name="all")
def update_all(app: App) -> Result:
    """Bring every tool to the newest version that request and policy accept, and lock that; all of them or none."""
    from ._newest import bring_up
    from ._wanted import relevant_tools

    found = app.take_inventory()
    return bring_up(app, found, relevant_tools(app, found))


def _asks(app: App, found: Inventory, all_installed: bool) -> list[Ask]:
    """One question a tool that counts here and comes from an index."""
    from aim_lib import app as wiring
    from aim_lib import plan as planning
    from aim_lib.model import Wanted

    from ._asking import ask_of

    wanted = [item for item in planning.relevant(app.declared(found), found.present) if not item.source]
    if all_installed:
        left = wiring.undeclared(found, app.wanted(), app.journal.owned())
        wanted += [Wanted(kind=one.kind, name=one.name) for one in left]
    return [ask_of(item, found, app.host) for item in wanted if not found.resources[item.kind].is_off]


def _table(findings: Findings) -> Table | None:
    from aim_lib.model import Table

    if not findings.resolutions:
        return None
    rows = [
        (one.id, *(text or "-" for text in (one.have, one.allowed, one.compatible, one.published)), _words(one))
        for one in findings.resolutions
    ]
    return Table(columns=COLUMNS, rows=tuple(rows))


def _words(one: Resolution) -> str:
    if one.unreadable:
        return one.unreadable
    if not one.exists:
        return "its index has no such package"
    deprecated = f"deprecated: {one.deprecated}" if one.deprecated and one.deprecated not in one.why else ""
    return "; ".join(filter(None, (one.why, deprecated, one.warning)))


def _silent(findings: Findings) -> tuple[Any, ...]:
    from aim_lib.model import Record, Status

    return tuple(
        Record(id=key, status=Status.WARNED, title=key, detail=error.message, remedy=error.remedy)
        for key, error in findings.silent.items()
    )


def _document(one: Resolution) -> dict[str, Any]:
    keys = ("id", "have", "allowed", "compatible", "published", "age_days", "deprecated")
    return {
        **{key: getattr(one, key) for key in keys},
        "why": _words(one),
        "within_policy": one.is_newer_allowed,
    }


def _closing(findings: Findings, newer: int) -> tuple[str, ...]:
    here = [one for one in findings.resolutions if one.have]
    beyond = sum(one.published not in (one.have, "") and not one.is_newer_allowed for one in here)
    unknown = sum(not one.exists and not one.unreadable for one in findings.resolutions)
    counts = {
        "newer within policy": newer,
        "beyond it": beyond,
        "up to date": len(here) - newer - beyond,
        "unknown": unknown,
    }
    counts["not installed"] = len(findings.resolutions) - len(here) - unknown
    line = ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "no tools to check"
    lost = [f"not known: {key}: {error.message}" for key, error in findings.silent.items()]
    remedies = dict.fromkeys(f"fix: {error.remedy}" for error in findings.silent.values())
    return (*(lost if findings.resolutions else ()), line, *(remedies if findings.resolutions else ()))
