"""Kinds of managed things, one file each: where they live, what is there, and the steps that change them.

A member defines `IS_TOOL`, `ECOSYSTEM`, and `open(host, options)` returning a `Resource`; where it applies also
`PLATFORMS`, the systems it exists on, and `IS_SHARED`, for things of the whole machine. Resources read the disk and
return steps; they never run a program and never change anything.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from .. import offline
from ..errors import CommandFailed
from ..host import Host, is_executable
from ..model import Change, Delete, Frozen, Lane, Present, Run, Step, Wanted


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


class Diagnosis(Frozen, frozen=True):
    """What an installer's failure means: its class, one sentence, a remedy. Only "network" is worth another try."""

    cause: str
    message: str
    remedy: str


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


# Patterns as text: they are compiled when an installer has failed, not at every start.
NETWORK = (
    r"\bENOTFOUND\b|ETIMEDOUT|ECONNRESET|ECONNREFUSED|EAI_AGAIN|E50[0-9]\b|socket hang up|dns error|timed out|"
    r"error sending request|Connection (refused|reset|aborted)|Temporary failure in name resolution|"
    r"Network is unreachable|NewConnectionError|ReadTimeoutError|HTTP status server error"
)
TLS = r"UnknownIssuer|CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)"
DISK_FULL = r"No space left on device|ENOSPC|os error 28"
REFUSED = r"Permission denied|EACCES|EPERM|os error 13"
HASH = r"hash mismatch|EINTEGRITY|do not match the hashes"
ALTERED = r"Wheel version does not match filename"
NOT_FOUND = r"was not found in the package registry|No matching distribution|E404"
NO_VERSION = (
    r"ETARGET|there is no version of|No matching version|only .{0,200} (is|are) available|from versions: (?!none)"
)
BUILD = (
    r"Failed to build|build backend (returned|failed)|Call to `.*` failed|subprocess-exited-with-error|"
    r"metadata-generation-failed|npm error command|lifecycle script"
)


CA_VARIABLES = {"npm": "NODE_EXTRA_CA_CERTS", "crates.io": "CARGO_HTTP_CAINFO"}  # anyone else: SSL_CERT_FILE
# pattern, cause, message and remedy; the first that fits counts
FAILURES = (
    (
        DISK_FULL,
        "disk",
        "the disk is full while installing {name}",
        "free some space, then run the same command again",
    ),
    (
        TLS,
        "tls",
        "{name}: the certificate of the {registry} registry is not trusted",
        "set {variable} to your CA bundle",
    ),
    (
        HASH,
        "hash",
        "{name} is not the file that was locked: its hash differs",
        "do not install it; compare with the lock",
    ),
    (
        ALTERED,
        "cache",
        "{name} was altered in uv's cache, with which installed files are shared",
        "uv cache clean, then run the same command again",
    ),
    (NO_VERSION, "version", "{name}: {registry} has no such version", "choose another version in aim.toml"),
    (NOT_FOUND, "name", "{name}: {registry} has no such package", "check the name in aim.toml"),
    (
        BUILD,
        "build",
        "{name} could not be built",
        "read the build's output above, or choose a version with a wheel",
    ),
    (NETWORK, "network", "{name}: the {registry} registry cannot be reached", "check the network, then run again"),
    (
        REFUSED,
        "permission",
        "the installer may not write while installing {name}",
        "check the folder's owner and mode",
    ),
)


def diagnose(name: str, output: str, registry: str, also: Mapping[str, str] | None = None) -> Diagnosis:
    """The shared error table of the registries' clients; `registry` is the noun for messages ("PyPI", "npm").

    `also` are more patterns by cause: one client's own words.
    """
    if offline.is_told(output):
        return Diagnosis(cause="offline", message=offline.message(name, output, registry), remedy=offline.REMEDY)
    own = also or {}
    words = {"name": name, "registry": registry, "variable": CA_VARIABLES.get(registry, "SSL_CERT_FILE")}
    for pattern, cause, message, remedy in FAILURES:
        either = f"{pattern}|{own[cause]}" if cause in own else pattern
        if re.search(either, output, re.IGNORECASE | re.DOTALL):
            return Diagnosis(cause=cause, message=message.format(**words), remedy=remedy.format(**words))
    return Diagnosis(
        cause="unknown", message=f"{name} could not be installed", remedy="read the installer's output above"
    )


def without_network(found: Diagnosis) -> Diagnosis:
    """What a failure means when the installer was told to use no network: it may take uncached for non-existent."""
    if found.cause not in ("name", "version", "network"):
        return found
    message = "the package, or something it needs, is not cached, and the network is switched off"
    return Diagnosis(cause="offline", message=message, remedy=offline.REMEDY)


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


def command_flaw(commands: Iterable[str], folder: Path, owner: Path) -> str:
    """Why a command cannot be run from `folder`, or does not come from `owner`; "" when all are as they should be."""
    for command in commands:
        link = next((place for place in _places(folder, command) if place.exists()), None)
        if link is None:
            return f"its command {command} is missing from {folder}"
        if not _is_of(owner, link, command):
            return f"{link} belongs to something else"
        if not is_executable(link):
            return f"its command {command} cannot be executed"
    return ""


def _is_of(owner: Path, place: Path, command: str) -> bool:
    """Whether a command's file is of `owner`: a link into it, a copy of what is there, or below it."""
    if place.is_symlink():
        return place.resolve().is_relative_to(owner.resolve())
    if place.suffix in (".exe", ".cmd") or place.is_relative_to(owner):
        return True
    original = owner / "bin" / command  # pipx copies where a file system has no links
    return original.is_file() and original.stat().st_size == place.stat().st_size


def links_into(owner: Path, folder: Path) -> tuple[str, ...]:
    """The links in `folder` that lead into `owner`, whether or not their targets are still there."""
    if not folder.is_dir():
        return ()
    links = (entry for entry in folder.iterdir() if entry.is_symlink())
    return tuple(sorted(str(link) for link in links if _target(link).is_relative_to(owner)))


def _target(link: Path) -> Path:
    """Where a link points, as text: its target may be gone."""
    return Path(os.path.normpath(link.parent / link.readlink()))


def _places(folder: Path, command: str) -> tuple[Path, ...]:
    return (folder / command, folder / f"{command}.exe", folder / f"{command}.cmd")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from disk, or {} when it is absent, unreadable or not an object."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def subfolders(folder: Path) -> list[Path]:
    """The visible folders in `folder`, sorted; [] when it is not there."""
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []


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
