"""Programs built from crates by `cargo install`, in the user's own install root.

A built program does not say its version: cargo's own list is the only place that does. cargo-binstall is not used, also
where it is there: it fetches programs that somebody else has built, from places that the registry knows nothing of.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ..host import Host, is_executable
from ..model import Lane, Present, Run, Step, Wanted, Write
from ..versions import ANY
from . import DISK_FULL, Diagnosis, Options, Steps, command_flaw, diagnose, offline_env, read_json

IS_TOOL = True
ECOSYSTEM = "cargo"

RUSTUP = "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"  # https://rustup.rs
INSTALLERS = {"windows": "winget install Rustlang.Rustup"}  # any other system: RUSTUP
CRATES_IO = ("registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/")
ENTRY = re.compile(r"(?P<name>\S+) (?P<version>\S+) \((?P<source>.+)\)")
LINKER_KILLED = r"ld terminated with signal 7"  # what is left of a disk that fills up under a linker (seen with lld)
WORDS = {
    "disk": LINKER_KILLED,
    "tls": r"SSL certificate problem|\[60\] SSL",
    "hash": "failed to verify the checksum",
    "network": r"Could not resolve host|Could not connect to server|, got 5\d\d\b",
}
BUILD_TOOLS = "Debian: apt install build-essential; macOS: xcode-select --install; Windows: Visual Studio's C++ tools"
# pattern, cause, what happened to "the package", remedy; the first that fits counts
OWN = (
    (r"linker `[^`]+` not found", "build", "needs a C linker, and there is none", f"install one ({BUILD_TOOLS})"),
    (
        r"requires rustc \d",
        "build",
        "needs a newer Rust than this one",
        "rustup update, or choose an older version in aim.toml",
    ),
    (
        r"could not compile|failed to compile",
        "build",
        "could not be built",
        "read the compiler's output above, or choose another version in aim.toml",
    ),
    (
        r"has been yanked from registry",
        "version",
        "was withdrawn (yanked) at this version",
        "choose another version in aim.toml",
    ),
    (
        r"could not find `[^`]+` in registry `[^`]+` with version `\*`",
        "name",
        "is no crate of the registry",
        "check the name in aim.toml",
    ),
    (  # the same words for a name that nobody has and for a version that the name does not have
        r"could not find `[^`]+` in registry",
        "version",
        "is no crate of the registry, or has no such version",
        "check the name and the version in aim.toml",
    ),
    (r"there is nothing to install in", "name", "is a library: it brings no program", "remove it from aim.toml"),
    (
        r"already exists in destination",
        "taken",
        "brings a command that something else has put there",
        "remove the file that the installer names above, then run the same command again",
    ),
    (
        r"failed to parse crate metadata",
        "receipt",
        "cannot be installed while cargo's own list is damaged",
        "delete .crates2.json in cargo's install root: cargo makes it anew from .crates.toml",
    ),
    (
        r"rustup could not choose a version of cargo",
        "program",
        "cannot be built: rustup has no toolchain",
        "rustup default stable",
    ),
)


class Cargo:
    """cargo on one machine. It locks its downloads and its list itself; a build takes every core, so two are enough."""

    def __init__(self, host: Host, options: Options) -> None:
        self.host = host
        self.options = options
        self.lane = Lane(name="cargo", width=2)
        self.is_off = False
        self.notes: tuple[str, ...] = ()
        self.root = install_root(host)
        self.bin_folders = (self.root / "bin",)
        self.program = _find_cargo(host)
        self.unsuitable = "" if self.program else "cargo is not on PATH"
        self.remedy = "" if self.program else INSTALLERS.get(host.system, RUSTUP)

    def prerequisite(self) -> Wanted | None:
        return None

    def find(self) -> tuple[Present, ...]:
        details = read_json(self.root / ".crates2.json").get("installs") or {}
        found = {}
        for entry, files in _listed(self.root / ".crates.toml"):
            known = ENTRY.fullmatch(entry)
            if known:
                found[known["name"]] = self._read(known, files, details.get(entry) or {})
        return tuple(found[name] for name in sorted(found))

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        # Without --force cargo takes a program that is listed but gone for installed, with exit 0. With it, it would
        # also overwrite what is not its own.
        force = ("--force",) if have and have.flaw else ()
        words = (*_what(wanted, have, version), *_features(wanted.extras, have), *force)
        return Steps(do=(self._run("install", "--locked", *words),), undo=self._restore(wanted.name, have))

    def remove(self, have: Present) -> Steps:
        # cargo removes nothing of a program one file of which is gone ("corrupt metadata"): lend it an empty one.
        files = (self.bin_folders[0] / f"{command}{self._ending()}" for command in have.commands)
        lent = tuple(Write(path=str(file), text="", mode=0o755) for file in files if not file.exists())
        return Steps(do=(*lent, self._run("uninstall", have.name)), undo=self._restore(have.name, have))

    def diagnose(self, output: str) -> Diagnosis:
        is_full = re.search(f"{DISK_FULL}|{LINKER_KILLED}", output)
        for pattern, cause, what, remedy in () if is_full else OWN:
            if re.search(pattern, output):
                return Diagnosis(cause=cause, message=f"the package {what}", remedy=remedy)
        return diagnose("the package", output, "crates.io", WORDS)

    def _restore(self, name: str, have: Present | None) -> tuple[Step, ...]:
        if have is None or not have.version:
            return (self._run("uninstall", name),)
        words = (*_as_it_was(name, have), *_features((), have), "--force")
        return (self._run("install", "--locked", *words),)

    def _run(self, verb: str, *words: str) -> Run:
        program = self.program or Path("cargo")
        path = self.host.path_of(program.parent, *self.host.path)
        env = {"CARGO_TERM_COLOR": "never", "CARGO_TERM_PROGRESS_WHEN": "never", **self._toolchain()}
        env = {**env, **offline_env(self.options), "PATH": path}
        argv = (str(program), verb, "--root", str(self.root), *words)
        return Run(argv=argv, env=tuple(env.items()), timeout_s=self.options.timeout_s)

    def _toolchain(self) -> dict[str, str]:
        """The user's default toolchain: else the rust-toolchain.toml of the folder we are run in would decide."""
        rustup = Path(self.host.get("RUSTUP_HOME") or self.host.home / ".rustup")
        chosen = _read_toml(rustup / "settings.toml").get("default_toolchain")
        return {"RUSTUP_TOOLCHAIN": str(chosen)} if chosen and not self.host.get("RUSTUP_TOOLCHAIN") else {}

    def _ending(self) -> str:
        return ".exe" if self.host.is_windows else ""

    def _read(self, entry: re.Match[str], files: tuple[str, ...], details: dict[str, Any]) -> Present:
        folder = self.bin_folders[0]
        commands = tuple(sorted(file.removesuffix(".exe") for file in files))
        source = re.sub(r"://[^/@\s]*@", "://", entry["source"])  # credentials are not for showing
        marks = ("all_features", "no_default_features")
        return Present(
            kind="cargo",
            name=entry["name"],
            version=entry["version"],
            where=str(folder / min(files, default="")),
            commands=commands,
            recorded=str(details.get("version_req") or "") if source in CRATES_IO else source,
            flaw=command_flaw(commands, folder, folder),
            extras=tuple(sorted(details.get("features") or ())),
            traits=tuple(mark.replace("_", "-") for mark in marks if details.get(mark)),
        )


def open(host: Host, options: Options) -> Cargo:  # noqa: A001 - the folder's contract
    return Cargo(host, options)


def cargo_home(host: Host) -> Path:
    """Where cargo keeps its configuration and its downloads."""
    return Path(host.get("CARGO_HOME") or host.home / ".cargo")


def install_root(host: Host) -> Path:
    """Where `cargo install` puts programs: $CARGO_INSTALL_ROOT, `install.root` of the user's own config, cargo's home.

    A project's `.cargo/config.toml` has no say: `cargo install` does not read it.
    """
    home = cargo_home(host)
    if host.get("CARGO_INSTALL_ROOT"):
        return host.cwd / host.get("CARGO_INSTALL_ROOT")
    older = home / "config"  # read alone when both are there
    table = _read_toml(older if older.is_file() else home / "config.toml").get("install")
    root = table.get("root") if isinstance(table, dict) else None
    return home.parent / root if isinstance(root, str) else home


def _find_cargo(host: Host) -> Path | None:
    """cargo on PATH, else the one that rustup has put where the next login will find it."""
    beside = cargo_home(host) / "bin" / ("cargo.exe" if host.is_windows else "cargo")
    return host.which("cargo") or (beside if is_executable(beside) else None)


def _listed(receipt: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What cargo's list says is installed, with its files. The list in JSON beside it only adds details."""
    entries = _read_toml(receipt).get("v1")
    for entry, files in sorted(entries.items()) if isinstance(entries, dict) else ():
        yield entry, tuple(map(str, files))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _what(wanted: Wanted, have: Present | None, version: str) -> tuple[str, ...]:
    """What to tell cargo: a folder, a repository, or the crate at `version` or what the request accepts."""
    if "://" in wanted.source:
        return ("--git", wanted.source.removeprefix("git+"), wanted.name)
    if wanted.source:
        return ("--path", wanted.source)
    request = f"={version}" if version else "" if wanted.request in ANY else wanted.request
    asked = ("--version", request) if request else ()
    return (wanted.name, *asked, *_index(have.recorded if have else ""))


def _index(source: str) -> tuple[str, ...]:
    """The registry a crate came from when it is not crates.io: a stranger may have its name there."""
    if not source.startswith(("registry+", "sparse+")):
        return ()
    return ("--index", source.removeprefix("registry+"))


def _features(asked: tuple[str, ...], have: Present | None) -> tuple[str, ...]:
    """The features to build with: those asked for, else those that are there; cargo itself forgets them."""
    features = asked or (have.extras if have else ())
    chosen = ("--features", ",".join(features)) if features else ()
    return (*chosen, *(f"--{trait}" for trait in have.traits)) if have else chosen


def _as_it_was(name: str, have: Present) -> tuple[str, ...]:
    """What tells cargo to bring `have` back from where it came."""
    kind, _, url = have.recorded.partition("+")
    if kind == "path":
        place = unquote(url.partition("#")[0].removeprefix("file://"))
        return ("--path", re.sub(r"^/([A-Za-z]:)", r"\1", place))
    if kind == "git":
        address, _, commit = url.partition("#")
        return ("--git", address.partition("?")[0], "--rev", commit, name)
    return (name, "--version", f"={have.version}", *_index(have.recorded))
