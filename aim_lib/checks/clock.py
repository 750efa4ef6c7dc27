"""The clock: is it grossly wrong? Judged by what was certainly earlier, and by an index's time where one may ask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from .. import audit_counts
from ..host import Host
from ..model import Record, Status
from ..proc import Runner
from . import Facts, host_of
from ._flaws import Flaw, verdict

ID = "clock"
CODES = {
    "AIM-H130": "The clock stands before the time AIM was made. Certificates are then not valid yet, so every index "
    "and API refuses or seems forged, and what expires never does. Set the clock.",
    "AIM-H131": "The clock stands well before something that has already happened here: an event of the log, or the "
    "writing of a file of AIM's. It was set back, or it was wrong then. Expiry of secrets and the order of events "
    "cannot be trusted until it is right.",
    "AIM-H132": "The clock differs by minutes from the time that a package index tells. Signed requests and one-time "
    "codes fail. Let the system set the clock from the network.",
}
MADE_S = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
DAY_S = 86_400.0
APART_S = 300.0  # what most one-time codes and signatures forgive
TAIL_BYTES = 65_536
LOG = "audit.jsonl"


def check(facts: Facts, runner: Runner) -> Record:
    if not facts.now_s:
        return verdict(ID, (), "nobody has told the time")
    host = host_of(facts)
    flaws = tuple(_flaws(facts, host))
    return verdict(ID, flaws, _shown(facts.now_s))


def _flaws(facts: Facts, host: Host) -> Iterator[Flaw]:
    remedy = _remedy(host)
    if facts.now_s < MADE_S:
        what = f"the clock says {_shown(facts.now_s)}, which is before AIM was made"
        yield Flaw(code="AIM-H130", what=what, remedy=remedy, status=Status.FAILED)
        return
    late = [(when_s, what) for when_s, what in _witnesses(host) if when_s > facts.now_s + DAY_S]
    if late:
        when_s, what = max(late)
        said = f"the clock says {_shown(facts.now_s)}, but {what} is of {_shown(when_s)}"
        yield Flaw(code="AIM-H131", what=said, remedy=remedy)
    if facts.has_network and not facts.is_offline:
        yield from _by_index(facts, host, remedy)


def _witnesses(host: Host) -> Iterator[tuple[float, str]]:
    """What happened before now: (epoch seconds, what it is)."""
    log = host.folders.logs / LOG
    said = _newest_event(log)
    if said:
        yield said, f"the newest event of {log}"
    for path in (host.folders.state, host.folders.logs, log):
        try:
            yield path.stat().st_mtime, f"the last change to {path}"
        except OSError:
            continue


def _newest_event(log: Path) -> float:
    """When the last whole line of the log was written; 0 when there is none that tells."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
            lines = file.read().split(b"\n")[:-1]
    except OSError:
        return 0.0
    event = audit_counts.brief(lines[-1]) if lines else None
    try:
        return datetime.fromisoformat(event.timestamp).timestamp() if event else 0.0
    except ValueError:
        return 0.0


def _by_index(facts: Facts, host: Host, remedy: str) -> Iterator[Flaw]:
    """By the first index that answers; one that does not is for `network` to tell."""
    from email.utils import parsedate_to_datetime  # brings much: only who may ask the network needs it

    from ._asking import Asker, places

    with Asker(host, facts.timeout_s) as asker:
        for place in places(facts, host):
            told = asker.ask(place).date
            if not told:
                continue
            try:
                apart_s = facts.now_s - parsedate_to_datetime(told).timestamp()
            except ValueError:
                continue
            if abs(apart_s) > APART_S:
                way = "ahead of" if apart_s > 0 else "behind"
                what = f"the clock is {abs(apart_s) / 60:.0f} minutes {way} {place.shown}"
                yield Flaw(code="AIM-H132", what=what, remedy=remedy)
            return


def _remedy(host: Host) -> str:
    return {
        "windows": "w32tm /resync",
        "macos": "sudo sntp -sS time.apple.com",
    }.get(host.system, "sudo timedatectl set-ntp true")


def _shown(when_s: float) -> str:
    return datetime.fromtimestamp(when_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
