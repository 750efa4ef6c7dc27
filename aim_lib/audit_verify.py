"""Walks the chain of the event log over all its files and says what first breaks it, and how.

It finds accidents and edits of single lines. Who may write the log can make a whole new chain: an anchor, which is a
head of the chain kept elsewhere, shows that, and a log whose end was cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from . import audit_chain as chain
from . import audit_lock as lock
from .audit_blocks import read
from .audit_chain import Head
from .audit_counts import UNREADABLE
from .audit_lines import Break, Broken, Run, numbers, runs
from .errors import BadConfig
from .model import Frozen


class Verdict(Frozen, frozen=True):
    """What was found: the events of the chain, lines before it, torn lines that were kept aside, the first break.

    Not `is_whole`: it was told to stop on the way, and what it says is true as far as it came.
    """

    events: int
    head_seq: int
    head_hash: str
    unchained: int = 0
    torn: int = 0
    removed: int = 0
    first_break: Break | None = None
    is_whole: bool = True


class Anchor(Frozen, frozen=True):
    """A head of the chain, as it is kept elsewhere."""

    seq: int
    hash: str


class _Marker(msgspec.Struct):
    event_type: str = ""
    details: dict[str, object] = {}


class _Walk:
    """The chain as far as it was walked."""

    def __init__(self, path: Path, anchor: Anchor | None) -> None:
        self.path = path
        self.anchor = anchor
        self.head = chain.START
        self.before: tuple[Path, int] = (path, 0)
        self.events = self.unchained = self.torn = self.removed = 0
        self.loose: list[bytes] = []
        self.loose_at: tuple[Path, int] = (path, 0)
        self.first: chain.Link | None = None
        self.first_at: tuple[Path, int] = (path, 0)
        self.gone: list[Head] = []

    def take_all(self, run: Run) -> None:
        """Go over lines, most of which are the next of a chain that nothing else is to be said of."""
        for number, line in enumerate(run.lines, run.number):
            head = None if self.loose or b'"event_type":"log.' in line else chain.follow(line, self.head)
            if head is None or self.first is None or (self.anchor and head.seq == self.anchor.seq):
                self.take(line, (run.path, number))
            else:
                self.head, self.before, self.events = head, (run.path, number), self.events + 1

    def take(self, line: bytes, where: tuple[Path, int]) -> None:
        linked = chain.place(line)
        if linked is None:
            self.loose_at = self.loose_at if self.loose else where
            self.loose.append(line)
            return
        if not chain.is_whole(line):
            raise Broken("edit", where, f"event {linked.seq} was changed: its hash is another")
        if self.first is None:
            self.first, self.first_at = linked, where
            if linked.seq > 1:  # what came before may have been removed on purpose: an event tells
                self.head = Head(linked.seq - 1, linked.prev)
        self._follow(linked, line, where)
        self.head, self.before, self.events = linked.head, where, self.events + 1
        if self.anchor and linked.seq == self.anchor.seq and linked.hash != self.anchor.hash:
            raise Broken("edit", where, f"event {linked.seq} is not the one of the anchor: the chain was made anew")

    def _follow(self, linked: chain.Link, line: bytes, where: tuple[Path, int]) -> None:
        marker = _marker(line)
        if linked.prev != self.head.hash or (linked.seq != self.head.seq + 1 and marker.event_type != "log.cut"):
            raise self._gap(linked, where)
        if self.loose:
            self._seal(marker)
        if marker.event_type == "log.cut":
            text = (
                f"events up to {marker.details.get('expected_seq')} were cut off or changed, as event {linked.seq} says"
            )
            raise Broken("deletion", where, text)
        self.torn += marker.event_type == "log.torn"
        if marker.event_type == "log.removed":
            self.removed += int(str(marker.details.get("events", 0)))
            self.gone.append(
                Head(int(str(marker.details.get("last_seq", 0))), str(marker.details.get("last_hash", "")))
            )

    def _gap(self, linked: chain.Link, where: tuple[Path, int]) -> Broken:
        expected = self.head.seq + 1
        if linked.seq == expected:
            return Broken(
                "edit", self.before, f"event {linked.seq} follows another event {self.head.seq} than this one"
            )
        if linked.seq < expected or expected in numbers(self.path):
            return Broken("reordering", where, f"event {linked.seq} stands where event {expected} should")
        last = f" to {linked.seq - 1}" if linked.seq - 1 > expected else ""
        return Broken("deletion", where, f"before it, event {expected}{last} is missing")

    def _seal(self, marker: _Marker) -> None:
        """Lines without a chain count as what was there before it; anywhere else they were put in, or damaged."""
        content = b"".join(line + b"\n" for line in self.loose)
        is_told = marker.event_type == "log.continued"
        if not is_told or marker.details.get("sha256") != sha256(content).hexdigest():
            kind = "edit" if is_told or len(self.loose) == 1 else "insertion"
            raise Broken(kind, self.loose_at, "the line is no event of the chain: damaged, changed or put in")
        if self.events:
            raise Broken("insertion", self.loose_at, "lines without a chain were put between events")
        self.unchained += len(self.loose)
        self.loose = []

    def finish(self, torn: bytes, noted: Head | None) -> None:
        """At the end of the log."""
        if torn:
            where = (self.path, self.before[1] + len(self.loose) + 1)
            if chain.place(torn) and chain.is_whole(torn):
                self.take(torn, where)  # only its newline is missing
            else:
                text = "the last line was cut short while it was written; the next event keeps it aside"
                raise Broken("torn", where, text)
        if self.loose and self.events:
            raise Broken("edit", self.loose_at, "the line is no event of the chain: damaged, changed or put in")
        self.unchained += len(self.loose)
        self._see_beginning()
        for known, who in ((self.anchor, "the anchor"), (noted, "the lock file")):
            if known and known.seq > self.head.seq:
                text = f"the log ends with event {self.head.seq}, {who} knows event {known.seq}: its end was cut off"
                raise Broken("deletion", self.before, text)
            if known and known.seq == self.head.seq and known.hash != self.head.hash:
                raise Broken("edit", self.before, f"event {known.seq} is not the one that {who} knows")

    def _see_beginning(self) -> None:
        if self.first and self.first.seq > 1 and Head(self.first.seq - 1, self.first.prev) not in self.gone:
            text = f"the log begins with event {self.first.seq}: what came before is missing"
            raise Broken("deletion", self.first_at, text)


def verify(path: Path, anchor: Anchor | None = None, is_over: Callable[[], bool] | None = None) -> Verdict:
    """Walk the log at `path` with its segments, oldest first. A log that is not there has no events, and holds.

    `is_over` is asked on the way, and ends the walk when it says so.
    """
    walk, found, is_whole = _Walk(path, anchor), None, True
    noted = lock.noted_in(path.parent)  # before the walk: what is written meanwhile comes on top
    try:
        torn = b""
        for run in runs(path):
            if is_over is not None and is_over():
                is_whole = False
                break
            walk.take_all(run)
            torn = run.torn
        if is_whole:
            walk.finish(torn, noted)
    except Broken as broken:
        found = broken.found
    return Verdict(
        events=walk.events,
        head_seq=walk.head.seq,
        head_hash=walk.head.hash,
        unchained=walk.unchained,
        torn=walk.torn,
        removed=walk.removed,
        first_break=found,
        is_whole=is_whole,
    )


def verify_newest(path: Path) -> Verdict:
    """The newest file alone: whether its lines are whole and follow each other. One that is not there holds.

    Takes as long as one file, however long the log is; what only the whole can show, `verify` finds.
    """
    walk, found = _Walk(path, None), None
    try:
        for number, line in enumerate(read(path).split(b"\n")[:-1], 1):
            walk.take(line, (path, number))
    except Broken as broken:
        found = broken.found
    return Verdict(events=walk.events, head_seq=walk.head.seq, head_hash=walk.head.hash, first_break=found)


def _marker(line: bytes) -> _Marker:
    if b'"event_type":"log.' not in line:
        return _Marker()
    try:
        return msgspec.json.decode(line, type=_Marker)
    except UNREADABLE:
        return _Marker()


def read_anchor(path: Path) -> Anchor | None:
    """The head kept in a file; None when there is no file. Raises BadConfig when it is no anchor."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Anchor)
    except FileNotFoundError:
        return None
    except (OSError, *UNREADABLE) as error:
        raise BadConfig(f"{path} is no anchor of the event log", remedy="name a file of its own for it") from error


def anchor_text(verdict: Verdict) -> str:
    told: Mapping[str, object] = {"seq": verdict.head_seq, "hash": verdict.head_hash}
    return msgspec.json.encode(told).decode() + "\n"
