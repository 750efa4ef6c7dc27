"""Kinds of managed things, one file each: where they live, what is there, and the steps that change them.

A member defines `IS_TOOL`, `ECOSYSTEM`, and `open(host, options)` returning a `Resource`; where it applies also
`PLATFORMS`, the systems it exists on, and `IS_SHARED`, for things of the whole machine. Resources read the disk and
return steps; they never run a program and never change anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from .. import offline
from ..errors import CommandFailed
from ..host import Host
from ..model import Change, Delete, Frozen, Lane, Present, Run, Step, Wanted
from ._disk import command_flaw as command_flaw
from ._disk import links_into as links_into
from ._disk import read_json as read_json
from ._disk import subfolders as subfolders
from ._failures import DISK_FULL as DISK_FULL
from ._failures import NETWORK as NETWORK
from ._failures import Diagnosis as Diagnosis
from ._failures import diagnose as diagnose
from ._failures import without_network as without_network


class Options(Frozen, frozen=True):
    """What a resource may know of the configuration.

    `has_sudo` is whether sudo runs programs without asking. `names` are the ids that somebody asks for, None when that
    is not known: a resource that finds all of a system need not look closely at the rest. `layouts` are the declared
    ones, by id.
    """

    node: str = "auto"
    node_version: str = ""
    timeout_s: float = 900.0
    has_sudo: bool = False
    names: frozenset[str] | None = None
    offline: bool = False
    layouts: Mapping[str, str] = {}


class Steps(Frozen, frozen=True):
    """How to get from what is there to what is wanted, and back.

    `by_hand` is "" when the steps may be done here; else we lack the rights, and it is the command for the user.
    """

    do: tuple[Step, ...]
    undo: tuple[Step, ...]
    by_hand: str = ""


class Batch(Frozen, frozen=True):
    """Several changes at once: steps for all of them, which leave nothing behind when they fail, then those of each."""

    together: tuple[Step, ...]
    alone: tuple[tuple[Step, ...], ...]


class Locking(Frozen, frozen=True):
    """How a resource makes the file that gives the same bits again: `steps` leave it at `made`.

    `name` is what it is called among the companions of `aim.lock`, relative to their folder. No steps: it is there.
    """

    steps: tuple[Step, ...]
    made: str
    name: str


class Managed(Protocol):
    """As much of a kind as applying must know: what is there, and what a failure means."""

    @property
    def bin_folders(self) -> tuple[Path, ...]: ...

    def find(self) -> tuple[Present, ...]: ...

    def diagnose(self, output: str) -> Diagnosis: ...


class Resource(Protocol):
    """One kind on one machine. `unsuitable` is why it cannot be used here, or ""; `notes` are for the user.

    It may also have a `remedy`: what to type so that it can be used, "" where nothing does it.
    """

    @property
    def lane(self) -> Lane: ...
    @property
    def unsuitable(self) -> str: ...
    @property
    def is_off(self) -> bool:
        """Switched off by the user's own choice: its tools are neither installed nor missed."""
        ...

    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def bin_folders(self) -> tuple[Path, ...]:
        """Folders that must be on PATH for what it installs to work, the first holding its commands."""
        ...

    def prerequisite(self) -> Wanted | None:
        """Something that must be there before this kind can install anything."""
        ...

    def find(self) -> tuple[Present, ...]:
        """Everything of this kind that is installed, sorted by name, read from disk."""
        ...

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        """Steps to `version` ("" means the newest that fits the request). Raises an AimError when it cannot be had."""
        ...

    def remove(self, have: Present) -> Steps: ...

    def diagnose(self, output: str) -> Diagnosis:
        """What a failed step's output means."""
        ...


# What every Resource has, for members that come from elsewhere and that no type checker has seen.
PARTS = ("lane", "unsuitable", "is_off", "notes", "bin_folders", "prerequisite", "find", "change", "remove", "diagnose")


@runtime_checkable
class Locks(Protocol):
    """A resource that can lock more than a version."""

    def locking(self, wanted: Wanted, have: Present | None, version: str, folder: Path) -> Locking | None:
        """How to make the companion that locks `version` of `wanted`, in `folder`, an empty one of one's own.

        None where a version is all that can be locked of it. Asking makes nothing.
        """
        ...


@runtime_checkable
class ComparesLocks(Protocol):
    """A resource of whose locks two may differ and yet be for the same packages."""

    def is_same_lock(self, content: bytes, other: Path) -> bool:
        """Whether the lock that a tool was made from gives what `other` gives; False when one cannot be read."""
        ...


@runtime_checkable
class Holds(Protocol):
    """A resource whose manager can be told to leave a tool at its version; such a thing has the trait "pinned"."""

    def hold(self, have: Present, *, is_held: bool) -> Steps:
        """Steps that hold `have` at its version, or free it again."""
        ...


@runtime_checkable
class Salvages(Protocol):
    """A Resource that knows where its installer sets the old version aside, and can take it back from there."""

    def salvage(self, have: Present) -> tuple[Step, ...]:
        """Steps that put `have` back from what a killed installer left on this disk; () when it left nothing whole."""
        ...


@runtime_checkable
class Batches(Protocol):
    """A Resource whose installer takes several packages in one call, and takes all of them or none."""

    @property
    def fewest(self) -> int:
        """From how many on one call is quicker than one for each, side by side."""
        ...

    def batch(self, changes: Sequence[Change]) -> Batch | None:
        """What does the same as the steps of all `changes`; None when they cannot go together."""
        ...


def offline_env(options: Options) -> dict[str, str]:
    """What every installer must know when the network is not to be used."""
    return dict(offline.SWITCHES) if options.offline else {}


def refuse_offline(steps: Steps, options: Options, manager: str, verbs: Iterable[str]) -> Steps:
    """`steps`, unless one of their calls (by its verb) fetches something and `manager` cannot be kept from the network.

    Raises CommandFailed.
    """
    words = {word for step in steps.do if isinstance(step, Run) for word in step.argv}
    if options.offline and words & set(verbs):
        raise CommandFailed(
            f"{manager} cannot be told to use only what it has", remedy="run the same command without --offline"
        )
    return steps


def sweep(have: Present | None) -> tuple[Step, ...]:
    """Steps that clear what a crashed installer left."""
    return tuple(Delete(path=path) for path in have.leftovers) if have else ()


def npm_commands(name: str, manifest: dict[str, Any]) -> tuple[str, ...]:
    """The commands that an npm package's package.json promises."""
    bins = manifest.get("bin")
    if isinstance(bins, str):
        return (name.rpartition("/")[2],)
    return tuple(sorted(bins)) if isinstance(bins, dict) else ()


def provided_bin(host: Host) -> Path:
    """The folder of the node and npm that we provide."""
    return host.folders.data / "node" / "bin"


def provided_node(options: Options) -> Wanted:
    """The Node.js we bring to a machine without one."""
    return Wanted(kind="node", name="node", request=options.node_version, version=options.node_version, smoke=())


# What to do where no node may be provided, and none is there.
SYSTEM_NODE = 'install Node.js (https://nodejs.org), or say node = "auto" below [bootstrap] in aim.toml'


def own_tools(host: Host) -> Path:
    """The folder of the programs that come with us as dependencies (uv)."""
    return Path(host.python).parent
