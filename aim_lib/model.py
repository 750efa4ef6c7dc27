"""The nouns that cross layers: wanted, present, step, change, status, record, result. Frozen values, no effects."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

LAYOUTS = ("isolated", "global")


class Frozen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """Base of every value here: immutable, keyword-only, comparable."""


class Wanted(Frozen, frozen=True):
    """One thing asked for.

    `request` is the version request as written (`0.14.1`, `>=25,<26`, `*`); `version` is the exact version to
    reach when one is known (an exact request, or the lock), else empty: then any version that fits will do.
    `commands` empty means "whatever the package brings". `folder` is where its `aim.lock` stands. `lock_file` is what
    gives the same bits again at `version` (a pylock, a package-lock), "" when there is none; its bytes must have the
    hash `lock_sha256`; `lock_flaw` says why what was locked is void for this, though its version is not. `layout` is
    one of its kind's, "" when the kind may choose. Of the members of a `group` one is enough; `otherwise` are those to
    try when it cannot be installed. `self_update` is "block", "allow", or "" for what the policy says. `smoke` are the
    words that make its command answer; chosen by the user, they are also said right after an installation.
    """

    kind: str
    name: str
    request: str = "*"
    version: str = ""
    commands: tuple[str, ...] = ()
    optional: bool = False
    python: str = ""
    extras: tuple[str, ...] = ()
    source: str = ""
    smoke: tuple[str, ...] = ("--version",)
    is_smoke_chosen: bool = False
    folder: str = ""
    origin: str = ""
    layout: str = ""
    allow_scripts: bool = False
    self_update: str = ""
    lock_file: str = ""
    lock_sha256: str = ""
    lock_flaw: str = ""
    group: str = ""
    otherwise: tuple[Wanted, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.name}"


class Present(Frozen, frozen=True):
    """One thing found on disk.

    `version` is that of the artifact, not of a receipt; `recorded` is what the manager's receipt says was asked for;
    `receipt` is the version that it says it installed, where that is another than is there;
    `flaw` says why it cannot work; `leftovers` are paths a crashed installer left that must go first; `traits` are the
    manager's own marks on it, such as "pinned" and "locked"; `bin_folder` holds its commands where that is not the
    first of its kind's folders; `python` is the version of the Python that its environment was made with; `made_from`
    is the file that it keeps of the lock it was made from, "" when it was made from none.
    """

    kind: str
    name: str
    version: str = ""
    where: str = ""
    commands: tuple[str, ...] = ()
    recorded: str = ""
    receipt: str = ""
    flaw: str = ""
    leftovers: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    bin_folder: str = ""
    python: str = ""
    made_from: str = ""

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.name}"

    def misplaced(self, layout: str) -> str:
        """Why it is not where `layout` wants it, or ""; a kind with one layout has no mark of it."""
        others = [mark for mark in LAYOUTS if mark != layout and mark in self.traits]
        return f"{others[0]}, {layout} is wanted" if layout and others else ""


class Locked(Frozen, frozen=True, forbid_unknown_fields=True):
    """One tool's line of `aim.lock`: its exact version, and the request it answered; a changed request makes it void.

    `source` is where it comes from when that is not the registry. `file` is the companion that gives the same bits
    again, relative to the folder of `aim.lock`, and `sha256` that of its bytes; "" where the kind has none. `python`
    and `extras` are what was declared when it was made: it is for nothing else.
    """

    kind: str
    name: str
    request: str
    version: str
    source: str = ""
    file: str = ""
    sha256: str = ""
    python: str = ""
    extras: tuple[str, ...] = msgspec.field(default=(), name="with")

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.name}"

    def misfit(self, wanted: Wanted) -> str:
        """Why its companion is none for `wanted`, or "": what goes with a tool, and its Python, decide what it has."""
        if not self.file:
            return ""
        made, asked = (sorted({*extras}) for extras in (self.extras, wanted.extras))
        if made != asked:
            return f"its lock was made for with = [{', '.join(made)}], not [{', '.join(asked)}]"
        if self.python != wanted.python:
            return f'its lock was made for python = "{self.python}", not "{wanted.python}"'
        return ""


class Run(Frozen, frozen=True, tag="run"):
    """Run a program. `env` is laid over the run's environment; `timeout_s` in seconds."""

    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 900.0


class Write(Frozen, frozen=True, tag="write"):
    """Write a UTF-8 text file atomically; `mode` is its permission bits."""

    path: str
    text: str
    mode: int = 0o644


class Link(Frozen, frozen=True, tag="link"):
    """Make `path` a symbolic link to `target`, replacing a link that is there."""

    path: str
    target: str


class Move(Frozen, frozen=True, tag="move"):
    """Rename the file, link or folder `source` to `path`, in the place of what is there; both on one file system."""

    source: str
    path: str


class Delete(Frozen, frozen=True, tag="delete"):
    """Remove a file, link or folder tree; absent is fine."""

    path: str


class Copy(Frozen, frozen=True, tag="copy"):
    """Copy the file `source` to `path` atomically, only when its bytes have this `sha256` (hex); `mode` as in Write."""

    source: str
    path: str
    sha256: str
    mode: int = 0o644


class SetVar(Frozen, frozen=True, tag="set-var"):
    """Persist a variable in the register of the user's environment (Windows); an empty `value` removes it.

    `is_expandable`: `%NAME%` in it stands for another variable.
    """

    name: str
    value: str
    is_expandable: bool = False


Step = Run | Write | Copy | Link | Move | Delete | SetVar


class Lane(Frozen, frozen=True):
    """How many changes may use one tool at once: `width`, as measured to be safe."""

    name: str
    width: int = 1


class Change(Frozen, frozen=True):
    """have → want for one thing, with the steps to do it and to undo it, both fixed when planned.

    `have` is a version, "" when absent; `want` is a version, or the request any fitting version will do for, or ""
    to remove it. `after` are ids of changes that must be done first, `otherwise` those to try when this one fails;
    `smoke` is what its command must answer then. `event` is how the log calls what was done,
    and `topic` what it was done to: the first word of the type of its events.
    """

    id: str
    kind: str
    name: str
    have: str
    want: str
    reason: str
    do: tuple[Step, ...]
    undo: tuple[Step, ...]
    lane: Lane
    after: tuple[str, ...] = ()
    optional: bool = False
    otherwise: tuple[Change, ...] = ()
    smoke: tuple[str, ...] = ()
    event: str = "changed"
    topic: str = "tool"


class Status(StrEnum):
    """How a Record ended."""

    OK = "ok"
    CHANGED = "changed"
    SKIPPED = "skipped"
    WARNED = "warned"
    FAILED = "failed"
    BLOCKED = "blocked"


class Record(Frozen, frozen=True):
    """One line of any report: what was looked at or done, how it is, and what to do about it.

    `code` names a kind of finding for good ("AIM-H021"), so that people and programs can ask about it; "" for none.
    """

    id: str
    status: Status
    title: str
    detail: str = ""
    remedy: str = ""
    seconds: float = 0.0
    where: str = ""
    code: str = ""
    facts: Mapping[str, Any] = {}


class Table(Frozen, frozen=True):
    """Rows for a person to read; a renderer may colour a cell that is a status word."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Result(Frozen, frozen=True):
    """What a command has to say: records, a typed body for documents, lines for people, and the exit code.

    `groups` are headings and the ids of the records below each, for people; without them the records are one list.
    """

    command: str = ""
    records: tuple[Record, ...] = ()
    body: Mapping[str, Any] = {}
    exit_code: int = 0
    title: str = ""
    table: Table | None = None
    text: str = ""
    closing: tuple[str, ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()


def worst(records: tuple[Record, ...]) -> Status:
    """The gravest status among `records`; OK when there are none."""
    order = [Status.FAILED, Status.BLOCKED, Status.WARNED, Status.CHANGED]
    found = {record.status for record in records}
    return next((status for status in order if status in found), Status.OK)
