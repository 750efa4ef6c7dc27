"""npm packages in folders of their own, one for each version, built from a lock file and switched by one link.

    npm-tools/NAME/BUILD/     package.json, package-lock.json, node_modules: what npm made, whole when it is current
    npm-tools/NAME/current    which build the commands lead to: a link; on Windows a text
    npm-tools/bin/COMMAND     a link through `current`; on Windows three texts that name the build

A build is named by its version, or by its request where that leaves the version to npm; the version that counts is
always that of the package in it. The former build stays for an undo, or a way back, until the next change.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from ..host import is_executable
from ..model import Copy, Delete, Present, Step, Wanted, Write
from . import Locking, command_flaw, npm_commands, read_json, subfolders
from ._npm_hands import CURRENT, normal_text, unhashed
from ._npm_program import Program, present

LAYOUT = "isolated"
ROOT = "isolated-by-aim"  # the name in each package.json: npm would take the folder's, and put it into the lock
INTERRUPTED = "an earlier change of it was interrupted"
RESERVED = re.compile(r"bin|con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE)  # our own folder, and Windows' devices
AGAIN = "-again"
# The user's own settings count but for those that would make another layout than this, or no lock.
SETTINGS = {
    "PACKAGE_LOCK": "true",
    "BIN_LINKS": "true",
    "LOCATION": "project",
    "INSTALL_LINKS": "true",
    "INSTALL_STRATEGY": "hoisted",
    "GLOBAL": "false",
}


class Isolated:
    """Every package in a folder of its own: any number may be installed at once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.root = program.host.folders.data / "npm-tools"
        self.bin_folder = self.root / "bin"
        self.anything = Present(kind="npm", name="", traits=(LAYOUT,), bin_folder=str(self.bin_folder))
        self.style = "text" if program.host.is_windows else "link"

    @property
    def is_used(self) -> bool:
        return any(folder != self.bin_folder for folder in subfolders(self.root))

    def find(self) -> dict[str, Present]:
        """Everything here, by name."""
        tools = (name_of(folder.name) for folder in subfolders(self.root) if folder != self.bin_folder)
        found = (self.find_one(name) for name in tools)
        return {present.name: present for present in found if present is not None}

    def install(self, wanted: Wanted, version: str) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
        """Steps to a build of `wanted` that is current when they are done, and steps back; only the last is seen.

        What is neither current nor this build goes first: former ones, and what a killed run left.
        """
        home = self.home(wanted.name)
        before = self._current(home)
        build = home / self._build_for(wanted, version)
        is_ready = self._is_ready(build, wanted, version)
        kept = (before, build.name if is_ready else "")
        sweep = tuple(Delete(path=str(each)) for each in builds_in(home) if each.name not in kept)
        make = () if is_ready else self._make(build, wanted, version)
        do = (*sweep, *make, self._expose(wanted.name, build.name))
        if not before or not (home / before).is_dir():
            return do, (self.withdraw(wanted.name), Delete(path=str(home)))
        made = () if is_ready else (Delete(path=str(build)),)
        return do, (self._expose(wanted.name, before), *made)

    def remove(self, have: Present) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
        """Steps that remove a tool with all of its builds, and those that make the current one again."""
        home = self.home(have.name)
        do = (self.withdraw(have.name), Delete(path=str(home)))
        build = self._current(home)
        if not have.version or not build:
            return do, (self.withdraw(have.name),)
        return do, (*self._make_again(home / build), self._expose(have.name, build))

    def expose_again(self, name: str) -> tuple[Step, ...]:
        """Steps that lead the commands to the build that is current anyway."""
        return (self._expose(name, self._current(self.home(name))),)

    def withdraw(self, name: str) -> Step:
        """No command leads to the tool any more; its builds stay."""
        return self.program.hands("withdraw", str(self.home(name)), str(self.bin_folder))

    def locking(self, wanted: Wanted, have: Present | None, version: str, folder: Path) -> Locking:
        """The lock of the build that is there, when it is of this version; else npm makes one, and installs nothing."""
        name = f"{safe_name(wanted.name)}.package-lock.json"
        manifest = manifest_text(wanted, version)
        ours = self._own_lock(wanted.name, manifest) if have and have.version == version and not have.flaw else None
        if ours is not None:
            return Locking(steps=(), made=str(ours), name=name)
        made = folder / "package-lock.json"
        words = ("--prefix", str(folder), "--no-fund", "--no-audit", "--package-lock-only", "--ignore-scripts")
        make = self.program.run("install", words, allow_scripts=True, **SETTINGS)
        steps = (Write(path=str(folder / "package.json"), text=manifest), make, self.program.hands("tidy", str(made)))
        return Locking(steps=steps, made=str(made), name=name)

    # --- reading ------------------------------------------------------------------------------------------------

    def find_one(self, name: str) -> Present | None:
        home = self.home(name)
        builds, current = builds_in(home), self._current(home)
        if not builds and not current:
            return None
        place = home / current / "node_modules" / name
        if not current or not place.parent.is_dir():
            left = tuple(map(str, builds))
            flaw = f"{home / CURRENT} leads nowhere" if current else INTERRUPTED
            return present(self.anything, name, home, flaw=flaw, leftovers=left)
        manifest = read_json(place / "package.json")
        version = str(manifest.get("version", "")).lstrip("v=")
        commands = npm_commands(name, manifest)
        missing = "" if version else "its package.json is gone or unreadable"
        locked = _locked_version(home / current, name)
        return present(
            self.anything,
            name,
            place,
            version=version,
            receipt=locked if version and locked != version else "",
            commands=commands,
            flaw=missing or self._command_flaw(home, current, commands),
            leftovers=tuple(str(build) for build in builds if build.name != current),
        )

    def _command_flaw(self, home: Path, build: str, commands: tuple[str, ...]) -> str:
        if self.style == "link":
            return command_flaw(commands, self.bin_folder, home / build)
        entrances = {command: self.bin_folder / f"{command}.cmd" for command in commands}
        lost = [command for command, place in entrances.items() if not place.exists()]
        stray = [place for place in entrances.values() if not _leads_to(place, f"\\{home.name}\\{build}\\")]
        gone = [command for command in commands if not is_executable(_made(home / build, command))]
        if lost:
            return f"its command {lost[0]} is missing from {self.bin_folder}"
        if stray:
            return f"{stray[0]} belongs to something else"
        return f"its command {gone[0]} is missing from {_made(home / build, gone[0]).parent}" if gone else ""

    def home(self, name: str) -> Path:
        return self.root / safe_name(name)

    def _current(self, home: Path) -> str:
        """The name of the build that is current, or ""; the build itself may be gone."""
        mark = home / CURRENT
        try:
            return mark.readlink().name if mark.is_symlink() else mark.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def _own_lock(self, name: str, manifest: str) -> Path | None:
        """The lock in the current build, when it is one for `manifest` in normal form with every hash, else None."""
        home = self.home(name)
        path = home / self._current(home) / "package-lock.json"
        lock = read_json(path)
        root = lock.get("packages", {}).get("", {})
        if not root or root.get("dependencies") != json.loads(manifest)["dependencies"] or unhashed(lock):
            return None
        content = path.read_bytes()
        return path if content == normal_text(content).encode() else None

    # --- building -----------------------------------------------------------------------------------------------

    def _build_for(self, wanted: Wanted, version: str) -> str:
        """The name of the build to make: never that of the current one, which works until the moment of the switch."""
        import hashlib

        asked = wanted.source or ("" if version else wanted.request)
        base = f"any-{hashlib.sha256(asked.encode()).hexdigest()[:8]}" if asked else version
        return f"{base}{AGAIN}" if self._current(self.home(wanted.name)) == base else base

    def _is_ready(self, build: Path, wanted: Wanted, version: str) -> bool:
        """Whether a former build is what is wanted: whole, of the same words, and from the same lock."""
        if not version or wanted.source or not build.is_dir():
            return False
        import hashlib

        package = read_json(build / "node_modules" / wanted.name / "package.json")
        is_whole = (build / "node_modules" / ".package-lock.json").is_file()  # npm writes it when all is there
        manifest = manifest_text(wanted, version).encode()
        is_same = _text(build / "package.json") == manifest and package.get("version") == version
        lock = _text(build / "package-lock.json")
        is_locked = not wanted.lock_file or hashlib.sha256(lock).hexdigest() == wanted.lock_sha256
        return is_whole and is_same and is_locked

    def _make(self, build: Path, wanted: Wanted, version: str) -> tuple[Step, ...]:
        allowed = wanted.allow_scripts
        write = Write(path=str(build / "package.json"), text=manifest_text(wanted, version))
        if not wanted.lock_file:
            return (write, self._npm("install", build, allow_scripts=allowed))
        lock = build / "package-lock.json"
        copy = Copy(source=wanted.lock_file, path=str(lock), sha256=wanted.lock_sha256)
        return (write, copy, self._npm("ci", build, allow_scripts=allowed))

    def _make_again(self, build: Path) -> tuple[Step, ...]:
        """Steps that make a build that is there now once more, from its own lock."""
        files = {name: _text(build / name).decode() for name in ("package.json", "package-lock.json")}
        writes = tuple(Write(path=str(build / name), text=text) for name, text in files.items() if text)
        # What is there has run its scripts, or needed none.
        return (*writes, self._npm("ci" if files["package-lock.json"] else "install", build, allow_scripts=True))

    def _npm(self, verb: str, build: Path, *, allow_scripts: bool) -> Step:
        words = ("--prefix", str(build), "--no-fund", "--no-audit")
        run = self.program.run(verb, words, allow_scripts=allow_scripts, **SETTINGS)
        return self.program.unpack(build, run) if verb == "ci" else run

    def _expose(self, name: str, build: str) -> Step:
        return self.program.hands("expose", str(self.home(name)), build, name, str(self.bin_folder), self.style)


def safe_name(package: str) -> str:
    """The name of a package's folder: one folder on every system, and not one of ours. npm's names have no "+"."""
    flat = package.replace("/", "+")
    return f"{flat}+" if RESERVED.fullmatch(flat) else flat


def name_of(folder: str) -> str:
    """The package that a folder is for."""
    return folder.removesuffix("+").replace("+", "/")


def builds_in(home: Path) -> list[Path]:
    """Every build of a tool, sorted; `current` is a link to one of them."""
    return [folder for folder in subfolders(home) if folder.name != CURRENT]


def manifest_text(wanted: Wanted, version: str) -> str:
    """The package.json of a build: it asks for one package, exactly where that is known."""
    spec = wanted.source or version or wanted.request
    document = {"name": ROOT, "private": True, "dependencies": {wanted.name: spec}}
    return json.dumps(document, indent=2) + "\n"


def _text(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _locked_version(build: Path, name: str) -> str:
    """The version that a build's lock has of its tool, or ""; the text is searched, for it may be a large one."""
    place = re.escape(json.dumps(f"node_modules/{name}").encode())
    found = re.search(place + rb':\s*\{\s*"version":\s*"([^"]+)"', _text(build / "package-lock.json"))
    return found[1].decode() if found else ""


def _made(build: Path, command: str) -> Path:
    return build / "node_modules" / ".bin" / f"{command}.cmd"


def _leads_to(entrance: Path, mark: str) -> bool:
    return mark in _text(entrance).decode(errors="replace")
