"""What the package indexes are asked for a command: the newest version that request and policy let a tool have."""

from __future__ import annotations

import sys
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


def newest(app: App, found: Inventory, wanted: tuple[Wanted, ...], *, is_asking: bool = True) -> Newest:
    """The newest version of each tool that its request and the policy let it have, or why none can be told.

    Unless `is_asking` only what the indexes have said within the hour counts.
    """
    from aim_lib import lookup
    from aim_lib.runtimes import node_version

    can = [item for item in wanted if not item.source and not found.resources[item.kind].unsuitable]
    asks = [ask_of(item, found, app.host) for item in can]
    is_offline = app.settings.config.bootstrap.offline
    opened = lookup.open_desk(app.host, app.clock, is_offline=is_offline)
    with opened if is_asking else lookup.kept_desk(app.host, app.clock) as desk:
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
    from aim_lib.errors import NotPermitted

    free = _free(wanted, made)
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
    return _chosen(wanted, free, said)


def as_remembered(app: App, wanted: tuple[Wanted, ...], found: Inventory, made: Plan) -> tuple[Wanted, ...]:
    """`wanted`, with the version that installing would choose, where the indexes have said enough within the hour."""
    free = _free(wanted, made)
    return _chosen(wanted, free, newest(app, found, free, is_asking=False)) if free else wanted


def _free(wanted: tuple[Wanted, ...], made: Plan) -> tuple[Wanted, ...]:
    """What the plan changes to whatever version fits."""
    changing = {change.id for change in made.changes}
    return tuple(item for item in wanted if item.id in changing and not item.version and not item.source)


def _chosen(wanted: tuple[Wanted, ...], free: tuple[Wanted, ...], said: Newest) -> tuple[Wanted, ...]:
    import msgspec

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
        runtime=python_version(host, item, have, ".".join(map(str, sys.version_info[:3]))) if rules == "pypi" else "",
    )
