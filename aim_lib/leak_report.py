"""The outcome of a leak scan as a Result: no secret stands in it, because none is in the outcome."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .errors import NotAsWanted
from .leak_files import MOST_BYTES
from .leak_shapes import revocation
from .leaks import Finding, Outcome
from .model import Record, Result, Status
from .quantities import counted

_NAMED = 3


def result(outcome: Outcome) -> Result:
    """Findings as failed Records and exit code 5; keys in a program's own store are warnings, as are unread files."""
    records = tuple(map(_record, outcome.findings))
    has_leaks = any(record.status is Status.FAILED for record in records)
    closing = f"{counted(outcome.files, 'file')}, {outcome.size_bytes / 1e6:.1f} MB: {_counted(outcome)}"
    return Result(
        records=(*records, *_unsearched(outcome)),
        exit_code=NotAsWanted.exit_code if has_leaks else 0,
        closing=(closing,),
        body=msgspec.to_builtins(outcome),
    )


def _counted(outcome: Outcome) -> str:
    leaks = sum(not _is_tolerated(finding) for finding in outcome.findings)
    stored = len(outcome.findings) - leaks
    kept = f", {stored} in programs' own stores" if stored else ""
    return (f"{leaks} leak{'s' * (leaks != 1)}" if leaks else "no leaks") + kept


def _is_tolerated(finding: Finding) -> bool:
    return finding.is_store and finding.kind == "shape"


def _record(finding: Finding) -> Record:
    where = f"{finding.path}:{finding.line}:{finding.column}" if finding.line else finding.path
    return Record(
        id=f"leak:{where}:{finding.name}",
        status=Status.WARNED if _is_tolerated(finding) else Status.FAILED,
        title=finding.name,
        detail=f"{where}{_how(finding)}",
        remedy="" if _is_tolerated(finding) else _remedy(finding),
        where=where,
        facts=msgspec.to_builtins(finding),
    )


def _how(finding: Finding) -> str:
    words = [f"begins with {finding.hint}" if finding.name != "assigned-secret" else f"{finding.hint} = …"]
    words = words if finding.hint else []
    if finding.form == "name":
        words.append("in its name")
    elif not finding.line:
        words.append(f"at byte {finding.column}")
    if finding.form not in ("", "name"):
        words.append(f"as {finding.form}")
    if finding.count > 1:
        words.append(f"{finding.count} times")
    if finding.who:
        words.append(finding.who)
    return f" ({', '.join(words)})" if words else ""


def _remedy(finding: Finding) -> str:
    if finding.is_staged:
        return f"take it out, then: git add {finding.path}"
    what = f"aim secrets rotate {finding.name}" if finding.kind == "value" else f"revoke it: {revocation(finding.name)}"
    return f"{what}; then take it out of {finding.path}"


def _unsearched(outcome: Outcome) -> tuple[Record, ...]:
    size = f"larger than {MOST_BYTES // 1024 // 1024} MB"
    short = "too short, or possible to guess: not looked for"
    notes = (
        ("unreadable", Status.WARNED, "not searched", outcome.unreadable),
        ("too-large", Status.WARNED, size, outcome.too_large),
        ("left-out", Status.SKIPPED, short, outcome.left_out),
    )
    return tuple(
        Record(id=f"leaks:{name}", status=status, title=title, detail=_listed(lines), facts={"all": list(lines)})
        for name, status, title, lines in notes
        if lines
    )


def _listed(lines: Sequence[str]) -> str:
    more = len(lines) - _NAMED
    return ", ".join(lines[:_NAMED]) + (f" and {more} more" if more > 0 else "")
