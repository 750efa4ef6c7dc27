"""Commands from npm packages in pnpm's global store: `pnpm add --global`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..host import Host
from ..model import Frozen, Lane, Present, Run, Step, Wanted
from . import (
    SYSTEM_NODE,
    Diagnosis,
    Options,
    Steps,
    command_flaw,
    npm_commands,
    offline_env,
    provided_bin,
    provided_node,
    read_json,
    sweep,
)
from ._pnpm_failures import explained
from ._pnpm_places import ITSELF, chosen, find_pnpm, is_isolated, major, pnpm_home

IS_TOOL = True
ECOSYSTEM = "npm"

LOCAL = ("link:", "file:")
LINK = re.compile(r"[0-9a-f]{64}")  # the name of a link to a package's folder (on Windows a junction)
SCRIPT_SIZE = 65536


class Group(Frozen, frozen=True):
    """What pnpm has put into one folder, name → what was asked for. pnpm changes and removes a group as a whole."""

    folder: str
    asked: tuple[tuple[str, str], ...]


class Pnpm:
    """pnpm on one machine: 9 and 10 with one shared folder, 11 and 12 with a folder for each package."""

    def __init__(self, host: Host, options: Options) -> None:
        self.host = host
        self.options = options
        self.home = pnpm_home(host)
        self.program = find_pnpm(host, self.home)
        self.is_isolated = is_isolated(host, self.program, self.home)
        self.store = chosen(host, "global-dir", is_isolated=self.is_isolated) or self.home / "global"
        self.packages = self.store / ("v11" if self.is_isolated else "5")
        default = self.home / "bin" if self.is_isolated else self.home
        folder = chosen(host, "global-bin-dir", is_isolated=self.is_isolated) or default
        self.is_off = options.node == "none"
        self.needs_node = host.which("node") in (None, provided_bin(host) / "node")
        self.unsuitable, self.remedy = self._why_not()
        self.bin_folders = (folder, provided_bin(host)) if self.needs_node else (folder,)

    @property
    def lane(self) -> Lane:
        """Packages with folders of their own do not meet; in a shared one, two at once lose a command."""
        is_safe = self.is_isolated and all(len(group.asked) == 1 for group in self._groups())
        return Lane(name="pnpm", width=4 if is_safe else 1)

    @property
    def notes(self) -> tuple[str, ...]:
        old = self.store / "5"
        if not self.is_isolated or not read_json(old / "package.json").get("dependencies"):
            return ()
        return (f"what an older pnpm installed in {old} is out of this pnpm's sight: remove it with that older one",)

    def prerequisite(self) -> Wanted | None:
        return provided_node(self.options) if self.needs_node and not self.unsuitable else None

    def find(self) -> tuple[Present, ...]:
        found = {
            name: self._read(Path(group.folder), name, asked)
            for group in self._groups()
            for name, asked in group.asked
            if name not in ITSELF
        }
        return tuple(found[name] for name in sorted(found))

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        spec = wanted.source or f"{wanted.name}@{version or wanted.request}"
        # pnpm 9 and 10 take a package whose files are gone or altered for "already up to date", with exit 0.
        force = ("--force",) if have and (have.flaw or "altered" in have.traits) else ()
        mates = self._mates(wanted.name)
        allowed = (f"--allow-build={wanted.name}",) if wanted.allow_scripts and self._blocks_scripts() else ()
        do = (*sweep(have), self._run("add", *force, *allowed, spec, *mates))
        return Steps(do=do, undo=self._restore(wanted.name, have, mates))

    def _blocks_scripts(self) -> bool:
        """pnpm runs no install scripts unasked from 10 on; 9 runs them, and does not know the option."""
        return self.program is None or major(self.program) != 9

    def remove(self, have: Present) -> Steps:
        mates = self._mates(have.name)
        back = (self._run("add", *mates),) if mates else ()
        return Steps(do=(self._run("remove", have.name), *back), undo=self._restore(have.name, have, mates))

    def diagnose(self, output: str) -> Diagnosis:
        return explained(output)

    def _why_not(self) -> tuple[str, str]:
        """Why it cannot be used, and what to type then."""
        if self.is_off:
            return 'bootstrap.node is "none"', ""
        if self.program is None:
            return "pnpm is not on PATH", "npm install --global pnpm"
        if self.needs_node and self.options.node == "system":
            return 'node is not on PATH and bootstrap.node is "system"', SYSTEM_NODE
        return "", ""

    def _groups(self) -> Iterator[Group]:
        for folder in self._folders():
            asked = read_json(folder / "package.json").get("dependencies")
            if isinstance(asked, dict) and asked:
                yield Group(folder=str(folder), asked=tuple((name, str(spec)) for name, spec in asked.items()))

    def _folders(self) -> list[Path]:
        """Where packages lie: the shared folder, or those that a link leads to; others are what a failure left."""
        if not self.is_isolated:
            return [self.packages]
        try:
            return sorted(entry for entry in self.packages.iterdir() if LINK.fullmatch(entry.name))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _mates(self, name: str) -> tuple[str, ...]:
        """What pnpm would drop without a word when `name` is changed or removed: the others of its group."""
        groups = self._groups() if self.is_isolated else ()
        mine = (group for group in groups if name in dict(group.asked))
        return tuple(
            _as_it_is(Path(group.folder), mate, asked) for group in mine for mate, asked in group.asked if mate != name
        )

    def _restore(self, name: str, have: Present | None, mates: tuple[str, ...]) -> tuple[Step, ...]:
        if have is None or not have.version:
            return (self._run("remove", name),)
        place = Path(have.where)
        return (self._run("add", _as_it_is(place.parents[1 + name.count("/")], name, have.recorded), *mates),)

    def _run(self, verb: str, *words: str) -> Run:
        argv = (*self._command(), verb, "--global", *words)
        return Run(argv=argv, env=tuple(self._env().items()), timeout_s=self.options.timeout_s)

    def _command(self) -> tuple[str, ...]:
        """pnpm; on Windows its script, because pnpm.cmd is a batch file and cannot be given a range such as ^1.2."""
        program = self.program or Path("pnpm")
        scripts = (program.parent / "node_modules" / "pnpm" / "bin" / f"pnpm.{ending}" for ending in ("cjs", "mjs"))
        script = next((path for path in scripts if path.is_file()), None)
        if program.suffix.lower() != ".cmd" or script is None:
            return (str(program),)
        return (str(self.host.which("node") or self.bin_folders[-1] / "node.exe"), str(script))

    def _env(self) -> dict[str, str]:
        """What pnpm must know; 9 and 10 read npm_config_*, 11 and 12 pnpm_config_*."""
        settings = {
            "global_dir": str(self.store),
            "global_bin_dir": str(self.bin_folders[0]),
            "fetch_retries": "0",  # we try again ourselves
            "update_notifier": "false",
        }
        told = {f"{whose}_config_{name}": value for name, value in settings.items() for whose in ("npm", "pnpm")}
        trust = {} if self.host.get("NODE_EXTRA_CA_CERTS") else {"NODE_USE_SYSTEM_CA": "1"}
        # pnpm refuses to install into a folder that is not on PATH.
        path = self.host.path_of(*self.host.path, *self.bin_folders)
        own = {"PNPM_HOME": str(self.home), "NO_COLOR": "1", "PATH": path}
        return {**own, **told, **trust, **offline_env(self.options)}

    def _read(self, folder: Path, name: str, asked: str) -> Present:
        place = folder / "node_modules" / name
        manifest = read_json(place / "package.json")
        version = str(manifest.get("version", "")).lstrip("v=")
        commands = npm_commands(name, manifest)
        missing = "" if version else "its package.json is gone or unreadable"
        is_altered = not asked.startswith(LOCAL) and not _is_at(place, version)
        return Present(
            kind="pnpm",
            name=name,
            version=version,
            where=str(place),
            commands=commands,
            recorded=asked,
            flaw=missing or self._command_flaw(name, commands, asked),
            traits=("altered",) if version and is_altered else (),
        )

    def _command_flaw(self, name: str, commands: tuple[str, ...], asked: str) -> str:
        """Why a command cannot be run, or is another package's: each is a script that names the file it starts."""
        bin_folder = self.bin_folders[0]
        flaw = command_flaw(commands, bin_folder, bin_folder)
        if flaw or asked.startswith(LOCAL):
            return flaw
        mark = f"node_modules/{name}/"
        scripts = {command: _script(bin_folder, command) for command in commands}
        stranger = next((command for command, text in scripts.items() if text and mark not in text), "")
        return f"{bin_folder / stranger} belongs to something else" if stranger else ""


def open(host: Host, options: Options) -> Pnpm:  # noqa: A001 - the folder's contract
    return Pnpm(host, options)


def _as_it_is(folder: Path, name: str, asked: str) -> str:
    """What tells pnpm to bring a package back as it is now: from where it came, at its version on disk."""
    if asked.startswith(LOCAL):
        return asked.partition(":")[2]
    if asked.startswith("npm:"):  # under another name than its own
        return f"{name}@{asked}"
    if "/" in asked:
        return asked
    version = read_json(folder / "node_modules" / name / "package.json").get("version")
    return f"{name}@{version or asked}"


def _is_at(place: Path, version: str) -> bool:
    """Whether the folder that pnpm has linked in is of this version by its name; True when there is no link."""
    try:
        target = place.readlink()
    except OSError:
        return True
    return re.search(rf"[@/\\]{re.escape(version)}([_(/\\]|$)", str(target)) is not None


def _script(folder: Path, command: str) -> str:
    """The text of a command that is a script, with slashes of one kind; "" for a program."""
    for path in (folder / command, folder / f"{command}.cmd"):
        if path.is_file():
            with path.open("rb") as file:
                text = file.read(SCRIPT_SIZE).decode(errors="replace").replace("\\", "/")
            return text if text.startswith(("#!", "@")) else ""
    return ""
