"""Finds events, newest first, by opening only the blocks that may have them; and counts them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache, cached_property
from pathlib import Path

import msgspec

from . import audit_chain as chain
from .audit_blocks import blocks
from .audit_counts import UNREADABLE, at_once
from .audit_families import Wanted
from .audit_segments import Block, Event, Index
from .errors import BadConfig
from .model import Frozen

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_EVENT = msgspec.json.Decoder(Event)


class Question(Frozen, frozen=True, dict=True):
    """What is asked for; an empty field asks for anything. Times are ISO 8601 in UTC, as events have them."""

    wanted: tuple[Wanted, ...] = ()
    severity: str = ""
    since: str = ""
    until: str = ""
    tool: str = ""
    text: str = ""
    session: str = ""

    @cached_property
    def needles(self) -> tuple[tuple[bytes, ...], ...]:
        """Bytes one of which is in the line of every event that fits, for each thing asked: most lines need not be
        decoded."""
        told = (("severity", self.severity), ("session_id", self.session), ("tool", self.tool))
        found = [(b'"%b":%b' % (key.encode(), msgspec.json.encode(value)),) for key, value in told if value]
        return (*(_types(wanted) for wanted in self.wanted), *found)

    @cached_property
    def folded(self) -> str:
        return self.text.casefold()

    def may_be_in(self, index: Index) -> bool:
        """Whether an event of a segment may fit, by what it has of each severity and tool."""
        asked = (("severity", self.severity), ("tool", self.tool))
        return all(not value or value in index.counts[kind] for kind, value in asked)

    def may_have(self, block: Block) -> bool:
        """Whether an event of `block` may fit."""
        if (self.since and block.until < self.since) or (self.until and block.since > self.until):
            return False
        return all(any(map(wanted.has_type, block.types)) for wanted in self.wanted)

    @cached_property
    def tests(self) -> tuple[Callable[[Event], bool], ...]:
        """What an event must pass, all but the text, which is looked for in the line."""
        told: tuple[tuple[object, Callable[[Event], bool]], ...] = (
            *((wanted, lambda event, of=wanted: of.fits(event.event_type, event.details)) for wanted in self.wanted),
            (self.severity, lambda event: event.severity == self.severity),
            (self.session, lambda event: event.session_id == self.session),
            (self.tool, lambda event: event.details.get("tool") == self.tool),
            (self.since, lambda event: event.timestamp >= self.since),
            (self.until, lambda event: event.timestamp <= self.until),
        )
        return tuple(test for value, test in told if value)

    def fits(self, event: Event) -> bool:
        return all(test(event) for test in self.tests)


def _types(wanted: Wanted) -> tuple[bytes, ...]:
    whole = [msgspec.json.encode(each) for each in sorted(wanted.types)]
    return tuple(
        b'"event_type":' + each for each in (*whole, *(msgspec.json.encode(e)[:-1] for e in wanted.beginnings))
    )


def moment(text: str, now: datetime) -> str:
    """`90m`, `1h`, `2d` before `now`, or a day or time in ISO 8601, as events have it. Raises BadConfig; "" stays."""
    from .host import iso

    if not text:
        return ""
    ago = re.fullmatch(r"(\d{1,6})([smhdw])", text)
    if ago:
        return iso(now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}))
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise BadConfig(f"{text!r} is no time", remedy="write it like 1h, 2d or 2026-01-31T12:00") from None
    from datetime import UTC

    return iso((told if told.tzinfo else told.replace(tzinfo=now.tzinfo or UTC)).astimezone(UTC))


def ask(path: Path, question: Question) -> Iterator[Event]:
    """Every event that fits, newest first."""
    for load in blocks(path, question):
        yield from reversed(_events_in(load(), question))


def lines(path: Path, question: Question) -> Iterator[tuple[bytes, Event]]:
    """Every line that fits, oldest first, as it stands in the log, with its event."""
    for load in reversed(list(blocks(path, question))):
        yield from found_in(load(), question)


def _events_in(block: bytes, question: Question) -> list[Event]:
    """The events that fit, in their order; as `found_in`, but all of them decoded at once where that can be."""
    asked = b"".join([line + b"\n" for line in candidates(block, question)]) if question.needles else block
    events = None if question.text else at_once(_EVENT, asked)
    if events is None:
        return [event for _, event in found_in(block, question)]
    for test in question.tests:
        events = list(filter(test, events))
    return events


def found_in(block: bytes, question: Question) -> Iterator[tuple[bytes, Event]]:
    """What fits of a block, in its order."""
    if question.text and not has_text(block, question):
        return
    for line in candidates(block, question):
        event = decoded(line)
        if event is not None and question.fits(event) and has_text(line, question):
            yield line, event


def decoded(line: bytes) -> Event | None:
    try:
        return _EVENT.decode(line)
    except UNREADABLE:  # torn, or no event: `verify` tells
        return None


def has_text(line: bytes, question: Question) -> bool:
    """Whether the text asked for is in the line, upper or lower case."""
    if not question.text:
        return True
    escaped = msgspec.json.encode(question.folded)[1:-1].decode()
    return escaped in line.decode(errors="replace").casefold()


def candidates(block: bytes, question: Question) -> list[bytes]:
    """The lines of a block that may fit, in their order."""
    if not question.needles:
        return block.split(b"\n")[:-1]
    first, *others = question.needles
    places = _places(block, first[0]) if len(first) == 1 else (each.start() for each in _any_of(first).finditer(block))
    found, last = [], -1
    for at in places:
        start = block.rfind(b"\n", 0, at) + 1
        if start != last:
            found.append(block[start : block.find(b"\n", at)])
        last = start
    for other in others:
        found = [line for line in found if any(needle in line for needle in other)]
    return found


def _places(block: bytes, needle: bytes) -> Iterator[int]:
    """Where the bytes stand in whole lines, once in each."""
    at = block.find(needle)
    while at >= 0:
        yield at
        at = block.find(needle, block.find(b"\n", at))


@cache
def _any_of(needles: tuple[bytes, ...]) -> re.Pattern[bytes]:
    """One search for several, which are all of the same key: for one alone it would be the slower way."""
    key = len(needles[0].partition(b":")[0])
    return re.compile(needles[0][:key] + b"(?:%b)" % b"|".join(re.escape(needle[key:]) for needle in needles))


def follow(path: Path, question: Question, pause: Callable[[], None]) -> Iterator[Event]:
    """Events that fit as they are written, oldest first, for ever; `pause` is called between two looks."""
    last, seen = max((linked.seq for linked in _newest(path, 0)), default=0), _state(path)
    while True:
        pause()
        if (now := _state(path)) == seen:
            continue
        seen = now
        for linked, line in sorted(_newest(path, last).items()):
            last = linked.seq
            yield from (event for _, event in found_in(line + b"\n", question))


def _state(path: Path) -> tuple[int, ...]:
    """What changes when the log does."""
    try:
        told = path.stat()
    except FileNotFoundError:
        return ()
    return (told.st_ino, told.st_size, told.st_mtime_ns)


def _newest(path: Path, last: int) -> dict[chain.Link, bytes]:
    """The lines behind number `last`; for 0 those of the newest block, which is enough to know where the log ends."""
    found: dict[chain.Link, bytes] = {}
    for load in blocks(path, Question()):
        here = {linked: line for line in load().split(b"\n") if (linked := chain.place(line))}
        found |= {linked: line for linked, line in here.items() if linked.seq > last}
        if here and (not last or min(here).seq <= last + 1):
            break
    return found
