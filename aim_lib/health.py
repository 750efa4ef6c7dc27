"""Runs checks side by side, each in its own time; one that raises, hangs or speaks garbage is reported as itself."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, cast

import msgspec

from . import catalog
from .checks import Facts
from .errors import AimError
from .model import Record, Status
from .proc import Runner

PACKAGE = "aim_lib.checks"
WORDS = {Status.OK: "pass", Status.WARNED: "warn", Status.FAILED: "fail", Status.SKIPPED: "skip"}
RAISED, HUNG, GARBAGE = "AIM-H900", "AIM-H901", "AIM-H902"
CODES = {
    RAISED: "A check could not look at what it judges. What it would have found nobody knows, so this counts as a "
    "failure; the other checks are as they were. Where the line names a file or a setting, that is what stands in its "
    "way; anything else is a mistake of the check, to be reported to AIM, or to the plugin that brings it.",
    HUNG: "A check did not answer within its time. It was left behind; the other checks are as they were, but what it "
    "judges nobody knows: often a disk, a keyring or a network that does not answer. See to that, give the check more "
    "time with health.timeouts in aim.toml, or leave it out with --skip.",
    GARBAGE: "A check answered with what is no answer. It was no Record, one of another check, or one that no document "
    "can hold. It is a mistake of the check, to be reported to AIM, or to the plugin that brings it; leave it out with "
    "--skip.",
}
NO_LIMITS: Mapping[str, float] = {}


def check_all(
    facts: Facts, runner: Runner, only: Iterable[str] = (), limits: Mapping[str, float] = NO_LIMITS
) -> tuple[Record, ...]:
    """One Record per check, sorted by id; of `only` when it names some. Takes as long as the slowest check.

    A check has as many seconds as `limits` say of its id, else `facts.timeout_s`.
    """
    wanted = set(only)
    checks = [module for name, module in catalog.table(PACKAGE).items() if not wanted or name in wanted]
    return run_checks(checks, facts, runner, limits)


def run_checks(
    checks: Iterable[ModuleType], facts: Facts, runner: Runner, limits: Mapping[str, float] = NO_LIMITS
) -> tuple[Record, ...]:
    """Run these checks, in their order; see `check_all`."""
    told: dict[str, Record] = {}
    begun = [_begin(module, _within(facts, limits.get(module.ID)), runner, told) for module in checks]
    for one in begun:
        one.thread.join(max(0.0, one.deadline - time.monotonic()))
    done = dict(told)
    return tuple(done.get(one.identity) or _hung(one) for one in begun)


def overall(records: Iterable[Record]) -> str:
    """healthy, degraded (something warned) or unhealthy (something failed)."""
    found = {record.status for record in records}
    if Status.FAILED in found:
        return "unhealthy"
    return "degraded" if Status.WARNED in found else "healthy"


def summary(records: Iterable[Record]) -> dict[str, int]:
    """How many checks pass, warn and fail."""
    counts = Counter(WORDS.get(record.status, "fail") for record in records)
    return {word: counts[word] for word in ("pass", "warn", "fail")}


# --- one check ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Begun:
    """A check that runs; `deadline` by the monotonic clock, `limit_s` in seconds."""

    identity: str
    thread: threading.Thread
    deadline: float
    limit_s: float


class _Within:
    """Facts of one check that has another time than the others."""

    def __init__(self, facts: Facts, timeout_s: float) -> None:
        self.facts, self.timeout_s = facts, timeout_s

    def __getattr__(self, name: str) -> Any:
        return getattr(self.facts, name)


def _within(facts: Facts, limit_s: float | None) -> Facts:
    return facts if limit_s is None else cast("Facts", _Within(facts, limit_s))


def _begin(module: ModuleType, facts: Facts, runner: Runner, told: dict[str, Record]) -> _Begun:
    limit_s = facts.timeout_s
    # A daemon: a check that hangs is reported and left behind, it cannot keep the program from ending.
    thread = threading.Thread(target=_run, args=(module, facts, runner, told), daemon=True)
    begun = _Begun(module.ID, thread, time.monotonic() + limit_s, limit_s)
    thread.start()
    return begun


def _run(module: ModuleType, facts: Facts, runner: Runner, told: dict[str, Record]) -> None:
    began = time.monotonic()
    try:
        said = _sound(module.check(facts, runner), module.ID)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - one bad check does not stop the others, and it is recorded
        said = _raised(module.ID, error)
    told[module.ID] = msgspec.structs.replace(said, seconds=round(time.monotonic() - began, 3))


def _sound(said: Any, identity: str) -> Record:
    """What a check said when it is an answer, else that it is none."""
    if not isinstance(said, Record):
        return _garbage(identity, f"it answered with {type(said).__name__}, not with a Record")
    if said.id != identity:
        return _garbage(identity, f"it answered for {said.id!r}")
    try:
        again = msgspec.convert(msgspec.to_builtins(said, builtin_types=(bytes,)), Record)
        msgspec.json.encode(again)
    except (TypeError, ValueError, RecursionError) as error:
        return _garbage(identity, f"its answer fits in no document: {error}")
    return said


def _failure(identity: str, code: str, detail: str, remedy: str) -> Record:
    return Record(id=identity, status=Status.FAILED, title=identity, detail=detail, remedy=remedy, code=code)


def _raised(identity: str, error: BaseException) -> Record:
    if isinstance(error, AimError):
        lines = (f"could not look: {error.message}", *error.details)
        return _failure(identity, RAISED, "\n".join(lines), error.remedy or _without(identity))
    return _failure(identity, RAISED, f"the check itself failed: {type(error).__name__}: {error}", _reported(identity))


def _garbage(identity: str, what: str) -> Record:
    return _failure(identity, GARBAGE, f"the check itself failed: {what}", _reported(identity))


def _hung(one: _Begun) -> Record:
    remedy = f"raise health.timeouts.{one.identity} in aim.toml, or: {_without(one.identity)}"
    return _failure(one.identity, HUNG, f"no answer within {one.limit_s:g} s", remedy)


def _without(identity: str) -> str:
    return f"aim health --skip {identity}"


def _reported(identity: str) -> str:
    return f"report it to who made the check; until then: {_without(identity)}"
