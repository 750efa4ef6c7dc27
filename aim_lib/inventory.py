"""What is installed: asks every resource, side by side, from disk."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import catalog
from .host import Host
from .model import Present
from .resources import Options, Resource

PACKAGE = "aim_lib.resources"


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything found, by id (`kind:name`), and the resources that were asked, by kind."""

    present: Mapping[str, Present]
    resources: Mapping[str, Resource]

    @property
    def bin_folders(self) -> tuple[Path, ...]:
        """Every folder our tools' commands live in, without repeats."""
        folders = (folder for resource in self.resources.values() for folder in resource.bin_folders)
        return tuple(dict.fromkeys(folders))


def open_resources(host: Host, options: Options, kinds: Iterable[str] | None = None) -> dict[str, Resource]:
    """The resources of `kinds` (default: all there are), by kind."""
    names = catalog.members(PACKAGE) if kinds is None else kinds
    return {name: catalog.load(PACKAGE, name).open(host, options) for name in sorted(set(names))}


def take_inventory(host: Host, options: Options, kinds: Iterable[str] | None = None) -> Inventory:
    """Ask every resource what is there; a few milliseconds, no program is started."""
    resources = open_resources(host, options, kinds)
    found = _ask_all(tuple(resources.values()))
    own = str(Path(host.python).parent.parent)
    return Inventory({present.id: present for present in found if present.where != own}, resources)


def _ask_all(resources: tuple[Resource, ...]) -> list[Present]:
    # Plain threads: a slow home (NFS) is waited for once, and concurrent.futures would cost more than it saves.
    answers: list[tuple[Present, ...] | Exception] = [()] * len(resources)

    def ask(place: int) -> None:
        try:
            answers[place] = resources[place].find()
        except Exception as error:  # noqa: BLE001 - thread boundary: raised again below
            answers[place] = error

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(resources))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found: list[Present] = []
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
        found.extend(answer)
    return found
