"""The event log: does its chain hold? The newest file always; the whole as far as its time goes, which is said."""

from __future__ import annotations

import time

from .. import audit_verify
from ..errors import AimError
from ..model import Record, Status
from ..proc import Runner
from ..quantities import counted
from . import Facts, host_of, record
from ._flaws import Flaw, verdict

ID = "audit_chain"
CODES = {
    "AIM-H160": "The chain of the event log is broken: a line was changed, removed, put in or damaged. What happened "
    "before and after can still be read, but the log no longer proves it. Look at what `aim audit verify` says, and "
    "keep a copy of the folder of logs before anything else if you did not do it yourself.",
    "AIM-H161": "The event log cannot be read, so nobody can tell whether it holds, and `aim audit query` has "
    "nothing to show. Most often it belongs to another user since a run with sudo.",
}
LOG = "audit.jsonl"
LIMIT_S = 1.0
TORN = "torn"  # a last line cut short: the next event puts it aside and says so


def check(facts: Facts, runner: Runner) -> Record:
    path = host_of(facts).folders.logs / LOG
    end = time.monotonic() + min(LIMIT_S, facts.timeout_s / 4)
    try:
        newest = audit_verify.verify_newest(path)
        whole = None if newest.first_break else audit_verify.verify(path, is_over=lambda: time.monotonic() > end)
    except (OSError, AimError) as error:
        why = error.message if isinstance(error, AimError) else error.strerror or type(error).__name__
        remedy = f"sudo chown -R {host_of(facts).user} {path.parent}"
        return verdict(ID, [Flaw(code="AIM-H161", what=f"{path} cannot be read: {why}", remedy=remedy)], "")
    return _judged(newest, whole)


def _judged(newest: audit_verify.Verdict, whole: audit_verify.Verdict | None) -> Record:
    seen = whole or newest
    found = seen.first_break
    if found and found.kind != TORN:
        what = f"{found.file}, line {found.line}: {found.kind}: {found.text}"
        return verdict(ID, [Flaw(code="AIM-H160", what=what, remedy="aim audit verify")], "", events=seen.events)
    if not seen.is_whole:
        said = f"the newest {counted(newest.events, 'event holds', 'events hold')}, and the oldest {seen.events}"
        return record(ID, Status.OK, f"{said}: no time for more; all of it: aim audit verify", events=newest.events)
    note = "; the last line was cut short, the next event keeps it aside" if found else ""
    return record(ID, Status.OK, f"{counted(seen.events, 'event holds', 'events hold')}{note}", events=seen.events)
