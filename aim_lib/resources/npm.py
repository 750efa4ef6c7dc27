"""Commands from npm packages, in one of two layouts: isolated (a folder and a lock for each tool), or npm's global one.

What is global stays so until another layout is declared; what is new is isolated. A tool that is in both is one thing,
found where it is meant to be, with the other place among its traits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ..host import Host
from ..model import Change, Frozen, Lane, Present, Step, Wanted
from . import SYSTEM_NODE, Batch, Diagnosis, Locking, Options, Steps, diagnose, provided_bin, provided_node
from ._merging import FEWEST, merged
from ._npm_batch import together
from ._npm_global import LAYOUT as GLOBAL
from ._npm_global import Global, retired_folder
from ._npm_hands import MINE
from ._npm_isolated import LAYOUT as ISOLATED
from ._npm_isolated import Isolated
from ._npm_program import Program

__all__ = ["ECOSYSTEM", "IS_TOOL", "Npm", "open", "retired_folder"]

IS_TOOL = True
ECOSYSTEM = "npm"
SCRIPTS = r"ESTRICTALLOWSCRIPTS[\s\S]*?covered by allowScripts:(?P<names>(?:\s+npm error\s+\S+ \(.*\))+)"
OUT_OF_STEP = r"npm ci.{0,40} can only install|EUSAGE"


class Package(Frozen, frozen=True):
    """What of an entry of a package-lock says which package it is."""

    version: str = ""
    integrity: str = ""


class Packages(Frozen, frozen=True):
    """A package-lock; the entry "" is for the project that it is of."""

    packages: dict[str, Package]


class Npm:
    """npm on one machine: the system's, or the one we provide. Different packages install safely at once."""

    def __init__(self, host: Host, options: Options) -> None:
        self.host = host
        self.options = options
        self.lane = Lane(name="npm", width=4)
        self.fewest = FEWEST
        self.notes: tuple[str, ...] = ()
        self.program = Program(host, options)
        self.isolated = Isolated(self.program)
        self.shared = Global(self.program)
        self.prefix = self.shared.prefix
        self.unsuitable = self._why_not()
        self.remedy = SYSTEM_NODE if self.unsuitable else ""
        self.is_off = options.node == "none"

    @property
    def bin_folders(self) -> tuple[Path, ...]:
        """Those of the layouts that are in use here, and of the node that we provide."""
        has_shared = next(self.shared.packages(), None) is not None
        has_own = self.isolated.is_used or not has_shared
        ours = ((self.isolated.bin_folder,) if has_own else ()) + ((self.shared.bin_folder,) if has_shared else ())
        return ours if self.program.path else (*ours, provided_bin(self.host))

    def prerequisite(self) -> Wanted | None:
        if self.program.path or self.unsuitable:
            return None
        return provided_node(self.options)

    def find(self) -> tuple[Present, ...]:
        own, shared = self.isolated.find(), self.shared.find()
        found = [self._one(own.get(name), shared.get(name)) for name in sorted({*own, *shared})]
        return tuple(map(_with_lock, map(self._with_node, found)))

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        own, shared = self.isolated.find_one(wanted.name), self.shared.find_one(wanted.name)
        if self._layout(wanted, own, shared) == GLOBAL:
            return self._to_global(wanted, own, shared, version)
        if own and have and not own.flaw and have.flaw and own.version == version:  # only its node was gone
            again = self.isolated.expose_again(wanted.name)
            return Steps(do=again, undo=again)
        return self._to_isolated(wanted, shared, version)

    def remove(self, have: Present) -> Steps:
        if GLOBAL in have.traits:
            return Steps(do=self.shared.uninstall(have.name, have), undo=self.shared.restore(have.name, have))
        do, undo = self.isolated.remove(have)
        return Steps(do=do, undo=undo)

    def locking(self, wanted: Wanted, have: Present | None, version: str, folder: Path) -> Locking | None:
        """The package-lock of an isolated tool; None for a global one and for one that is not from a registry."""
        is_global = wanted.layout == GLOBAL or (not wanted.layout and have is not None and GLOBAL in have.traits)
        if is_global or wanted.source:
            return None
        return self.isolated.locking(wanted, have, version, folder)

    def is_same_lock(self, content: bytes, other: Path) -> bool:
        """Whether two package-locks are for the same packages, whatever the words were that they were made for."""
        try:
            one, two = (msgspec.json.decode(lock, type=Packages).packages for lock in (content, other.read_bytes()))
        except (OSError, msgspec.DecodeError):
            return False
        return {**one, "": None} == {**two, "": None}

    def batch(self, changes: Sequence[Change]) -> Batch | None:
        """One call of npm for several global packages, or for several isolated ones with their locks."""
        return merged(changes, "install", "--global") or together(changes, self.isolated.root, self.program)

    def salvage(self, have: Present) -> tuple[Step, ...]:
        return self.shared.salvage(have) if GLOBAL in have.traits else ()

    def diagnose(self, output: str) -> Diagnosis:
        blocked = re.search(SCRIPTS, output)
        if blocked:
            names = ", ".join(re.findall(r"npm error\s+(\S+) \(", blocked["names"]))
            message = f"the package has install scripts, which npm blocks: {names}"
            remedy = "if you trust them, give it allow_scripts = true in aim.toml"
            return Diagnosis(cause="scripts", message=message, remedy=remedy)
        told = re.search(rf"^{MINE}(.*)$", output, re.MULTILINE)
        if told:
            return _what_hands_say(told[1])
        if re.search(OUT_OF_STEP, output):
            message = "the package's lock does not fit the version that aim.lock has"
            return Diagnosis(cause="lock", message=message, remedy="restore both, or lock again: aim pin")
        return diagnose("the package", output, "npm")

    def _why_not(self) -> str:
        if self.options.node == "none":
            return 'bootstrap.node is "none"'
        if self.options.node == "system" and not self.program.path:
            return 'node and npm are not on PATH and bootstrap.node is "system"'
        return ""

    # --- layouts ------------------------------------------------------------------------------------------------

    def _one(self, own: Present | None, shared: Present | None) -> Present:
        """What a tool is when it may be in both places: where it is meant to be, or the one that works."""
        if own is None or shared is None:
            return own or shared  # type: ignore[return-value]
        is_half = own.where == str(self.isolated.home(own.name))  # nothing of it can be reached
        is_shared_meant = self.options.layouts.get(own.id) == GLOBAL
        chosen, other = (shared, own) if is_shared_meant or is_half else (own, shared)
        also = () if is_half else (f"also:{other.where}",)
        return msgspec.structs.replace(chosen, traits=(*chosen.traits, *also))

    def _layout(self, wanted: Wanted, own: Present | None, shared: Present | None) -> str:
        """The layout to bring a tool to: the declared one, else the one it has, else isolated."""
        if wanted.layout or not shared:
            return wanted.layout or ISOLATED
        return GLOBAL if self._one(own, shared).bin_folder == str(self.shared.bin_folder) else ISOLATED

    def _to_global(self, wanted: Wanted, own: Present | None, shared: Present | None, version: str) -> Steps:
        """Into npm's prefix; an isolated one is removed then."""
        spec = wanted.source or f"{wanted.name}@{version or wanted.request}"
        do = self.shared.install(spec, shared, allow_scripts=wanted.allow_scripts)
        undo = self.shared.restore(wanted.name, shared)
        if own is None:
            return Steps(do=do, undo=undo)
        away, back = self.isolated.remove(own)
        return Steps(do=(*do, *away), undo=(*back, *undo))

    def _to_isolated(self, wanted: Wanted, shared: Present | None, version: str) -> Steps:
        """Into a folder of its own; a global one is removed then, if that is what was declared."""
        do, undo = self.isolated.install(wanted, version)
        if shared is None or wanted.layout != ISOLATED:
            return Steps(do=do, undo=undo)
        return Steps(
            do=(*do, *self.shared.uninstall(wanted.name)), undo=(*self.shared.restore(wanted.name, shared), *undo)
        )

    def _with_node(self, present: Present) -> Present:
        """A script cannot run when there is no node at all; programs of their own can."""
        if present.flaw or self.program.has_node:
            return present
        folder = Path(present.bin_folder)
        scripts = [command for command in present.commands if _runs_on_node(folder / command)]
        if not scripts:
            return present
        return msgspec.structs.replace(present, flaw=f"the node that runs {scripts[0]} is gone")


def open(host: Host, options: Options) -> Npm:  # noqa: A001 - the folder's contract
    return Npm(host, options)


def _what_hands_say(sentence: str) -> Diagnosis:
    """What our own program says when it cannot finish what npm began."""
    if "is not there" in sentence:
        message = "the installer of the package reported success, but it is not there"
        return Diagnosis(cause="gone", message=message, remedy="run it again")
    if "belongs to" in sentence:
        return Diagnosis(cause="command", message=f"the package: {sentence}", remedy="remove one of the two tools")
    return Diagnosis(cause="unknown", message=f"the package: {sentence}", remedy="look at the path that is named")


def _with_lock(present: Present) -> Present:
    """A build has the lock it was made from, or made itself, in it."""
    if ISOLATED not in present.traits or not present.version:
        return present
    build = Path(present.where).parents[present.name.count("/") + 1]
    return msgspec.structs.replace(present, made_from=str(build / "package-lock.json"))


def _runs_on_node(command: Path) -> bool:
    if command.with_suffix(".cmd").exists():  # Windows
        return True
    try:
        with command.open("rb") as file:
            return re.match(rb"#!.*\bnode\b", file.readline(200)) is not None
    except OSError:
        return False
