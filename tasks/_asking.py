"""What the package indexes are asked for a command: the newest version that request and policy let a tool have."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

from ._app import say

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.host import Host
    from aim_lib.inventory import Inventory
    from aim_lib.model import Wanted
    from aim_lib.pins import Newest
    from aim_lib.plan import Plan
    from aim_lib.resolution import Ask


def newest(app: App, found: Inventory, wanted: tuple[Wanted, ...]) -> Newest:
    """The newest version of each tool that its request and the policy let it have, or why none can be told."""
    from aim_lib import lookup
    from aim_lib.runtimes import node_version

    can = [item for item in wanted if not item.source and not found.resources[item.kind].unsuitable]
    asks = [ask_of(item, found, app.host) for item in can]
    with lookup.open_desk(app.host, app.clock, is_offline=app.settings.config.bootstrap.offline) as desk:
        said = lookup.resolve_all(
            asks,
            desk,
            app.policy,
            app.clock(),
            lambda: node_version(app.host, app.runner, app.options.node_version),
        )
    resolved = {
        one.id: (one.allowed, "" if one.exists else "its index has no such package") for one in said.resolutions
    }
    silent = {key: ("", error.message) for key, error in said.silent.items()}
    return {**resolved, **silent}


def within_policy(app: App, wanted: tuple[Wanted, ...], found: Inventory, made: Plan) -> tuple[Wanted, ...]:
    """`wanted`, with the version chosen for what any fitting one would do, where policy does not let all in.

    An installer knows nothing of ages and jumps: left alone it takes the newest. Raises NotPermitted for tools of
    which policy lets none in; an index that does not answer is a note.
    """
    import msgspec

    from aim_lib.errors import NotPermitted

    changing = {change.id for change in made.changes}
    free = tuple(item for item in wanted if item.id in changing and not item.version and not item.source)
    if not free:
        return wanted
    said = newest(app, found, free)
    for key, (_, why) in said.items():
        if why:
            say(f"  note: policy was not asked of {key}: {why}")
    none = [key for key, (version, why) in said.items() if not version and not why]
    if none:
        raise NotPermitted(
            "policy lets no version in", details=none, remedy="aim update check says why; change [policy], or wait"
        )
    return tuple(
        msgspec.structs.replace(item, version=said[item.id][0])
        if said.get(item.id, ("",))[0] and item in free
        else item
        for item in wanted
    )


def ask_of(item: Any, found: Inventory, host: Host) -> Ask:
    """The question that one tool is for its index."""
    from aim_lib.kinds import ecosystem
    from aim_lib.resolution import Ask
    from aim_lib.runtimes import python_version

    rules, have = ecosystem(item.kind), found.present.get(item.id)
    return Ask(
        id=item.id,
        kind=item.kind,
        name=item.name,
        ecosystem=rules,
        request=item.request,
        have=have.version if have else "",
        runtime=python_version(host, item, have, platform.python_version()) if rules == "pypi" else "",
    )
