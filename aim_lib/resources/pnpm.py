"""Commands from npm packages in pnpm's global store: `pnpm add --global`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..host import Host, is_executable
from ..model import Frozen, Lane, Present, Run, Step, Wanted
from . import (
    SYSTEM_NODE,
    Diagnosis,
    Options,
    Steps,
    command_flaw,
    diagnose,
    npm_commands,
    offline_env,
    provided_bin,
    provided_node,
    read_json,
    sweep,
)

IS_TOOL = True
ECOSYSTEM = "npm"

ISOLATED = 11  # from here on every package has a folder of its own; before, all share one
ITSELF = ("pnpm", "@pnpm/exe")
LOCAL = ("link:", "file:")
LINK = re.compile(r"[0-9a-f]{64}")  # the name of a link to a package's folder (on Windows a junction)
SCRIPT_SIZE = 65536
WORDS = {
    "tls": r"self-signed certificate|unable to (get|verify)",
    "hash": r"TARBALL_INTEGRITY|Integrity check failed",
    "version": r"NO_MATCHING_VERSION",
    "name": r"FETCH_404|404 Not Found",
    "build": r"ELIFECYCLE|LIFECYCLE_SCRIPT_FAILED",
    "network": r"META_FETCH_FAIL|fetch failed|FETCH_5\d\d",
    "permission": r"has no write access",
}


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
        self.program = _find_pnpm(host, self.home)
        self.is_isolated = _is_isolated(host, self.program, self.home)
        self.store = _chosen(host, "global-dir", self.is_isolated) or self.home / "global"
        self.packages = self.store / ("v11" if self.is_isolated else "5")
        default = self.home / "bin" if self.is_isolated else self.home
        folder = _chosen(host, "global-bin-dir", self.is_isolated) or default
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
        return self.program is None or _major(self.program) != 9

    def remove(self, have: Present) -> Steps:
        mates = self._mates(have.name)
        back = (self._run("add", *mates),) if mates else ()
        return Steps(do=(self._run("remove", have.name), *back), undo=self._restore(have.name, have, mates))

    def diagnose(self, output: str) -> Diagnosis:
        plain = re.sub(r"\n[ │├╰─▶]+", " ", output)  # pnpm 12 draws its errors as a tree of 80 columns
        old = re.search(r"This version of pnpm requires at least Node\.js (v[\d.]+)", plain)
        if old:
            message = f"the package cannot be installed: pnpm needs Node.js {old[1]} or newer"
            return Diagnosis(cause="program", message=message, remedy="install a newer Node.js, or an older pnpm")
        found = diagnose("the package", plain, "npm", WORDS)
        if found.cause != "tls":
            return found
        remedy = "set NODE_EXTRA_CA_CERTS (SSL_CERT_FILE from pnpm 12 on) to your CA bundle"
        return Diagnosis(cause=found.cause, message=found.message, remedy=remedy)

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
        separator = ";" if self.host.is_windows else ":"
        # pnpm refuses to install into a folder that is not on PATH.
        path = separator.join(map(str, (*self.host.path, *self.bin_folders)))
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


def pnpm_home(host: Host) -> Path:
    """pnpm's own folder: $PNPM_HOME, below $XDG_DATA_HOME on every system, or the system's place."""
    if host.get("PNPM_HOME"):
        return Path(host.get("PNPM_HOME"))
    if host.get("XDG_DATA_HOME"):
        return Path(host.get("XDG_DATA_HOME")) / "pnpm"
    if host.system == "macos":
        return host.home / "Library" / "pnpm"
    if not host.is_windows:
        return host.home / ".local" / "share" / "pnpm"
    return Path(host.get("LOCALAPPDATA")) / "pnpm" if host.get("LOCALAPPDATA") else host.home / ".pnpm"


def config_folder(host: Host) -> Path:
    """Where pnpm keeps the user's settings."""
    if host.get("XDG_CONFIG_HOME"):
        return Path(host.get("XDG_CONFIG_HOME")) / "pnpm"
    if host.system == "macos":
        return host.home / "Library" / "Preferences" / "pnpm"
    if host.is_windows and host.get("LOCALAPPDATA"):
        return Path(host.get("LOCALAPPDATA")) / "pnpm" / "config"
    return host.home / ".config" / "pnpm"


def _find_pnpm(host: Host, home: Path) -> Path | None:
    """pnpm on PATH, else the one its own installer has put where the next login will find it."""
    name = "pnpm.exe" if host.is_windows else "pnpm"
    beside = (folder / name for folder in (home / "bin", home))
    return host.which("pnpm") or next((path for path in beside if is_executable(path)), None)


def _is_isolated(host: Host, program: Path | None, home: Path) -> bool:
    """Which layout this pnpm has: by its version, else (corepack, a single-file pnpm) by what is there."""
    major = _major(program) if program else 0
    if major:
        return major >= ISOLATED
    return (home / "global" / "v11").is_dir() or not (home / "global" / "5").is_dir()


def _major(program: Path) -> int:
    """The major version of a pnpm by its files, or 0 when they do not tell."""
    real = program.resolve()
    for folder in (*real.parents[:3], program.parent / "node_modules" / "pnpm"):
        manifest = read_json(folder / "package.json")
        if manifest.get("name") in ITSELF:
            return int(str(manifest.get("version", "0")).partition(".")[0])
    in_path = re.search(r"pnpm(?:\+exe)?[/\\@](\d+)\.\d+\.\d+", str(real))  # Homebrew's Cellar, pnpm's own .tools
    return int(in_path[1]) if in_path else 0


def _chosen(host: Host, setting: str, is_isolated: bool) -> Path | None:
    """A folder that the user has chosen in pnpm's settings, or None; each pnpm reads files and variables of its own."""
    name = setting.replace("-", "_")
    whose = "pnpm" if is_isolated else "npm"
    camel = re.sub(r"-(\w)", lambda found: found[1].upper(), setting)
    files = (
        ((config_folder(host) / "config.yaml", rf"{camel}\s*:"),)
        if is_isolated
        else ((host.home / ".npmrc", rf"{setting}\s*="), (config_folder(host) / "rc", rf"{setting}\s*="))
    )
    said = [host.get(f"{whose}_config_{name}"), host.get(f"{whose}_config_{name}".upper())]
    said += [_setting(path, key) for path, key in files]
    value = next((text for text in said if text), "")
    value = re.sub(r"\$\{(\w+)\}", lambda found: host.get(found[1]), value)
    folder = host.home / value[2:] if value.startswith("~/") else Path(value)
    return folder if folder.is_absolute() else None


def _setting(path: Path, key: str) -> str:
    """The value of a top-level setting in a file of lines, or ""."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    found = re.search(rf"^{key}[ \t]*(.*?)[ \t]*$", text, re.MULTILINE)
    return found[1].strip("\"'") if found else ""


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
