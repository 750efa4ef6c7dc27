"""Events as other programs take them: a JSON list, JSON lines as they stand in the log, or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

import msgspec

from .audit_segments import Event

FORMATS = ("json", "jsonl", "csv")


def export(found: Iterable[tuple[bytes, Event]], form: str) -> Iterator[bytes]:
    """Pieces of the document, one for each event: a log may be larger than memory."""
    if form == "jsonl":
        return (line + b"\n" for line, _ in found)
    return _listed(line for line, _ in found) if form == "json" else _rows(event for _, event in found)


def _listed(lines: Iterable[bytes]) -> Iterator[bytes]:
    before = b"[\n"
    for line in lines:
        yield before + line
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _rows(events: Iterable[Event]) -> Iterator[bytes]:
    """Details as JSON in one column."""
    yield _row(list(Event.__struct_fields__))
    for event in events:
        told = msgspec.structs.asdict(event)
        yield _row([msgspec.json.encode(value).decode() if key == "details" else value for key, value in told.items()])


def _row(values: list[object]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue().encode()
