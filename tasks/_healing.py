"""`aim health --fix`: what can be healed becomes a plan, is shown, done when somebody agrees, and looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._app import asked, confirm, say
from ._arranging import arrange
from ._changing import bring_about
from ._health import look
from ._planning import plan_body, plan_of, plan_table
from ._wanted import relevant_tools

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Change, Result
    from aim_lib.plan import Plan
    from aim_lib.profiles import Choice


def heal(app: App, choice: Choice) -> Result:
    """Look, plan, ask, do, and look again: the second report is the answer."""
    from aim_lib.curing import UNFINISHED
    from aim_lib.findings import codes_of

    first = look(app, choice)
    codes = frozenset(codes_of(first.records))
    made = _plan(app, codes)
    if made.is_empty and UNFINISHED not in codes:
        return _told(first, made, "nothing that was found can be healed from here; each line says how")
    count = f"{len(made.changes)} {'change' if len(made.changes) == 1 else 'changes'}"
    if asked().dry_run or not _agreed(app, made, count):
        said = f"heal: {count} as above, with: aim health --fix --yes"
        return _told(first, made, said, text=_shown(made))
    failures = _bring_about(app, codes)
    return _told(look(app, choice), made, *(failures or (f"healed: {count}",)))


def _plan(app: App, codes: frozenset[str]) -> Plan:
    from aim_lib.plan import Plan

    return Plan(changes=(*_cures(app, codes), *_tools(app, codes)))


def _cures(app: App, codes: frozenset[str]) -> tuple[Change, ...]:
    from aim_lib import curing

    return tuple(change for cure in curing.healing(codes) for change in cure.plan(app.host))


def _tools(app: App, codes: frozenset[str]) -> tuple[Change, ...]:
    from aim_lib import curing

    if not codes & curing.BY_THE_TOOLS:
        return ()
    found = app.take_inventory()
    return plan_of(app, relevant_tools(app, found), found).changes


def _agreed(app: App, made: Plan, count: str) -> bool:
    """Whether it shall be done; the plan is on the screen before anybody is asked."""
    can_ask = app.host.is_interactive and not app.host.in_ci
    if not asked().yes and not can_ask:
        return False
    for line in _shown(made).splitlines():
        say(line)
    return confirm(f"make {count}?")


def _shown(made: Plan) -> str:
    """The plan as a table for people."""
    from aim_lib.engine.summary import look_of
    from aim_lib.host import current
    from aim_lib.model import Result
    from aim_lib.reports import terminal

    return terminal.render(Result(table=plan_table(made)), look_of(None, current()))


def _bring_about(app: App, codes: frozenset[str]) -> tuple[str, ...]:
    """Do what is planned, the tools after the rest; returns what went wrong, which is undone.

    What ends a run whatever it does, such as Ctrl-C, is raised.
    """
    from aim_lib import curing
    from aim_lib.errors import AimError, Interrupted, LockHeld, OurBug

    kinds = [curing.arranged(cure, app.host) for cure in curing.healing(codes)]
    said = []
    for work in (lambda: arrange(app, kinds, lambda: _cures(app, codes), ""), lambda: _sync(app, codes)):
        try:
            work()
        except (Interrupted, LockHeld, OurBug):
            raise
        except AimError as error:
            said += [f"not healed: {error.message}", *(f"  {line}" for line in error.details[-5:])]
            said += [f"fix: {error.remedy}"] if error.remedy else []
    return tuple(said)


def _sync(app: App, codes: frozenset[str]) -> None:
    from aim_lib import curing

    if codes & curing.BY_THE_TOOLS:
        found = app.take_inventory()
        bring_about(app, relevant_tools(app, found), found)


def _told(result: Result, made: Plan, *lines: str, text: str = "") -> Result:
    """The report, with the plan in its document and, as long as it is not done, on the screen as `text`."""
    import msgspec

    body: dict[str, Any] = {**result.body, **plan_body(made)}
    closing = (*(line for line in result.closing if not line.startswith("heal: ")), *lines)
    return msgspec.structs.replace(result, body=body, closing=closing, text=text)
