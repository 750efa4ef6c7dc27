"""What is wrong with the environment that a program has: against what is wanted, and by itself. Looks, never mends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from .host import Host
from .model import Record, Status
from .platforms import Placing, Vars

APPLY = "aim env apply"
ANEW = 'open a new shell, or in this one: eval "$(aim env activate)"'


def examine(wanted: Vars, placings: Iterable[Placing], host: Host, later: Mapping[str, str]) -> tuple[Record, ...]:
    """Everything that is not as it should be; one OK record when nothing is.

    `later` has the place of each variable that a start file sets again behind our block. What is wrong with what we
    are to provide is failed; what may be meant as it is, such as an entry of PATH that is no folder, is warned of.
    """
    stale = [placing for placing in placings if not placing.is_done]
    found = (
        *(_stale(placing) for placing in stale),
        *_variables(wanted, host, bool(stale), later),
        *_order(wanted, host, bool(stale), later),
        *_shadowed(wanted, host),
        *_entries(host, wanted.first),
    )
    fine = Record(id="env", status=Status.OK, title="environment", detail="it is as wanted, and so is PATH")
    return found or (fine,)


def set_again(path: Path, names: Iterable[str], end: bytes) -> dict[str, str]:
    """Variable → `file:line` where the start file `path` assigns it behind the line `end`; the last one counts."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return {}
    behind = next((place + 1 for place, line in enumerate(lines) if line.startswith(end)), len(lines))
    found = {}
    for name in names:
        sets = re.compile(
            rf"^\s*(?:(?:export|typeset|declare)\s+(?:-\w+\s+)*)?{name}=|^\s*set\s+(?:-\w+\s+)*{name}\s".encode()
        )
        for place, line in enumerate(lines[behind:], behind + 1):
            # One that goes on from the value before does not undo ours: PATH="$PATH:/x".
            if sets.match(line) and f"${name}".encode() not in line and f"${{{name}".encode() not in line:
                found[name] = f"{path}:{place}"
    return found


def _stale(placing: Placing) -> Record:
    what = "is missing" if not placing.have else "is to go" if not placing.want else "is not up to date"
    return _record(f"env:{placing.name}", Status.FAILED, placing.name, f"{placing.where} {what}", APPLY)


def _variables(wanted: Vars, host: Host, is_stale: bool, later: Mapping[str, str]) -> Iterator[Record]:
    for name, value in wanted.values:
        if host.env.get(name) == value:
            continue
        state = "is not set" if name not in host.env else "has another value here"
        if name in later:
            yield _record(
                f"var:{name}",
                Status.FAILED,
                name,
                f"{state}: {later[name]} sets it again",
                f"take it out of {later[name]}",
            )
        else:
            yield _record(f"var:{name}", Status.FAILED, name, state, APPLY if is_stale else ANEW)


def _order(wanted: Vars, host: Host, is_stale: bool, later: Mapping[str, str]) -> Iterator[Record]:
    path = [str(entry) for entry in host.path]
    absent = [folder for folder in wanted.first if folder not in path]
    begins = list(dict.fromkeys(path))[: len(wanted.first)]
    if not absent and begins == list(wanted.first):
        return
    detail = f"{', '.join(absent)} not on it" if absent else f"it begins with {begins[0]}, not {wanted.first[0]}"
    cause = f": {later['PATH']} sets it anew" if "PATH" in later else ""
    remedy = f"take it out of {later['PATH']}" if "PATH" in later else APPLY if is_stale else ANEW
    yield _record("path:order", Status.FAILED, "PATH", detail + cause, remedy)


def _shadowed(wanted: Vars, host: Host) -> Iterator[Record]:
    """Commands of our folders for which a shell finds another copy first."""
    for folder in map(Path, wanted.first):
        for name in _commands(folder):
            first = host.which(name)
            if first is None or first.parent == folder or str(first.parent) in wanted.first:
                continue
            detail = f"{first} comes before {folder / name}"
            yield _record(f"shadowed:{name}", Status.FAILED, name, detail, f"remove {first}, or: {APPLY}")


def _commands(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []


def _entries(host: Host, ours: Iterable[str]) -> Iterator[Record]:
    may_be_made_later = set(ours)
    seen: dict[str, int] = {}
    for entry in host.env.get("PATH", "").split(host.separator):
        seen[entry] = seen.get(entry, 0) + 1
    for entry, count in seen.items():
        if count > 1 and entry:
            yield _record(
                f"path:{entry}", Status.WARNED, "PATH", f"{entry} is on it {count} times", f"keep one of {entry}"
            )
        if entry and Path(entry).exists() and not Path(entry).is_dir():
            yield _record(f"path:{entry}", Status.WARNED, "PATH", f"{entry} is no folder", f"take {entry} off PATH")
        elif not entry or not Path(entry).is_absolute():
            shown = entry or "an empty entry"
            detail = f"{shown} means another folder wherever you are"
            yield _record(f"path:{entry or 'empty'}", Status.WARNED, "PATH", detail, "write folders in full")
    gone = [entry for entry in seen if entry and Path(entry).is_absolute() and not Path(entry).exists()]
    gone = [entry for entry in gone if entry not in may_be_made_later]
    if gone:
        detail = f"not there: {', '.join(gone)}"
        yield _record("path:gone", Status.WARNED, "PATH", detail, "take them off PATH where your shell sets it")


def _record(identity: str, status: Status, title: str, detail: str, remedy: str) -> Record:
    return Record(id=identity, status=status, title=title, detail=detail, remedy=remedy)
