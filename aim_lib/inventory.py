"""What is installed: asks every resource, side by side, from disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import catalog, plugins
from .host import Host
from .kinds import is_shared
from .model import Present
from .resources import PARTS, Options, Resource
from .together import ask_together

PACKAGE = "aim_lib.resources"


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything found, by id (`kind:name`), and the resources that were asked, by kind."""

    present: Mapping[str, Present]
    resources: Mapping[str, Resource]

    @property
    def bin_folders(self) -> tuple[Path, ...]:
        """Every folder our tools' commands live in, without repeats; not the system's own, which come last on PATH."""
        ours = (resource for kind, resource in self.resources.items() if not is_shared(kind))
        folders = (folder for resource in ours for folder in resource.bin_folders)
        return tuple(dict.fromkeys(folders))

    @property
    def command_folders(self) -> dict[str, Path]:
        """Where each kind's commands lie."""
        return {kind: resource.bin_folders[0] for kind, resource in self.resources.items() if resource.bin_folders}


def open_resources(host: Host, options: Options, kinds: Iterable[str] | None = None) -> dict[str, Resource]:
    """The resources of `kinds` (default: all there are), by kind."""
    names = catalog.table(PACKAGE) if kinds is None else kinds
    return {name: _opened(name, host, options) for name in sorted(set(names))}


def take_inventory(host: Host, options: Options, kinds: Iterable[str] | None = None) -> Inventory:
    """Ask every resource what is there; a few milliseconds, no program is started.

    A kind that is the whole machine's lists hundreds of things: it is asked only where one of them is in
    `options.names`, or nobody knows which count.
    """
    resources = open_resources(host, options, kinds)
    theirs = catalog.added(PACKAGE)
    asked = {kind: one for kind, one in resources.items() if _is_asked(kind, options.names)}
    questions = [_blaming(one.find, theirs[kind]) if kind in theirs else one.find for kind, one in asked.items()]
    found = [each for answer in ask_together(questions) for each in answer]
    own = str(Path(host.python).parent.parent)
    return Inventory({present.id: present for present in found if present.where != own}, resources)


def _opened(kind: str, host: Host, options: Options) -> Resource:
    module, plugin = catalog.load(PACKAGE, kind), catalog.added(PACKAGE).get(kind)
    if plugin is None:
        return module.open(host, options)  # type: ignore[no-any-return]
    with plugins.answering_for(plugin):
        opened: Resource = module.open(host, options)
        lacking = [part for part in PARTS if not hasattr(opened, part)]
    if lacking:
        raise plugins.unusable([f"{plugin}: what its open returns has no {', '.join(lacking)}"])
    return opened


def _blaming(find: Callable[[], tuple[Present, ...]], plugin: plugins.Plugin) -> Callable[[], tuple[Present, ...]]:
    def found() -> tuple[Present, ...]:
        with plugins.answering_for(plugin):
            return find()

    return found


def _is_asked(kind: str, names: frozenset[str] | None) -> bool:
    return names is None or not is_shared(kind) or any(name.startswith(f"{kind}:") for name in names)
