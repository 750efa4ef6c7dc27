"""AI tools: which are here, who does what, and asking them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ._app import command, confirm, current_run, say

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.desk import Desk
    from aim_lib.model import Result


@command(default=True, help={"all": "also the known tools that are not here"})
def status(app: App, all: bool = False) -> Result:
    """AI tools here: version, pinned, what they can do, which of their secrets are missing. No value is ever shown."""
    from ._ai import keys_of, standings, status_table

    rows = standings(_desk(app))
    shown = [row for row in rows if all or row.where or row.is_declared]
    keys = keys_of(app, shown)
    body = {"tools": [row.document(keys) for row in shown]}
    found = sum(bool(row.where) for row in rows)
    closing = (f"{found} of {len(rows)} known tools are here" + ("" if all else "; all of them: aim ai status --all"),)
    from aim_lib.model import Result

    return Result(table=status_table(shown, keys) if shown else None, body=body, closing=closing)


@command(positional=["capability"], help={"capability": "such as code_generation", "payload": "a JSON file to judge"})
def route(app: App, capability: str, payload: str = "") -> Result:
    """Who would be asked for a capability, in which order, and why; nothing is started."""
    import msgspec

    from aim_lib import asking
    from aim_lib.mistakes import did_you_mean
    from aim_lib.model import Result, Table

    from ._ai import payload_from

    given = payload_from(app, payload) if payload else None
    desk = _desk(app)
    decision = asking.decide(desk, capability, given)
    rows = [
        (str(place), each.tool, each.role, each.why_not or "would be asked", each.version, f"{each.timeout_s:g} s")
        for place, each in enumerate(decision.candidates, 1)
    ]
    table = Table(columns=("", "tool", "by", "why", "version", "limit"), rows=tuple(rows)) if rows else None
    refusals = decision.refusals
    if not decision.candidates and not decision.is_native:
        able = {each for tool in desk.tools.by_id.values() for each in tool.capabilities}
        unknown, *others = refusals
        refusals = (f"{unknown}{did_you_mean(capability, able)}", *others)
    closing = refusals or (
        (f"{decision.usable[0].tool} is asked first",)
        if decision.usable
        else (f"{capability} is answered by AIM itself",)
        if decision.is_native
        else (f"nobody can be asked for {capability}",)
    )
    is_open = decision.is_native or bool(decision.usable)
    body = {**msgspec.to_builtins(decision), "usable": [each.tool for each in decision.usable]}
    return Result(exit_code=0 if is_open and not decision.refusals else 1, table=table, body=body, closing=closing)


@command(
    positional=["capability"],
    words=("prompt",),
    iterable=["file"],
    help={
        "capability": "such as code_generation",
        "payload": "a JSON file with the request; - is stdin",
        "prompt": "what is to be done, or a word after CAPABILITY; a field of the payload",
        "file": "a file it is about; repeat for more",
        "tool": "ask this one alone",
        "timeout": "limit of one try, in seconds",
        "fallback": "the direct command to run when no AI tool did it",
    },
)
def run(
    app: App,
    capability: str,
    payload: str = "",
    prompt: str = "",
    file: Iterable[str] | None = None,
    tool: str = "",
    timeout: int = 0,
    fallback: str = "",
) -> Result:
    """Ask the tool that the rules name, the next when that may help; words behind -- go to the tool."""
    from aim_lib import asking, direct
    from aim_lib.bridge import order

    from ._ai import outcome_result, payload_from
    from ._app import asked

    given = payload_from(app, payload)
    given |= {"prompt": prompt} if prompt else {}
    given |= {"files": list(file)} if file else {}
    wish = order(capability, given, float(timeout) or None, current_run().rest)
    if asked().dry_run:
        result: Result = route.body(app, capability, payload)
        return result
    desk = _desk(app)
    if tool:
        return outcome_result(asking.ask(desk, wish, tool))
    return outcome_result(direct.ask_or_run(desk, wish, fallback))


@command(lenient=True)
def validate(app: App) -> Result:
    """Check the registry and [ai]: unknown names, circles, tools that are not here; exit 5 when something is wrong."""
    from aim_lib import config
    from aim_lib.model import Result, Status

    from ._ai import findings

    if app.settings.problems:
        config.load_config(app.host)  # says so with its own words
    records = findings(_desk(app))
    wrong = sum(record.status is Status.FAILED for record in records)
    closing = (f"{wrong} wrong" if wrong else "the registry and [ai] are right",)
    body: dict[str, Any] = {"wrong": wrong}
    return Result(exit_code=5 if wrong else 0, records=records, body=body, closing=closing)


def _desk(app: App) -> Desk:
    from aim_lib.desk import open_desk

    return open_desk(app, say, confirm)
