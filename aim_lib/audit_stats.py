"""How many events there are, by type, severity, tool and day. Whole segments are counted by their indexes alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import audit_counts
from . import audit_segments as segments
from .audit_blocks import Part, blocks_in, is_before, parts
from .audit_counts import Brief, Counts
from .audit_query import Question, ask
from .audit_segments import Event, Index
from .model import Frozen


class Stats(Frozen, frozen=True):
    """Counts by what is counted and its value; the first and the last time; the bytes of the log on disk."""

    total: int
    counts: Mapping[str, Mapping[str, int]]
    since: str = ""
    until: str = ""
    size_bytes: int = 0


def stats(path: Path, question: Question) -> Stats:
    """Count what fits; everything when nothing is asked for."""
    counts = audit_counts.none()
    is_by_time = question == Question(since=question.since, until=question.until)
    counted = _by_time if is_by_time else _one_by_one
    found = [stamp for pair in counted(path, question, counts) for stamp in pair if stamp]
    return Stats(
        total=sum(counts["severity"].values()),
        counts=counts,
        since=min(found, default=""),
        until=max(found, default=""),
        size_bytes=sum(_size(each) for each in (path, *_files(path))),
    )


def _files(path: Path) -> Iterator[Path]:
    for segment in segments.segments(path.parent):
        yield from (segment.path, segment.index_path)


def _size(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def _one_by_one(path: Path, question: Question, counts: Counts) -> Iterator[tuple[str, str]]:
    for event in ask(path, question):
        _add(counts, event)
        yield event.timestamp, event.timestamp


def _add(counts: Counts, event: Event) -> None:
    tool = event.details.get("tool")
    told = {"type": event.event_type, "severity": event.severity, "day": event.timestamp[:10]}
    for kind, value in (told | {"tool": tool} if isinstance(tool, str) and tool else told).items():
        counts[kind][value] = counts[kind].get(value, 0) + 1


def _by_time(path: Path, question: Question, counts: Counts) -> Iterator[tuple[str, str]]:
    """Segments that lie in the time as a whole by their indexes; events are read where it begins and ends."""
    for part in parts(path):
        if part.listed and _is_inside(part.listed, question):
            for kind, more in part.listed.counts.items():
                audit_counts.add(counts, kind, more)
            yield part.listed.since, part.listed.until
        else:
            events = list(_events_of(part, question))
            audit_counts.count(events, counts)
            yield audit_counts.stamps(events)
        if is_before(part, question):
            return


def _is_inside(index: Index, question: Question) -> bool:
    if not question.since and not question.until:
        return True
    if "" in index.counts["day"]:  # events without a time are in none
        return False
    return question.since <= index.since and (not question.until or index.until <= question.until)


def _events_of(part: Part, question: Question) -> Iterator[Brief]:
    for load in blocks_in(part, question):
        for event in audit_counts.briefs(load()):
            is_late_enough = not question.since or event.timestamp >= question.since
            if is_late_enough and (not question.until or event.timestamp <= question.until):
                yield event
