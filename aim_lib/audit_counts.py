"""What is read of an event to count it: by type, severity, tool and day. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)  # msgspec raises the second for a text that is not UTF-8
KINDS = ("type", "severity", "tool", "day")
Counts = dict[str, dict[str, int]]
T = TypeVar("T")


class _Details(msgspec.Struct):
    tool: Any = None


class Brief(msgspec.Struct):
    """As much of an event as is counted."""

    event_type: str = ""
    timestamp: str = ""
    severity: str = ""
    details: _Details = msgspec.field(default_factory=_Details)


class _Foreign(msgspec.Struct):
    """An event of another program, whose details are something else."""

    event_type: str = ""
    timestamp: str = ""
    severity: str = ""


_BRIEF, _FOREIGN = msgspec.json.Decoder(Brief), msgspec.json.Decoder(_Foreign)


def brief(line: bytes) -> Brief | None:
    """The event of a line; None for one that is none."""
    try:
        return _BRIEF.decode(line)
    except UNREADABLE:
        pass
    try:
        told = _FOREIGN.decode(line)
    except UNREADABLE:
        return None
    return Brief(told.event_type, told.timestamp, told.severity)


def briefs(content: bytes) -> list[Brief]:
    """The events of whole lines; those that are none are left out."""
    whole = content[: content.rfind(b"\n") + 1]
    found = at_once(_BRIEF, whole)
    if found is None:
        return [event for line in whole.split(b"\n")[:-1] if (event := brief(line))]
    return found


def at_once(decoder: msgspec.json.Decoder[T], whole: bytes) -> list[T] | None:
    """All lines decoded in one call, which is several times as fast; None when one of them is no event."""
    try:
        found = decoder.decode_lines(whole)
    except UNREADABLE:
        return None
    return found if len(found) == whole.count(b"\n") else None


def none() -> Counts:
    return {kind: {} for kind in KINDS}


def count(events: Iterable[Brief], counts: Counts) -> None:
    """Add events to `counts`; of those that name no tool there is no tool."""
    of = tuple(events)
    tools = [event.details.tool for event in of]
    add(counts, "type", Counter([event.event_type for event in of]))
    add(counts, "severity", Counter([event.severity for event in of]))
    add(counts, "tool", Counter([tool for tool in tools if isinstance(tool, str) and tool]))
    add(counts, "day", Counter([event.timestamp[:10] for event in of]))


def add(counts: Counts, kind: str, more: dict[str, int]) -> None:
    by = counts[kind]
    for value, number in more.items():
        by[value] = by.get(value, 0) + number


def stamps(events: Iterable[Brief]) -> tuple[str, str]:
    """The first and the last time, "" when there is none."""
    found = [event.timestamp for event in events if event.timestamp]
    return min(found, default=""), max(found, default="")
