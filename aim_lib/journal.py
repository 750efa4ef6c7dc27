"""What a changing run is in the middle of, on disk before it happens, so that a killed run can be told and finished."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from . import files, processes
from .model import Change, Frozen

RUN_VARIABLE = "AIM_RUN"
JOURNAL, OWNED, INSTALLED, PROJECTS = "journal.jsonl", "owned.json", "installed.json", "projects.json"


class Installed(Frozen, frozen=True):
    """What we last made of one thing: its version on disk then, when, and by which command."""

    version: str
    when: str = ""
    run: str = ""


class Unfinished(Frozen, frozen=True):
    """What a run that never ended had begun: its command, the changes it was in, and its children that still live."""

    command: str
    since: str
    changes: tuple[str, ...]
    children: tuple[int, ...]


@dataclass(slots=True)
class Journal:
    """The journal of one state folder. Exists on disk only while a run changes things, or after one was killed."""

    folder: Path
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, command: str, since: str, run: str = "") -> None:
        """Start a run; `run` is the mark that every program it starts carries in its environment as AIM_RUN."""
        (self.folder / JOURNAL).unlink(missing_ok=True)
        self._add(event="begin", command=command, since=since, run=run)

    def start(self, change: Change) -> None:
        self._add(event="start", id=change.id, have=change.have, want=change.want)

    def child(self, pid: int, started: float) -> None:
        self._add(event="child", pid=pid, started=started)

    def done(self, change: Change) -> None:
        self._add(event="done", id=change.id)

    def undone(self, change: Change) -> None:
        """A change that failed alone is put back, and the run goes on."""
        self._add(event="undone", id=change.id)

    def end(self) -> None:
        """The run ended by itself, well or not: nothing is left for the next one to find."""
        (self.folder / JOURNAL).unlink(missing_ok=True)

    def is_open(self) -> bool:
        """Whether a run is changing things now, or was killed while it did."""
        return (self.folder / JOURNAL).exists()

    def unfinished(self) -> Unfinished | None:
        """What the last run left, or None. Call it under the machine lock, so that the run is surely over."""
        events = list(self._events())
        if not events:
            return None
        begun = next((event for event in events if event.get("event") == "begin"), {})
        done = {event.get("id") for event in events if event.get("event") in ("done", "undone")}
        started = [str(event["id"]) for event in events if event.get("event") == "start"]
        children = [event for event in events if event.get("event") == "child"]
        known = [int(child["pid"]) for child in children if processes.is_alive(child["pid"], child["started"])]
        # A child may have died and left one of its own, or been started in the moment before it could be noted.
        loose = processes.marked(RUN_VARIABLE, str(begun["run"])) if begun.get("run") else ()
        return Unfinished(
            command=str(begun.get("command", "a run")),
            since=str(begun.get("since", "an unknown time")),
            changes=tuple(change for change in dict.fromkeys(started) if change not in done),
            children=tuple(dict.fromkeys((*known, *loose))),
        )

    def owned(self) -> frozenset[str]:
        """Ids of everything we installed ourselves: only that may ever be pruned."""
        try:
            return frozenset(msgspec.json.decode((self.folder / OWNED).read_bytes(), type=list[str]))
        except (OSError, msgspec.DecodeError):
            return frozenset()

    def own(self, added: Iterable[str], removed: Iterable[str]) -> None:
        before = self.owned()
        after = (before | set(added)) - set(removed)
        if after != before:
            files.write_json(self.folder / OWNED, sorted(after))

    def projects(self) -> tuple[Path, ...]:
        """Every `aim.toml` of a project whose tools were brought about on this machine, also what is gone since."""
        try:
            listed = msgspec.json.decode((self.folder / PROJECTS).read_bytes(), type=list[str])
        except (OSError, msgspec.DecodeError):
            return ()
        return tuple(Path(each) for each in listed)

    def remember_project(self, file: Path) -> None:
        """One more of them; those that are gone are forgotten with that."""
        before = self.projects()
        if file not in before:
            kept = sorted({file, *(each for each in before if each.is_file())})
            files.write_json(self.folder / PROJECTS, [str(each) for each in kept])

    def installed(self) -> Mapping[str, Installed]:
        """What we installed and when, by id; what somebody else has since made of it is not in it."""
        try:
            return msgspec.json.decode((self.folder / INSTALLED).read_bytes(), type=dict[str, Installed])
        except (OSError, msgspec.DecodeError):
            return {}

    def note(self, now: Mapping[str, str], when: str, run: str) -> None:
        """Keep what a run left: `now` is the version by id, "" for what it removed."""
        if not now:
            return
        added = {key: Installed(version=version, when=when, run=run) for key, version in now.items() if version}
        kept = {key: entry for key, entry in self.installed().items() if key not in now}
        files.write_json(self.folder / INSTALLED, {key: {**kept, **added}[key] for key in sorted({**kept, **added})})

    def _add(self, **event: Any) -> None:
        with self._mutex:
            files.append_line(self.folder / JOURNAL, msgspec.json.encode(event).decode())

    def _events(self) -> Iterable[Mapping[str, Any]]:
        try:
            lines = (self.folder / JOURNAL).read_bytes().splitlines()
        except OSError:
            return
        for line in lines:
            try:
                yield msgspec.json.decode(line, type=dict[str, Any])
            except msgspec.DecodeError:  # the line that was being written when the run was killed
                continue
