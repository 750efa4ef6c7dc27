"""Runs every check side by side, each within its time; one that raises or hangs is reported as itself."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable
from types import ModuleType

import msgspec

from . import catalog
from .checks import Facts
from .model import Record, Status
from .proc import Runner

PACKAGE = "aim_lib.checks"
WORDS = {Status.OK: "pass", Status.WARNED: "warn", Status.FAILED: "fail", Status.SKIPPED: "skip"}


def check_all(facts: Facts, runner: Runner, only: Iterable[str] = ()) -> tuple[Record, ...]:
    """One Record per check, sorted by id. Takes as long as the slowest check, at most `facts.timeout_s`."""
    wanted = set(only)
    checks = [module for name, module in catalog.table(PACKAGE).items() if not wanted or name in wanted]
    return run_checks(checks, facts, runner)


def run_checks(checks: Iterable[ModuleType], facts: Facts, runner: Runner) -> tuple[Record, ...]:
    """Run these checks; see `check_all`."""
    records: dict[str, Record] = {}
    modules = list(checks)
    # Daemon threads: a check that hangs is reported and left behind, it cannot keep the program from ending.
    threads = [threading.Thread(target=_run, args=(module, facts, runner, records), daemon=True) for module in modules]
    deadline = time.monotonic() + facts.timeout_s
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    done = dict(records)
    return tuple(done.get(module.ID) or _too_slow(module.ID, facts.timeout_s) for module in modules)


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


def _run(module: ModuleType, facts: Facts, runner: Runner, records: dict[str, Record]) -> None:
    began = time.monotonic()
    try:
        said: Record = module.check(facts, runner)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - one bad check does not stop the others, and it is recorded
        said = _broken(module.ID, error)
    records[module.ID] = msgspec.structs.replace(said, seconds=round(time.monotonic() - began, 3))


def _broken(identity: str, error: BaseException) -> Record:
    detail = f"the check itself failed: {type(error).__name__}: {error}"
    return Record(
        id=identity, status=Status.FAILED, title=identity, detail=detail, remedy="report this as a bug of AIM"
    )


def _too_slow(identity: str, limit_s: float) -> Record:
    detail = f"no answer within {limit_s:.0f} s"
    return Record(
        id=identity, status=Status.FAILED, title=identity, detail=detail, remedy="raise health.check_timeout_s"
    )
