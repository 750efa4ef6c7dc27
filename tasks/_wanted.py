"""Which tools a command is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.inventory import Inventory
    from aim_lib.model import Result, Wanted


def left_out() -> Result:
    from aim_lib.model import Result

    return Result(closing=("left out: only the secrets were asked for",))


def relevant_tools(app: App, found: Inventory, all_optional: bool = False) -> tuple[Wanted, ...]:
    from aim_lib import plan as planning

    return planning.relevant(app.declared(found), found.present, all_optional=all_optional)


def choose_tools(
    app: App,
    found: Inventory,
    names: tuple[str, ...],
    manager: str = "",
    version: str = "",
    *,
    only_declared: bool = False,
) -> tuple[Wanted, ...]:
    from aim_lib import selection
    from aim_lib.app import ecosystems

    if not names:
        return ()
    wanted = app.wanted()
    settled = app.declared(found, wanted)
    pool = {item.id: item for item in (*wanted, *settled)}
    groups = {item.group: item.id for item in settled if item.group}
    called = [groups.get(name) or _declared_as(name, pool.values()) for name in names]
    return selection.choose(pool.values(), called, manager, version, ecosystems(), only_declared=only_declared)


def _declared_as(name: str, pool: Iterable[Wanted]) -> str:
    """The id of the declared tool that people call `name`, as aider-chat is called aider; else `name` itself."""
    from aim_lib import registry

    tools = tuple(pool)
    if any(name in (item.name, item.id, *item.commands) for item in tools):
        return name
    known = registry.load().named(name)
    meant = (item.id for item in tools if known and item.name in known[1].names.values())
    return next(meant, name)
