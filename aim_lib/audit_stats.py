"""How many events there are, by type, severity, tool and day. Whole segments are counted by their indexes alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from . import audit_segments as segments
from .audit_blocks import first_seq, read, times
from .audit_query import Question, ask
from .audit_segments import Event
from .model import Frozen

Counts = dict[str, dict[str, int]]
KINDS = ("type", "severity", "tool", "day")


class Stats(Frozen, frozen=True):
    """Counts by what is counted and its value; the first and the last time; the bytes of the log on disk."""

    total: int
    counts: Mapping[str, Mapping[str, int]]
    since: str = ""
    until: str = ""
    size_bytes: int = 0


def stats(path: Path, question: Question) -> Stats:
    """Count what fits; everything when nothing is asked for."""
    counts: Counts = {kind: {} for kind in KINDS}
    stamps = list(_asked(path, question, counts) if question != Question() else _whole(path, counts))
    found = [stamp for pair in stamps for stamp in pair if stamp]
    return Stats(
        total=sum(counts["severity"].values()),
        counts=counts,
        since=min(found, default=""),
        until=max(found, default=""),
        size_bytes=sum(each.stat().st_size for each in (path, *_files(path)) if each.exists()),
    )


def _files(path: Path) -> Iterator[Path]:
    for segment in segments.segments(path.parent):
        yield from (segment.path, segment.index_path)


def _asked(path: Path, question: Question, counts: Counts) -> Iterator[tuple[str, str]]:
    for event in ask(path, question):
        _add(counts, event)
        yield event.timestamp, event.timestamp


def _whole(path: Path, counts: Counts) -> Iterator[tuple[str, str]]:
    current = read(path)
    first = first_seq(current)
    for segment in segments.segments(path.parent):
        if first and segment.first_seq >= first:
            continue
        if segment.is_packed:
            index = segments.read_index(segment)
            _merge(counts, index.counts)
            yield index.since, index.until
            continue
        content = read(segment.path, segments.packed_path(segment.path))
        segments.count_lines(content, counts)
        yield times(content)
    segments.count_lines(current, counts)
    yield times(current)


def _add(counts: Counts, event: Event) -> None:
    tool = event.details.get("tool")
    told = {"type": event.event_type, "severity": event.severity, "day": event.timestamp[:10], "tool": tool}
    for what, value in told.items():
        if isinstance(value, str) and (value or what == "severity"):
            counts[what][value] = counts[what].get(value, 0) + 1


def _merge(counts: Counts, more: Mapping[str, Mapping[str, int]]) -> None:
    for what, by in more.items():
        for value, count in by.items():
            counts[what][value] = counts[what].get(value, 0) + count
