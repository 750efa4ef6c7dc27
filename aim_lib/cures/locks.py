"""The card on the machine's lock that a killed run left: the lock died with it, the card goes on naming it."""

from __future__ import annotations

import json

from ..arranged import change
from ..host import Host
from ..model import Change, Delete, Present, Write
from . import TOPIC

HEALS = frozenset({"AIM-H170"})
KIND = "lock"
CARD = "machine.owner.json"


def plan(host: Host) -> tuple[Change, ...]:
    path = host.folders.state / CARD
    return tuple(
        change(
            KIND,
            CARD,
            topic=TOPIC,
            have=each.version,
            want="",
            reason="that run is gone",
            do=(Delete(path=str(path)),),
            undo=(Write(path=str(path), text=path.read_text(encoding="utf-8")),),
        )
        for each in look(host)
    )


def look(host: Host) -> tuple[Present, ...]:
    """The card, as long as nothing runs under the number that it names; one that cannot be read is left alone."""
    import psutil

    path = host.folders.state / CARD
    try:
        pid = json.loads(path.read_bytes())["pid"]
        is_gone = isinstance(pid, int) and not psutil.pid_exists(pid)
    except (OSError, ValueError, LookupError, TypeError, OverflowError):
        return ()
    return (Present(kind=KIND, name=CARD, version=f"pid {pid}", where=str(path)),) if is_gone else ()
