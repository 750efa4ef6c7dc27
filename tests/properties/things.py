"""A kind of managed thing for tests of planning and applying: real folders, real steps, troubles on request."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from aim_lib.journal import Journal
from aim_lib.model import Copy, Delete, Lane, Present, Run, Step, Wanted, Write
from aim_lib.plan import World
from aim_lib.proc import Runner
from aim_lib.resources import Diagnosis, Steps, subfolders
from aim_lib.steps import Doer, Event
from aim_lib.versions import accepts
from tests.fakes import audit, host, stub

AVAILABLE = ("1.0", "2.0", "3.0")
SYSTEM_PATH = "/usr/bin:/bin"
INSTALLER = 'mkdir -p "$1" && printf "%s" "$2" > "$1/version" && printf "%s" "$3" > "$1/payload"'


@dataclass(frozen=True, slots=True)
class Order:
    """How a thing is installed: by a program or by writing files, which file first, and what goes wrong.

    `trouble` is one of TROUBLES or "", and strikes before the step at `place`.
    """

    by_program: bool = False
    payload_first: bool = False
    trouble: str = ""
    place: int = 0


UNLOCKED = "a file is not the locked one"
TROUBLES = ("a program fails", "a file is in the way", "it arrives broken", "nothing happens", UNLOCKED)
ANOTHER = "another version arrives"  # no trouble where any version will do


@dataclass(slots=True)
class Things:
    """A Resource whose tools are folders: `ROOT/KIND/NAME/version` says which, `payload` lies beside it."""

    kind: str
    root: Path
    width: int = 2
    orders: Mapping[str, Order] = field(default_factory=dict)
    needs: Wanted | None = None
    unsuitable: str = ""
    is_off: bool = False
    notes: tuple[str, ...] = ()
    understand: Callable[[str], Diagnosis] = lambda _output: Diagnosis(cause="unknown", message="no", remedy="look")

    @property
    def lane(self) -> Lane:
        return Lane(name=self.kind, width=self.width)

    @property
    def folder(self) -> Path:
        return self.root / "things" / self.kind

    @property
    def bin_folders(self) -> tuple[Path, ...]:
        return (self.root / "bin",)

    def prerequisite(self) -> Wanted | None:
        return self.needs

    def find(self) -> tuple[Present, ...]:
        return tuple(self._read(folder) for folder in subfolders(self.folder))

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        fitting = [known for known in AVAILABLE if accepts("pypi", wanted.request, known)]
        order = self.orders.get(wanted.name, Order())
        return Steps(do=self._install(wanted.name, version or fitting[-1], order), undo=self._restore(wanted.name))

    def remove(self, have: Present) -> Steps:
        return Steps(do=(Delete(path=have.where),), undo=self._restore(have.name))

    def diagnose(self, output: str) -> Diagnosis:
        return self.understand(output)

    def plant(self, name: str, version: str) -> None:
        """Have `name` there, with a payload that only it has."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        (folder / "version").write_text(version, encoding="utf-8")
        (folder / "payload").write_text(f"as it was: {name} {version}", encoding="utf-8")

    def _install(self, name: str, version: str, order: Order) -> tuple[Step, ...]:
        if order.trouble == "nothing happens":
            return ()
        if order.trouble == "it arrives broken":
            return (Delete(path=str(self.folder / name / "payload")), *self._install(name, version, Order())[:1])
        arriving = "0.1" if order.trouble == ANOTHER else version
        folder, payload = self.folder / name, f"new: {name} {arriving}"
        files: list[Step] = [
            Write(path=str(folder / "version"), text=arriving),
            Write(path=str(folder / "payload"), text=payload),
            self._copy(name, sha256(f"#!/bin/sh\n{INSTALLER}\n".encode()).hexdigest()),
        ]
        by_program: list[Step] = [Run(argv=(str(self.root / "bin" / "installer"), str(folder), arriving, payload))]
        steps = by_program if order.by_program else files[:: -1 if order.payload_first else 1]
        trouble = self._trouble(name, order.trouble)
        place = min(order.place, len(steps))
        return (*steps[:place], *trouble, *steps[place:])

    def _trouble(self, name: str, trouble: str) -> tuple[Step, ...]:
        if trouble == UNLOCKED:
            return (self._copy(name, "0" * 64),)
        if trouble == "a program fails":
            return (Run(argv=(str(self.root / "bin" / "broken"),)),)
        if trouble == "a file is in the way":
            return (Write(path=str(self.root / "bin" / "installer" / "below-a-file"), text=""),)
        return ()

    def _copy(self, name: str, hash_: str) -> Copy:
        source = self.root / "bin" / "installer"
        return Copy(source=str(source), path=str(self.folder / name / "locked"), sha256=hash_)

    def _restore(self, name: str) -> tuple[Step, ...]:
        folder = self.folder / name
        if not folder.exists():
            return (Delete(path=str(folder)),)
        kept = sorted(path for path in folder.iterdir() if path.is_file())
        return (
            Delete(path=str(folder)),
            *(Write(path=str(path), text=path.read_text(encoding="utf-8")) for path in kept),
        )

    def _read(self, folder: Path) -> Present:
        try:
            version = (folder / "version").read_text(encoding="utf-8")
        except OSError:  # absent, or just being replaced by another change
            version = ""
        flaw = "" if version and (folder / "payload").exists() else "half of it is missing"
        return Present(kind=self.kind, name=folder.name, version=version, where=str(folder), flaw=flaw)


@dataclass(slots=True)
class Watch:
    """Hears the events of a run: what happened in which order, and the most changes of a lane at once."""

    log: list[tuple[str, str]] = field(default_factory=list)
    running: Counter[str] = field(default_factory=Counter)
    peak: dict[str, int] = field(default_factory=dict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, event: Event) -> None:
        lane = event.change.lane.name
        with self._mutex:
            self.log.append((event.kind, event.change.id))
            if event.kind in ("start", "done", "failed"):
                self.running[lane] += 1 if event.kind == "start" else -1
            self.peak[lane] = max(self.peak.get(lane, 0), self.running[lane])


def programs(root: Path) -> None:
    """The stubs that things are installed with."""
    stub(root / "bin", "installer", INSTALLER)
    stub(root / "bin", "broken", "echo out of luck >&2; exit 1")


def doer(root: Path, *resources: Things, **more: object) -> Doer:
    """A Doer with a real runner, journal and event log below `root`; `more` overrides its fields."""
    fields: dict[str, object] = {
        "host": host(home=root, env={"PATH": SYSTEM_PATH}),
        "runner": Runner(grace_s=2.0),
        "resources": {resource.kind: resource for resource in resources},
        "ecosystems": {resource.kind: "pypi" for resource in resources},
        "audit": audit(root / "logs"),
        "journal": Journal(root / "state"),
        "pause": lambda _seconds: None,
    }
    return Doer(**{**fields, **more})  # type: ignore[arg-type]


def world(*resources: Things) -> World:
    """What is really there now."""
    return World(
        present={present.id: present for resource in resources for present in resource.find()},
        resources={resource.kind: resource for resource in resources},
        ecosystems={resource.kind: "pypi" for resource in resources},
    )


def tree(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below `root`, hidden ones too, by its path: permission bits and content; folders have none."""
    found = {}
    for path in sorted(root.rglob("*")):
        content = b"" if path.is_dir() else path.read_bytes()
        found[str(path.relative_to(root))] = (path.stat().st_mode & 0o777 if path.is_file() else 0, content)
    return found
