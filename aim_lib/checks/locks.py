"""What runs that did not end by themselves leave behind: their card on the machine's lock, their journal, files."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..files import describe_owner
from ..host import Host
from ..managers import word
from ..model import Record
from ..proc import Runner
from ..processes import birth
from . import Facts, host_of
from ._flaws import Flaw, verdict

ID = "locks"
CODES = {
    "AIM-H170": "The machine's lock names a process that is gone: a run was killed while it held it. The lock itself "
    "died with the process and stops nobody; the card beside it only misleads who reads it. The next run that "
    "changes something replaces it.",
    "AIM-H171": "A run has held the machine's lock for more than a day. It hangs, most often on a question that "
    "nobody sees, and every other run waits for it. Look at that process, and end it.",
    "AIM-H172": "A run was killed in the middle of its changes. What it had begun may be half done. The next "
    "changing run stops what is left of it, looks at what is really there and finishes the job.",
    "AIM-H173": "A file that was being written when a run was killed lies beside the one it was to replace. It is no "
    "use to anybody, and may hold what the other holds. Remove it.",
}
CARD = "machine.owner.json"  # of the machine's lock, in the state folder
SINCE = "%Y-%m-%d %H:%M:%S UTC"
DAY_S, HOUR_S = 86_400.0, 3_600.0
# What `files` and `private_files` call a file until it takes its place.
_HALF = re.compile(r"\..+\.(new|[a-z0-9_]{8})")


def check(facts: Facts, runner: Runner) -> Record:
    host = host_of(facts)
    owner = _read(host.folders.state / CARD)
    lives = bool(owner) and _lives(owner)
    flaws = (*_of_lock(owner, facts, host, lives=lives), *_of_run(facts, lives=lives), *_leftovers(facts, host))
    return verdict(ID, flaws, f"held by {describe_owner(owner)}" if lives else "no run has left anything")


def _of_lock(owner: dict[str, Any], facts: Facts, host: Host, *, lives: bool) -> Iterator[Flaw]:
    held_s = facts.now_s - _began_s(owner)
    if owner and not lives:
        card = host.folders.state / CARD
        what = f"{card} names a run that is gone: {describe_owner(owner)}"
        yield Flaw(code="AIM-H170", what=what, remedy=_removal(card, host))
    elif owner and _began_s(owner) and facts.now_s and held_s > DAY_S:
        what = f"{describe_owner(owner)} has held the machine's lock for {held_s / HOUR_S:.0f} h"
        end = f"Stop-Process -Id {owner.get('pid')}" if host.is_windows else f"kill {owner.get('pid')}"
        yield Flaw(code="AIM-H171", what=what, remedy=end)


def _of_run(facts: Facts, *, lives: bool) -> Iterator[Flaw]:
    if facts.open_run and not lives:
        yield Flaw(code="AIM-H172", what=f"a run was killed: {facts.open_run}", remedy="aim install")


def _leftovers(facts: Facts, host: Host) -> Iterator[Flaw]:
    for folder in (host.folders.state, host.folders.data / "secrets", host.folders.logs):
        for path, age_s in _half_written(folder, facts.now_s):
            what = f"{path} was never finished, {age_s / HOUR_S:.0f} h ago"
            yield Flaw(code="AIM-H173", what=what, remedy=_removal(path, host))


def _half_written(folder: Path, now_s: float) -> Iterator[tuple[Path, float]]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entry.path for entry in entries if _HALF.fullmatch(entry.name) and entry.is_file())
    except OSError:
        return
    for path in map(Path, found):
        try:
            age_s = now_s - path.lstat().st_mtime
        except OSError:  # it has taken its place just now
            continue
        if age_s > HOUR_S:
            yield path, age_s


def _read(card: Path) -> dict[str, Any]:
    try:
        said = json.loads(card.read_bytes())
    except (OSError, ValueError):  # there is none, or it is just being written
        return {}
    return said if isinstance(said, dict) else {}


def _lives(owner: dict[str, Any]) -> bool:
    """Whether the process runs, and is the one that wrote the card: numbers are used again."""
    import psutil

    pid = owner.get("pid")
    if not isinstance(pid, int):
        return False
    try:
        started_s = birth(pid)[1]
    except psutil.Error:  # another user's
        return True
    began_s = _began_s(owner)
    return bool(started_s) and (not began_s or started_s < began_s + 5)


def _began_s(owner: dict[str, Any]) -> float:
    try:
        return datetime.strptime(str(owner.get("since", "")), SINCE).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def _removal(path: Path, host: Host) -> str:
    return f"{'Remove-Item' if host.is_windows else 'rm'} {word(str(path))}"
