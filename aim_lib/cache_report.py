"""Caches, and all answers of one walk, as a Result: a few lines for a person, everything for a program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from .cache_sizes import Size
from .caches import Cache
from .model import Record, Result, Status
from .pathtext import shown, spoken
from .quantities import counted
from .quarantine import why_not
from .scan_report import (
    duplicate_closing,
    duplicate_lines,
    duplicates_body,
    limited,
    size_text,
    totals_body,
)
from .scanner import Everything


def everything_result(
    found: Everything, cwd: str, limit: int, listed: Sequence[tuple[Cache, Size]], *, is_document: bool
) -> Result:
    """As `duplicates_result`, with the caches that are `listed`, and links that lead nowhere."""
    broken = limited([f"  {shown(path, cwd)}" for path in found.broken_links], limit, "links")
    lines = [
        *duplicate_lines(found.duplicates, cwd, limit),
        *(["caches", *limited(list(cache_lines(listed, cwd)), limit, "lines"), ""] if listed else ()),
        *(["links that lead nowhere", *broken, ""] if broken else ()),
    ]
    tree = found.duplicates.tree
    seen = f"{counted(len(tree.names), 'file')} in {counted(len(tree.folders), 'folder')}, {size_text(sum(tree.sizes))}"
    cached = f"{size_text(sum(size.size_bytes for _, size in listed))} in {counted(len(listed), 'cache')}"
    closing = (seen, *duplicate_closing(found.duplicates, cwd), cached)
    text = "\n".join(lines)
    return Result(text=text, closing=closing, body=everything_body(found, listed) if is_document else {})


def everything_body(found: Everything, listed: Sequence[tuple[Cache, Size]]) -> dict[str, Any]:
    return {
        **duplicates_body(found.duplicates),
        **caches_body(listed),
        "broken_links": [spoken(path) for path in found.broken_links],
        "totals": {**totals_body(found.duplicates), "broken_links": len(found.broken_links)},
    }


def caches_result(
    listed: Sequence[tuple[Cache, Size]], cwd: str, *, is_document: bool, is_streamed: bool = False
) -> Result:
    """`is_streamed`: each was shown when it was found. Only a document tells of each."""
    total = sum(size.size_bytes for _, size in listed)
    cleanable = sum(size.size_bytes for each, size in listed if each.is_cleanable)
    caches = counted(len(listed), "cache")
    closing = [f"{size_text(total)} in {caches}, {size_text(cleanable)} of it can go: aim scan clean"]
    failures = [failure for _, size in listed for failure in size.failures]
    closing += [f"not read: {shown(path, cwd)}: {reason}" for path, reason in failures[:5]]
    text = "" if is_streamed else "\n".join(cache_lines(listed, cwd))
    totals = {"caches": len(listed), "size_bytes": total, "cleanable_bytes": cleanable}
    body = {**caches_body(listed), "totals": totals} if is_document else {}
    return Result(text=text, closing=tuple(closing) if listed else ("there are no caches",), body=body)


def caches_body(listed: Sequence[tuple[Cache, Size]]) -> dict[str, Any]:
    rows = [
        {
            "path": spoken(each.path),
            "pattern": each.pattern,
            "project": spoken(each.project),
            "size_bytes": size.size_bytes,
            "file_count": size.files,
            "tool": each.tool,
            "evidence": each.evidence,
            "is_cleanable": each.is_cleanable,
        }
        for each, size in listed
    ]
    return {"caches": rows}


def left_records(found: Iterable[tuple[Cache, Size]], mounts: Collection[str]) -> tuple[Record, ...]:
    """The caches that a cleaning leaves, with the reason."""
    reasons = ((each, size, why_not(each, mounts)) for each, size in found)
    return tuple(
        Record(
            id=spoken(each.path),
            status=Status.SKIPPED,
            title=shown(each.path),
            detail=f"{why} ({size_text(size.size_bytes)})",
        )
        for each, size, why in reasons
        if why
    )


def cache_lines(listed: Iterable[tuple[Cache, Size]], cwd: str) -> Iterator[str]:
    """A line for each, the largest first; many small ones of one project and name are one line."""
    alike: defaultdict[tuple[str, str, str], list[tuple[Cache, Size]]] = defaultdict(list)
    for each, size in listed:
        alike[(each.pattern, each.project, each.evidence)].append((each, size))
    for members in sorted(alike.values(), key=lambda members: -sum(size.size_bytes for _, size in members)):
        yield cache_line(members, cwd)


def cache_line(members: Sequence[tuple[Cache, Size]], cwd: str) -> str:
    each, total = members[0][0], sum(size.size_bytes for _, size in members)
    many = f"{len(members)} {each.pattern} in {shown(each.project, cwd) or '.'}"
    where = shown(each.path, cwd) if len(members) == 1 else many
    why = "never cleaned" if each.is_kept else "by name only, never cleaned" if not each.is_cleanable else each.evidence
    return f"  {size_text(total):>9}  {where}  ({why})"
