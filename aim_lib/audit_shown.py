"""Events and their counts as a person at a terminal reads them: a line each, by day, as wide as the terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .audit_segments import Event
from .reports import Look
from .reports.terminal import fitted, paint, plain, width_of

# Mark, the same without Unicode, and the colour of each severity; others have none of these.
SEVERITIES = {
    "debug": (" ", " ", "2"),
    "warning": ("!", "!", "33"),
    "error": ("✗", "x", "31"),
    "critical": ("✗", "x", "1;31"),
}
TYPE_COLUMNS = 18
ROWS = 14


def one_line(text: str) -> str:
    """The first line, with nothing in it that moves a cursor: tools' own words are in messages."""
    first = text.partition("\n")[0]
    return (
        first
        if first.isprintable()
        else "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in first)
    )


def day_of(event: Event, look: Look) -> str:
    """The line above the events of a day."""
    return paint(f"{one_line(event.timestamp[:10]) or 'no time'} UTC", "1", look)


def listed(events: Iterable[Event], look: Look, user: str, day: str | None = None) -> Iterator[str]:
    """A line for each event, and one above each but `day`; users are named who are not `user`, and who asked if no
    human did."""
    for event in events:
        if event.timestamp[:10] != day:
            day = event.timestamp[:10]
            yield day_of(event, look)
        yield line(event, look, user)


def line(event: Event, look: Look, user: str) -> str:
    fancy, simple, colour = SEVERITIES.get(event.severity, (" ", " ", ""))
    who = ", ".join(one_line(each) for each in (event.user, event.asked_by) if each not in ("", user, "human"))
    kind = one_line(event.event_type).ljust(TYPE_COLUMNS)
    who, told = f"  {who}" if who else "", one_line(event.message)
    if not look.has_unicode:
        kind, told, who = plain(kind), plain(told), plain(who)
    # Two columns, the time, two, the mark, one, the type, two.
    told = fitted(told, look.width - 16 - width_of(kind) - width_of(who), look)
    sign = paint(fancy if look.has_unicode else simple, colour, look)
    stamp = paint(one_line(event.timestamp[11:19]).ljust(8), "2", look)
    return f"  {stamp}  {sign} {paint(kind, colour, look)}  {told}{paint(who, '2', look)}".rstrip()


def chart(counts: Mapping[str, Mapping[str, int]], look: Look | None) -> Iterator[str]:
    """Counts of the most frequent values and of the last days; for a person, who has a `look`, with a bar each."""
    for kind, by in counts.items():
        order = sorted(by.items(), key=lambda pair: pair[0] if kind == "day" else (-pair[1], pair[0]))
        rows = order[-ROWS:] if kind == "day" else order[:ROWS]
        if rows:
            yield from _group(kind, rows, len(order) - len(rows), look)


def _group(kind: str, rows: list[tuple[str, int]], left_out: int, look: Look | None) -> Iterator[str]:
    if look is None:
        longest = max(len(name) for name, _ in rows)
        yield from (f"by {kind}", *(f"  {one_line(name):{longest}}  {count:>9}" for name, count in rows))
        return
    yield from (paint(f"by {kind}", "1", look), *_bars(rows, look))
    if left_out:
        yield paint(f"  and {left_out} more: --json has all", "2", look)
    yield ""


def _bars(rows: list[tuple[str, int]], look: Look) -> Iterator[str]:
    most = max(count for _, count in rows)
    names = [fitted(one_line(name) or "-", 30, look) for name, _ in rows]
    longest, digits = max(map(width_of, names)), len(f"{most:,}")
    room = min(40, look.width - longest - digits - 6)
    for name, (_, count) in zip(names, rows, strict=True):
        bar = ("█" if look.has_unicode else "#") * -(-count * room // most)
        yield f"  {name}{' ' * (longest - width_of(name))}  {count:>{digits},}  {paint(bar, '36', look)}".rstrip()
