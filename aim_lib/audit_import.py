"""Reads the logs of the predecessors: a file for each event in a folder for each day, in two layouts, and JSON lines.

What a tool was given and what it answered is left out: both were written down unmasked. Their times are mended: an
offset with a Z behind it, seven digits of a second, local time, .NET's dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from .host import iso
from .model import Frozen

LONGEST = 500  # characters of a message that are kept


class Old(Frozen, frozen=True):
    """One event of an old log; `source` tells it from every other, so that none is taken twice."""

    event_type: str
    timestamp: str
    severity: str
    message: str
    details: Mapping[str, Any]
    source: str


class Found(Frozen, frozen=True):
    """What was read, oldest first, and what could not be, with the reason."""

    events: tuple[Old, ...]
    refused: tuple[str, ...] = ()


def read(place: Path) -> Found:
    """Every event below `place`, or in it when it is a file."""
    files = sorted(path for path in place.rglob("*.json*") if not path.is_dir()) if place.is_dir() else [place]
    events: list[Old] = []
    refused: list[str] = []
    for path in files:
        try:
            documents = list(_documents(path))
        except OSError as error:
            refused.append(f"{path}: {error.strerror}")
            continue
        for where, text in documents:
            try:
                event = parse(msgspec.json.decode(text, type=dict[str, Any]), path.name, text)
            except ValueError as error:  # msgspec's own errors, and times that are none
                refused.append(f"{where}: {error}")
            else:
                events.append(event)
    return Found(events=tuple(sorted(events, key=lambda event: event.timestamp)), refused=tuple(refused))


def _documents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Each document of a file with its place; empty lines, which one of them wrote between events, are none."""
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if path.suffix == ".json":
        yield str(path), content
        return
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            yield f"{path}:{number}", line


def parse(document: Mapping[str, Any], name: str, text: bytes) -> Old:
    """One event, by the fields it has. Raises ValueError for one of no layout that is known."""
    source = sha256(name.encode() + b"\0" + text.strip()).hexdigest()[:32]
    if "event_type" in document:
        return _of_aim(document, source)
    if "tool_id" in document or "input" in document:
        return _of_call(document, source)
    if "TimeCreated" in document:
        return _of_alert(document, source)
    raise ValueError("it is no event of a layout that is known")


def _of_aim(document: Mapping[str, Any], source: str) -> Old:
    details = document.get("details")
    return Old(
        event_type=str(document["event_type"]),
        timestamp=mended(document.get("timestamp")),
        severity=str(document.get("severity") or "info"),
        message=str(document.get("message", ""))[:LONGEST],
        details={**(details if isinstance(details, dict) else {}), "actor": str(document.get("user", ""))},
        source=source,
    )


def _of_call(document: Mapping[str, Any], source: str) -> Old:
    """A tool that was called: of the steward, with `action` and `input`, or of the bridge, with `tool_id`."""
    given = document.get("input") if isinstance(document.get("input"), dict) else {}
    result = document.get("result") if isinstance(document.get("result"), dict) else {}
    tool = str(document.get("tool_id") or (given or {}).get("tool") or "")
    capability = str(document.get("capability") or (given or {}).get("capability") or "")
    is_well = bool((result or {}).get("success"))
    told = {"tool": tool, "capability": capability, "success": is_well, "actor": str(document.get("actor", ""))}
    more = {"action": document.get("action"), "error_code": document.get("errorCode")}
    said = str((result or {}).get("message") or "")
    return Old(
        event_type="tool_invoke",
        timestamp=mended(document.get("timestamp")),
        severity="info" if is_well else "error",
        message=f"{tool} {capability}: {said}"[:LONGEST].strip(),
        details={**told, **{key: value for key, value in more.items() if isinstance(value, str | int)}},
        source=source,
    )


def _of_alert(document: Mapping[str, Any], source: str) -> Old:
    """A file that Windows saw somebody open (its event 4663); a record of -1 was a test."""
    what, who = str(document.get("ObjectName", "")), str(document.get("ProcessName", ""))
    is_test = document.get("RecordId") == -1
    return Old(
        event_type="alert.file_access",
        timestamp=mended(document["TimeCreated"]),
        severity="info" if is_test else "warning",
        message=f"{who or 'somebody'} opened {what}"[:LONGEST],
        details={"file": what, "program": who, "actor": str(document.get("SubjectUser", "")), "is_test": is_test},
        source=source,
    )


def mended(stamp: object) -> str:
    """An old time as ours, in UTC; one without a zone is taken for UTC. Raises ValueError."""
    text = str(stamp or "").strip()
    ticks = re.fullmatch(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/", text)
    if ticks:
        return iso(datetime.fromtimestamp(int(ticks[1]) / 1000, UTC))
    text = re.sub(r"([+-]\d\d:?\d\d)Z$", r"\1", text)
    text = re.sub(r"(\.\d{6})\d+", r"\1", text)
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time") from None
    return iso((told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC))
