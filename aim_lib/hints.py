"""Who tells early that something has changed, as far as the system can; nobody has to, for the sweep sees it too."""

from __future__ import annotations

import select
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from . import inotify
from .host import Host
from .inotify import Told
from .quantities import counted

SLICE_S = 0.5  # so often a wait looks up: where a lock cannot be interrupted, Ctrl-C is heard then
STEP_MS = 10


class Hints(Protocol):
    """What every one of them has."""

    def add(self, folder: str) -> None: ...

    def remove(self, folder: str) -> None: ...

    def wait(self, seconds: float) -> Told:
        """Wait until something is told, for so long at most. Ctrl-C and SIGTERM end it as exceptions."""
        ...

    def again(self) -> None:
        """Try once more to hear of what is not heard, as far as there is room now."""
        ...

    def notes(self) -> tuple[str, ...]:
        """What of the folders is not heard, and why; a line each."""
        ...

    def close(self) -> None: ...


@dataclass(slots=True)
class ByInotify:
    """Linux. `detailed` are folders of which the content of files counts, too."""

    instance: inotify.Inotify
    detailed: frozenset[str] = frozenset()

    def add(self, folder: str) -> None:
        self.instance.add(folder, inotify.CONTENTS if folder in self.detailed else 0)

    def remove(self, folder: str) -> None:
        if folder not in self.detailed:
            self.instance.remove(folder)

    def wait(self, seconds: float) -> Told:
        ready, _, _ = select.select([self.instance.handle], [], [], max(0.0, seconds))
        return self.instance.read() if ready else Told()

    def again(self) -> None:
        for folder in sorted(self.instance.unwatched):
            before = len(self.instance.unwatched)
            self.instance.add(folder)
            if len(self.instance.unwatched) == before:
                return

    def notes(self) -> tuple[str, ...]:
        missed = len(self.instance.unwatched)
        if not missed:
            return ()
        allowed = self.instance.most or inotify.limits().get("max_user_watches", 0)
        told = f"{counted(missed, 'folder is', 'folders are')} not watched, the limit of {allowed} is reached"
        return (f"{told}; sweeps see to it. raise it: sudo sysctl fs.inotify.max_user_watches=524288",)

    def close(self) -> None:
        self.instance.close()


@dataclass(slots=True)
class ByWatchfiles:
    """macOS and Windows: the kernel watches whole trees. What it says is put down by a thread."""

    roots: tuple[str, ...]
    library: Any
    heard: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    folders: set[str] = field(default_factory=set)
    guard: threading.Lock = field(default_factory=threading.Lock)
    flaw: str = ""

    def start(self) -> ByWatchfiles:
        threading.Thread(target=self._listen, name="watchfiles", daemon=True).start()
        return self

    def add(self, folder: str) -> None:
        """The whole tree is watched."""

    def remove(self, folder: str) -> None:
        """The whole tree is watched."""

    def wait(self, seconds: float) -> Told:
        _sleep(self.heard, seconds)
        with self.guard:
            self.heard.clear()
            folders, self.folders = self.folders, set()
        return Told(folders)

    def again(self) -> None:
        """There is no more to hear."""

    def notes(self) -> tuple[str, ...]:
        return (f"the system tells nothing of changes ({self.flaw}); the sweep sees them",) if self.flaw else ()

    def close(self) -> None:
        self.ended.set()

    def _listen(self) -> None:
        try:
            heard = self.library.watch(
                *(root for root in self.roots if Path(root).is_dir()),
                watch_filter=None,
                step=STEP_MS,
                stop_event=self.ended,
                raise_interrupt=False,
            )
            for changes in heard:
                with self.guard:
                    self.folders |= {str(Path(path).parent) for _, path in changes}
                    self.heard.set()
        except Exception as error:  # noqa: BLE001 - a thread's boundary: hints are not needed, and their end is told
            self.flaw = f"{type(error).__name__}: {error}"


@dataclass(slots=True)
class ByNobody:
    """The sweep alone."""

    why: str = ""
    never: threading.Event = field(default_factory=threading.Event)

    def add(self, folder: str) -> None:
        """Nobody watches."""

    def remove(self, folder: str) -> None:
        """Nobody watches."""

    def wait(self, seconds: float) -> Told:
        _sleep(self.never, seconds)
        return Told()

    def again(self) -> None:
        """There is no more to hear."""

    def notes(self) -> tuple[str, ...]:
        return (f"the system tells nothing of changes ({self.why}); the sweep sees them",) if self.why else ()

    def close(self) -> None:
        """There is nothing to close."""


def for_host(
    host: Host, roots: Iterable[str], detailed: Iterable[str] = (), *, contents: bool = False, most: int = 0
) -> Hints:
    """The best there is here. `contents`: changes in files count everywhere, not only in the folders `detailed`.

    `most`: at most so many folders are watched, where each takes a watch; 0: as many as the system allows.
    """
    if host.system == "linux":
        found = inotify.start(most, mask=inotify.CONTENTS if contents else inotify.NAMES)
        if found is None:
            return ByNobody("no inotify, or all instances of it are taken: fs.inotify.max_user_instances")
        return ByInotify(found, frozenset(detailed))
    try:
        library = import_module("watchfiles")
    except ImportError:
        return ByNobody("watchfiles is not installed")
    return ByWatchfiles((*roots, *detailed), library).start()


def _sleep(event: threading.Event, seconds: float) -> None:
    left = seconds
    while left > 0 and not event.wait(min(left, SLICE_S)):
        left -= SLICE_S
