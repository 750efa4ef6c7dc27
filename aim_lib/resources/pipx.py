"""Python applications installed by pipx: ours, embedded; the home is the user's own when their pipx can share it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..host import Host
from ..model import Lane, Present, Run, Step, Wanted
from ..pipindex import MARK as PIP_INDEX
from . import (
    Diagnosis,
    Options,
    Steps,
    diagnose,
    environment_version,
    folder_version,
    keep_receipt,
    offline_env,
    own_tools,
    read_json,
    requirement,
    subfolders,
    sweep,
    tool_flaw,
    uv_env,
    with_orphans,
)
from ._retired import put_environment_back

IS_TOOL = True
ECOSYSTEM = "pypi"
SHAREABLE = (1, 16)  # an older pipx cannot read the metadata ours writes ("Unknown metadata version 0.12")


class Pipx:
    """pipx on one machine. Parallel installs are safe from 1.16, which ours is."""

    def __init__(self, host: Host, options: Options) -> None:
        self.host = host
        self.options = options
        self.lane = Lane(name="pipx", width=4)
        self.unsuitable = ""
        self.is_off = False
        self.notes: tuple[str, ...] = ()
        theirs = _foreign_pipx(host)
        if theirs is None or _is_shareable(theirs[1]):
            self.home, bin_folder = default_home(host), default_bin(host)
        else:
            self.home, bin_folder = host.folders.data / "pipx", host.folders.data / "pipx" / "bin"
            self.notes = (
                f"{theirs[0]} is pipx {theirs[1] or 'of unknown version'}, older than 1.16 or unreadable: "
                f"tools get a pipx home of their own, {self.home}",
            )
        self.bin_folders = (bin_folder,)

    def prerequisite(self) -> Wanted | None:
        return None

    def find(self) -> tuple[Present, ...]:
        found = ((folder, read_json(folder / "pipx_metadata.json")) for folder in subfolders(self.home / "venvs"))
        # One made with --suffix is a second copy, under a name that nobody can declare: it is not what `ruff` means.
        whole = tuple(self._read(folder, receipt) for folder, receipt in found if not _main(receipt).get("suffix"))
        return with_orphans("pipx", whole, self.home / "venvs", self.bin_folders[0])

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        spec = requirement(wanted, version)
        do = [*sweep(have), *self._reach(wanted.name, spec, have, wanted.python)]
        do += [self._run("inject", wanted.name, *wanted.extras)] if wanted.extras else []
        return Steps(do=tuple(do), undo=self._restore(wanted.name, have))

    def remove(self, have: Present) -> Steps:
        if not Path(have.where).exists():  # "nothing to uninstall", exit 1
            return Steps(do=sweep(have), undo=())
        return Steps(do=(*sweep(have), self._run("uninstall", have.name)), undo=self._restore(have.name, have))

    def salvage(self, have: Present) -> tuple[Step, ...]:
        if self.host.is_windows:
            return ()
        return put_environment_back(self.home / ".trash", have, self.bin_folders[0])

    def diagnose(self, output: str) -> Diagnosis:
        return diagnose("the package", output, "PyPI")

    def _reach(self, name: str, spec: str, have: Present | None, python: str) -> tuple[Step, ...]:
        chosen = ("--python", python) if python else ()
        if have is None:
            return (self._run("install", *chosen, spec),)
        is_local = spec.startswith(("/", ".")) or "://" in spec
        if _is_stuck(have, is_local):
            # `--upgrade` is then a silent no-op with exit 0 (pipx 1.18): it goes by the lock, or by a receipt that
            # tells of another version than is there; and `--force` leaves lying what it did not install.
            anew = (self._run("uninstall", name), self._run("install", *chosen, spec), *self._as_it_was(name, have))
            return (*self._forget(name, have), *anew)
        if have.flaw or is_local:
            return (self._run("install", "--force", *chosen, spec),)
        # Without --upgrade pipx skips an installed app with exit 0, whatever version was asked for.
        step = self._run("install", "--upgrade", *chosen, spec)
        if "pinned" in have.traits:  # a pinned app is "not upgraded", again with exit 0
            return (self._run("unpin", name), step, self._run("pin", name))
        return (step,)

    def _forget(self, name: str, have: Present) -> tuple[Step, ...]:
        """uv's cache shares its files with the environments: what was altered there in place is altered in both."""
        uv = own_tools(self.host) / ("uv.exe" if self.host.is_windows else "uv")
        clean = Run(argv=(str(uv), "cache", "clean", name), timeout_s=self.options.timeout_s)
        return (clean,) if "altered" in have.traits else ()

    def _restore(self, name: str, have: Present | None) -> tuple[Step, ...]:
        if have is None or not have.version:
            return (self._run("uninstall", name),)
        step = self._run("install", "--force", _as_it_was(name, have))
        # The exact install rewrites the receipt: put back the request the user had made.
        return (step, *self._as_it_was(name, have), *keep_receipt(Path(have.where) / "pipx_metadata.json"))

    def _as_it_was(self, name: str, have: Present) -> tuple[Step, ...]:
        """What an environment made anew lacks: the packages injected into the former one, and its pin."""
        injected = read_json(Path(have.where) / "pipx_metadata.json").get("injected_packages") or {}
        asked = [str(injected[extra].get("package_or_url") or extra) for extra in sorted(injected)]
        steps = [self._run("inject", name, *asked)] if asked else []
        return (*steps, *([self._run("pin", name)] if "pinned" in have.traits else []))

    def _run(self, *words: str) -> Run:
        separator = ";" if self.host.is_windows else ":"
        path = separator.join(map(str, (own_tools(self.host), *self.host.path)))
        env = {
            **uv_env(self.host),
            **offline_env(self.options),
            "PIPX_HOME": str(self.home),
            "PIPX_BIN_DIR": str(self.bin_folders[0]),
            "PIPX_DISABLE_SHARED_LIBS_AUTO_UPGRADE": "1",
            "USE_EMOJI": "0",
            PIP_INDEX: "pip",
            "PATH": path,
        }
        argv = (self.host.python, "-m", "pipx", *words)
        return Run(argv=argv, env=tuple(env.items()), timeout_s=self.options.timeout_s)

    def _read(self, folder: Path, receipt: dict[str, Any]) -> Present:
        main = _main(receipt)
        name = str(main.get("package") or folder.name)
        commands = tuple(main.get("apps") or ())
        version, doubt = environment_version(folder, name)
        marks = {"altered": doubt, "pinned": main.get("pinned"), "locked": main.get("lock_file")}
        noted = str(main.get("package_version") or "")
        return Present(
            kind="pipx",
            name=name,
            version=version,
            where=str(folder),
            commands=commands,
            recorded=str(main.get("package_or_url") or ""),
            receipt="" if noted == version else noted,
            flaw=tool_flaw(folder, receipt, version, commands, self.bin_folders[0]) or doubt,
            extras=tuple(sorted(receipt.get("injected_packages") or ())),
            traits=tuple(mark for mark, is_set in marks.items() if is_set),
        )


def open(host: Host, options: Options) -> Pipx:  # noqa: A001 - the folder's contract
    return Pipx(host, options)


def default_home(host: Host) -> Path:
    """Where a pipx of today keeps its environments: $PIPX_HOME, a legacy folder that exists, the platform's own."""
    if host.get("PIPX_HOME"):
        return Path(host.get("PIPX_HOME")).expanduser()
    legacy = [host.home / ".local" / "pipx"] + ([host.home / "pipx"] if host.is_windows else [])
    existing = next((folder for folder in legacy if folder.is_dir()), None)
    if existing:
        return existing
    if host.is_windows:
        return Path(host.get("LOCALAPPDATA") or host.home / "AppData" / "Local") / "pipx" / "pipx"
    if host.system == "macos":
        return host.home / "Library" / "Application Support" / "pipx"
    return Path(host.get("XDG_DATA_HOME") or host.home / ".local" / "share") / "pipx"


def default_bin(host: Host) -> Path:
    """Where pipx links commands."""
    chosen = host.get("PIPX_BIN_DIR")
    return Path(chosen).expanduser() if chosen else host.home / ".local" / "bin"


def _main(receipt: dict[str, Any]) -> dict[str, Any]:
    return receipt.get("main_package") or {}


def _as_it_was(name: str, have: Present) -> str:
    """The requirement that brings `have` back: its source, or its name with the extras it was asked for with."""
    if _is_direct(have.recorded):
        return have.recorded
    extras = re.match(r"[\w.-]+\s*(\[[^\]]*\])", have.recorded)
    return f"{name}{extras[1] if extras else ''}=={have.version}"


def _is_stuck(have: Present, is_local: bool) -> bool:
    """Whether pipx would leave it as it is, or in part, whatever it is told: it has to be made anew."""
    is_beyond_upgrade = "locked" in have.traits or bool(have.receipt)
    return "altered" in have.traits or (is_beyond_upgrade and not have.flaw and not is_local)


def _is_direct(recorded: str) -> bool:
    return "://" in recorded or recorded.startswith(("/", ".", "git+"))


def _foreign_pipx(host: Host) -> tuple[Path, str] | None:
    """The user's own pipx on PATH and its version by its files ("" when they do not tell); None when there is none."""
    ours = own_tools(host).resolve()
    for found in host.which_all("pipx"):
        real = found.resolve()
        if real.parent != ours:
            return found, _installed_version(real)
    return None


def _installed_version(program: Path) -> str:
    prefix = Path(program).parent.parent
    folders = [*prefix.glob("lib/python*/site-packages"), prefix / "Lib" / "site-packages"]
    if prefix == Path("/usr"):
        folders.append(Path("/usr/lib/python3/dist-packages"))
    return folder_version(folders, "pipx")


def _is_shareable(version: str) -> bool:
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return numbers >= SHAREABLE
