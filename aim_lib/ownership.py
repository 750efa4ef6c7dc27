"""Whose each copy of a command is, and what that means for our tools: shadowed, or installed twice. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from .managers import SYSTEM, by_place, slashed, word
from .model import Frozen, Record, Status

OFF_PATH = -1  # the place of a copy in a folder that is not on PATH
# Who starts one of many versions by one name: what they put first is one copy with what it starts.
SWITCHES = ("mise", "asdf", "volta", "pyenv", "nodenv", "rbenv", "nvm", "fnm")
QUIET = (SYSTEM, "apt", "environment", "project", "unknown", *SWITCHES)  # a copy of theirs behind ours is no news


class Seen(Frozen, frozen=True):
    """One file that a shell could start as `command`: the folder's place on PATH, where its links lead.

    `note` is "broken" (its target is gone), "alias" (Windows starts an app by it) or "". `package` is the Debian
    package it is of, `environment` the virtual environment, each "" when it is of none.
    """

    command: str
    path: str
    real: str
    place: int = 0
    note: str = ""
    package: str = ""
    environment: str = ""


class Claim(Frozen, frozen=True):
    """What one present thing says of its commands: they lead into `where`, or lie in `folder`; both without links."""

    id: str
    kind: str
    name: str
    version: str
    where: str
    folder: str
    commands: tuple[str, ...]


class Owned(Frozen, frozen=True):
    """A copy of a command, and whose it is: `id` when it is of something we know, `manager` and `name` in any case.

    `removal` is what its owner removes it with, "" when nothing is known.
    """

    command: str
    path: str
    place: int
    manager: str
    name: str = ""
    version: str = ""
    id: str = ""
    note: str = ""
    group: str = ""
    removal: str = ""

    @property
    def whose(self) -> str:
        """The owner in words, for a sentence: "of npm -g"."""
        words = {SYSTEM: SYSTEM, "environment": f"the environment {self.name}", "unknown": "unknown origin"}
        return f"of {words.get(self.manager) or TOLD.get(self.manager, self.manager)}"


TOLD = {"npm": "npm -g", "brew": "Homebrew", "winget-alias": "a Windows app alias"}
# How a thing that we know is removed by its own manager, where its place does not tell.
REMOVALS = {
    "pipx": "pipx uninstall {name}",
    "uv": "uv tool uninstall {name}",
    "npm": "npm uninstall -g --prefix {root} {name}",
    "pnpm": "pnpm remove --global {name}",
    "cargo": "cargo uninstall {name}",
    "brew": "brew uninstall {name}",
    "apt": "sudo apt remove {name}",
    "scoop": "scoop uninstall {name}",
    "winget": "winget uninstall --id {name} --exact",
}


class Finding(Frozen, frozen=True):
    """Another copy of one of a tool's commands: ahead of ours (shadowed), or beside it (a duplicate elsewhere)."""

    command: str
    other: Owned
    ours: str
    is_shadow: bool

    @property
    def detail(self) -> str:
        """One sentence."""
        if self.is_shadow:
            return f"{self.command} is {self.other.path}, {self.other.whose}, ahead of ours, {self.ours}"
        return f"{self.command} is installed elsewhere too: {self.other.path}, {self.other.whose}"

    @property
    def removal(self) -> str:
        """What makes the other copy go away, "" when that is nothing to advise: it is the system's."""
        return "" if self.other.manager == SYSTEM else self.other.removal or f"remove {self.other.path}"

    @property
    def remedy(self) -> str:
        """What to do: remove the other copy, or have ours come first."""
        folder = self.ours[: max(self.ours.rfind("/"), self.ours.rfind("\\"))]
        ways = (self.removal, f"put {folder} first on PATH" if self.is_shadow else "")
        return ", or ".join(way for way in ways if way)

    @property
    def phrase(self) -> str:
        """A few words."""
        verb = "shadowed by" if self.is_shadow else "also at"
        return f"{verb} {self.other.path} ({self.other.whose.removeprefix('of ')})"

    @property
    def record(self) -> Record:
        """A warning: what is wrong is another's, and no installation of ours mends it."""
        facts = {"command": self.command, "path": self.other.path, "manager": self.other.manager, "ours": self.ours}
        return Record(
            id=f"path:{self.command}",
            status=Status.WARNED,
            title=self.command,
            detail=self.detail,
            remedy=self.remedy,
            facts=facts,
        )


def owners(seen: Iterable[Seen], claimed: Iterable[Claim]) -> dict[str, tuple[Owned, ...]]:
    """Whose each copy is: command → its copies in a shell's order, those off PATH last."""
    everything = tuple(claimed)
    by_where = {claim.where: claim for claim in everything if claim.where}
    by_command = defaultdict(list)
    for claim in everything:
        for command in claim.commands:
            by_command[command].append(claim)
    found = defaultdict(list)
    for each in seen:
        found[each.command].append(_owned(each, _claim_of(each, by_where, by_command[each.command])))
    return {command: tuple(copies) for command, copies in found.items()}


def of_tool(commands: Iterable[str], found: Mapping[str, tuple[Owned, ...]]) -> tuple[Owned, ...]:
    """Every copy of a tool's commands, also a link that leads nowhere."""
    return tuple(copy for command in commands for copy in found.get(command, ()))


def findings(key: str, commands: Iterable[str], found: Mapping[str, tuple[Owned, ...]]) -> tuple[Finding, ...]:
    """What is wrong with who owns the commands of the tool `key`, shadows first; one finding a command at most.

    A tool whose folder is not on PATH is judged as if it were first there: that it is absent is another finding.
    """
    told = (_finding(key, command, found.get(command, ())) for command in commands)
    return tuple(sorted((each for each in told if each), key=lambda each: not each.is_shadow))


def findings_among(key: str, copies: Iterable[Owned]) -> tuple[Finding, ...]:
    """As `findings`, of the tool whose `copies` these are."""
    by_command: dict[str, tuple[Owned, ...]] = {}
    for copy in copies:
        by_command[copy.command] = (*by_command.get(copy.command, ()), copy)
    return findings(key, by_command, by_command)


def _finding(key: str, command: str, copies: tuple[Owned, ...]) -> Finding | None:
    whole = [copy for copy in copies if copy.note != "broken"]
    ours = next((copy for copy in whole if copy.id == key), None)
    if ours is None:
        return None
    others = [copy for copy in whole if copy.group != ours.group]
    first = whole[0]
    if ours.place > OFF_PATH and first in others:
        return Finding(command=command, other=first, ours=ours.path, is_shadow=True)
    twin = next((copy for copy in others if copy.manager not in QUIET), None)
    return Finding(command=command, other=twin, ours=ours.path, is_shadow=False) if twin else None


# --- whose is it? -----------------------------------------------------------------------------------------------


def _claim_of(seen: Seen, by_where: Mapping[str, Claim], candidates: list[Claim]) -> Claim | None:
    """The thing a copy is of: the one its links lead into, else the one whose folder it lies in as it is."""
    place = seen.real
    while place:
        if place in by_where:
            return by_where[place]
        place = place[: max(place.rfind("/"), place.rfind("\\"), 0)]
    folder = seen.real[: max(seen.real.rfind("/"), seen.real.rfind("\\"), 0)]
    return next((claim for claim in candidates if claim.folder == folder), None)


def _owned(seen: Seen, claim: Claim | None) -> Owned:
    if claim:
        return _of_ours(seen, claim)
    manager, name, version, removal = _stranger(seen)
    group = manager if manager in SWITCHES else seen.real
    return Owned(
        command=seen.command,
        path=seen.path,
        place=seen.place,
        manager=manager,
        name=name,
        version=version,
        note=seen.note,
        group=group,
        removal=removal,
    )


def _of_ours(seen: Seen, claim: Claim) -> Owned:
    root = slashed(claim.where).partition("/lib/node_modules/")[0]
    return Owned(
        command=seen.command,
        path=seen.path,
        place=seen.place,
        manager=claim.kind,
        name=claim.name,
        version=claim.version,
        id=claim.id,
        note=seen.note,
        group=claim.id,
        removal=REMOVALS.get(claim.kind, "").format(name=claim.name, root=word(root)),
    )


def _stranger(seen: Seen) -> tuple[str, str, str, str]:
    """Manager, name, version and removal of what we do not know, by where it lies."""
    known = by_place(seen.path, seen.real)
    if known and known[0] != SYSTEM:
        return known
    if seen.environment:
        return "environment", seen.environment, "", "deactivate"
    if seen.package:
        return "apt", seen.package, "", f"sudo apt remove {seen.package}"
    return known or ("unknown", "", "", "")
