"""What would be done, and how a plan is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aim_lib.quantities import counted

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.errors import AimError
    from aim_lib.inventory import Inventory
    from aim_lib.model import Change, Present, Record, Wanted
    from aim_lib.plan import Plan


def plan_of(
    app: App, wanted: tuple[Wanted, ...], found: Inventory, *, prune: str = "", uninstall_first: bool = False
) -> Plan:
    import msgspec

    from aim_lib.plan import make_plan

    extra, notes = _surplus(app, found, prune) if prune else ((), ())
    made = with_rights(
        app,
        found,
        lambda now: make_plan(wanted, app.world(now, wanted), prune=extra, uninstall_first=uninstall_first),
    )
    return msgspec.structs.replace(made, notes=(*made.notes, *notes)) if notes else made


def with_rights(app: App, found: Inventory, make: Callable[[Inventory], Plan]) -> Plan:
    """The plan that `make` makes; where it lacks rights that sudo gives unasked, made once more with them."""
    from aim_lib.plan import needs_rights

    made = make(found)
    allowed = app.with_sudo(found) if needs_rights(made) else None
    return make(allowed) if allowed else made


def surplus_of(app: App, found: Inventory, whose: str) -> tuple[Present, ...]:
    """What is there and nobody declares, for `whose` "ours" only what we installed; never what others need."""
    return _surplus(app, found, whose)[0]


def _surplus(app: App, found: Inventory, whose: str) -> tuple[tuple[Present, ...], tuple[str, ...]]:
    """And a note for each that another project declares: it stays."""
    from aim_lib.app import undeclared

    owned = app.journal.owned()
    left = undeclared(found, app.wanted(), owned)
    going = [item for item in left if item.id in owned or (whose == "all" and "dependency" not in item.traits)]
    needed = needed_elsewhere(app) if going else {}
    notes = (f"{item.id} stays: {app.host.tilde(needed[item.id])} declares it" for item in going if item.id in needed)
    return tuple(item for item in going if item.id not in needed), tuple(notes)


def needed_elsewhere(app: App) -> Mapping[str, str]:
    """What other projects declare that were brought about here, by id. Raises BadConfig when one has mistakes."""
    from aim_lib.neighbours import declared_by

    return declared_by([file for file in app.journal.projects() if file != app.settings.project], app.host)


def refusal_of(blocked: list[Record]) -> AimError:
    """Why nothing may be touched: everything that stands in the way, and the code of its kind."""
    from aim_lib.errors import BadConfig, CommandFailed, MissingProgram, NotAsWanted, NotPermitted

    lines = [f"{record.title}: {record.detail}" for record in blocked]
    by_hand = [str(record.facts["by_hand"]) for record in blocked if "by_hand" in record.facts]
    if len(by_hand) == len(blocked):
        return NotPermitted("only root may change these tools", details=lines, remedy=" && ".join(by_hand))
    codes = {record.facts.get("exit_code") for record in blocked}
    known: tuple[type[AimError], ...] = (BadConfig, CommandFailed, NotAsWanted, NotPermitted)
    kinds: dict[object, type[AimError]] = {kind.exit_code: kind for kind in known}
    kind = kinds.get(codes.pop(), MissingProgram) if len(codes) == 1 else MissingProgram
    return kind("some tools cannot be installed here", details=lines, remedy=blocked[0].remedy)


def impossible_in(made: Plan) -> list[Record]:
    """What is wanted and cannot be installed on this machine."""
    return [record for record in made.records if record.status == "failed"]


def left_in(made: Plan) -> tuple[Record, ...]:
    """What was skipped, and what no installation mends."""
    from aim_lib.model import Status

    return tuple(record for record in made.records if record.status in (Status.SKIPPED, Status.WARNED))


def plan_table(made: Plan, newest: str = "newest") -> Any:
    """The changes; `newest` is what to call a version that is not known yet."""
    from aim_lib.model import Table

    if made.is_empty:
        return None
    is_tools = all(change.topic == "tool" for change in made.changes)
    rows = tuple((change.id, *_words(change, newest), change.reason) for change in made.changes)
    return Table(columns=("tool" if is_tools else "what", "have", "want", "why"), rows=rows)


def _words(change: Change, newest: str) -> tuple[str, str]:
    from aim_lib.states import in_words

    have, want = in_words(change.topic, change.have, change.want)
    return have if change.have else "-", newest if want == "*" else want


def plan_body(made: Plan) -> dict[str, Any]:
    keys = ("id", "kind", "name", "have", "want", "reason", "do", "undo")
    return {"changes": [{key: getattr(change, key) for key in keys} for change in made.changes]}


def plan_closing(made: Plan) -> tuple[str, ...]:
    same = sum(record.status == "ok" for record in made.records)
    impossible = impossible_in(made)
    if made.is_empty and not impossible:
        return (f"nothing to change: {counted(same, 'tool is', 'tools are')} as wanted",)
    # Without a table the records are shown themselves.
    lines = [f"not possible: {record.title}: {record.detail}" for record in impossible if made.changes]
    lines += [
        f"found: {each.detail}; fix: {each.remedy}" for each in made.records if made.changes and each.status == "warned"
    ]
    left = f", {len(impossible)} not possible here" if impossible else ""
    return (*lines, f"{len(made.changes)} to change, {same} as wanted{left}")
