"""npm packages where `npm --global` keeps them: in a prefix of the user's own, never in the system's."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

from ..host import Host
from ..model import Present, Run, Step
from . import command_flaw, links_into, npm_commands, read_json, subfolders, sweep
from ._npm_program import Program, present
from ._retired import put_package_back, whole_version

LAYOUT = "global"
PREINSTALLED = ("npm", "corepack")


class Global:
    """One global prefix. Different packages install into it safely at once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.host = program.host
        self.prefix = own_prefix(self.host) or self.host.folders.data / "npm"
        self.bin_folder = self.prefix if self.host.is_windows else self.prefix / "bin"
        self.anything = Present(kind="npm", name="", traits=(LAYOUT,), bin_folder=str(self.bin_folder))
        self.modules = self.prefix / "node_modules" if self.host.is_windows else self.prefix / "lib" / "node_modules"

    def find(self) -> dict[str, Present]:
        """Everything in the prefix, by name."""
        found = {name: self._read(name, folder) for name, folder in self.packages()}
        for manifest in (*self.modules.glob(".*-*/package.json"), *self.modules.glob("@*/.*-*/package.json")):
            name = str(read_json(manifest).get("name", ""))
            if name and name not in found and manifest.parent == retired_folder(self.modules / name):
                found[name] = self._orphan(name)
        return found

    def find_one(self, name: str) -> Present | None:
        if (self.modules / name).is_dir():
            return self._read(name, self.modules / name)
        return self._orphan(name) if retired_folder(self.modules / name).is_dir() else None

    def install(self, spec: str, have: Present | None, *, allow_scripts: bool = False) -> tuple[Step, ...]:
        """Steps that install `spec` where `have` is."""
        before = (self.salvage(have) if have and have.flaw else ()) or sweep(have)
        return (*before, *self._room(), self._run("install", spec, allow_scripts=allow_scripts))

    def uninstall(self, name: str, have: Present | None = None) -> tuple[Step, ...]:
        return (*sweep(have), self._run("uninstall", name))

    def salvage(self, have: Present) -> tuple[Step, ...]:
        """Steps that rename back what a killed npm had moved aside; () when that is not whole."""
        if self.host.is_windows:  # its commands are files that npm writes: only npm can put them back
            return ()
        place = self.modules / have.name
        return put_package_back(retired_folder(place), place, self.bin_folder, retired_folder)

    def restore(self, name: str, have: Present | None) -> tuple[Step, ...]:
        """Steps that bring back what `have` was."""
        if have is None or not have.version:
            return self.uninstall(name)
        where = Path(have.where)  # a link is a folder that was installed from: its name may be a stranger's on npm
        spec = str(where.resolve()) if where.is_symlink() else f"{name}@{have.version}"
        # What is there has run its scripts, or needed none.
        return (self._run("install", spec, allow_scripts=True),)

    def _room(self) -> tuple[Step, ...]:
        """npm 12 looks for scripts in the prefix before it makes it, and ends with ENOENT in a new one."""
        place = self.modules.parent
        return (self.program.hands("make", str(place)),) if self.program.blocks_scripts and not place.is_dir() else ()

    def _run(self, verb: str, spec: str, *, allow_scripts: bool = True) -> Run:
        words = ("--global", "--prefix", str(self.prefix), "--no-fund", "--no-audit", spec)
        return self.program.run(verb, words, allow_scripts=allow_scripts)

    def packages(self) -> Iterator[tuple[str, Path]]:
        for folder in subfolders(self.modules):
            if folder.name.startswith("@"):
                yield from ((f"{folder.name}/{inner.name}", inner) for inner in subfolders(folder))
            elif folder.name not in PREINSTALLED:
                yield folder.name, folder

    def _orphan(self, name: str) -> Present:
        """A package of which a killed npm left only the folder it had moved aside."""
        place = self.modules / name
        left = (str(retired_folder(place)), *links_into(place, self.bin_folder))
        flaw = "an earlier change of it was interrupted"
        version = whole_version(retired_folder(place))
        return present(self.anything, name, retired_folder(place), version=version, flaw=flaw, leftovers=left)

    def _read(self, name: str, folder: Path) -> Present:
        manifest = read_json(folder / "package.json")
        version = str(manifest.get("version", "")).lstrip("v=")  # npm itself reads "v1.2.3" as 1.2.3
        commands = npm_commands(name, manifest)
        retired = retired_folder(folder)
        missing = "" if version else "its package.json is gone or unreadable"
        crashed = "an earlier change of it was interrupted" if retired.exists() else ""
        flaw = missing or crashed or command_flaw(commands, self.bin_folder, folder)
        # npm makes a command executable only when it makes its link: links of a broken package must go first.
        left = (*((str(retired),) if crashed else ()), *(links_into(folder, self.bin_folder) if flaw else ()))
        version = (crashed and whole_version(retired)) or version
        return present(self.anything, name, folder, version=version, commands=commands, flaw=flaw, leftovers=left)


def own_prefix(host: Host) -> Path | None:
    """The global prefix the user chose in the environment or `~/.npmrc`, when it lies in their home; else None."""
    chosen = host.get("NPM_CONFIG_PREFIX") or host.get("npm_config_prefix") or _npmrc_prefix(host)
    if not chosen:
        return None
    prefix = Path(os.path.normpath(Path(chosen).expanduser()))
    return prefix if prefix.is_absolute() and prefix.is_relative_to(host.home) else None


def retired_folder(package: Path) -> Path:
    """Where npm moves `package` aside during a change; left behind, it blocks npm 10 (ENOTEMPTY, exit 217).

    The name is deterministic: base name and eight alphanumerics of base64(sha1(path)), as in @npmcli/arborist.
    """
    import hashlib

    real = package.parent.resolve() / package.name  # npm resolves links before it hashes
    digest = base64.b64encode(hashlib.sha1(str(real).encode(), usedforsecurity=False).digest()).decode()
    alphanumeric = "".join(character for character in digest if character.isalnum())
    return package.with_name(f".{package.name}-{alphanumeric[:8]}")


def _npmrc_prefix(host: Host) -> str:
    path = Path(host.get("NPM_CONFIG_USERCONFIG") or host.home / ".npmrc")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    pairs = (line.partition("=") for line in lines)
    text = next((value.strip().strip('"') for key, _, value in pairs if key.strip() == "prefix"), "")
    return text.replace("${HOME}", str(host.home))
