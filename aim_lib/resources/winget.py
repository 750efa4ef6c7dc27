"""Windows packages of winget's own source: what it installed is read from its tracking catalogue and the registry.

`winget list` cuts names off and is translated, and `winget export` takes seconds and leaves out what it cannot match.
The catalogue (`installed.db`, SQLite) names by package id what winget installed; the registry's uninstall keys say what
is there today. What another installer brought is not seen: installing it through winget adopts it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from ..host import Host, is_executable
from ..model import Lane, Present, Run, Step, Wanted
from ..versions import Ecosystem, is_above
from . import Diagnosis, Options, Steps, links_into, refuse_offline
from ._winget_failures import diagnose
from ._winget_pins import pinned_ids
from ._winget_records import (
    SOURCE,
    ReadUninstall,
    Tracked,
    Uninstall,
    portable_in,
    read_uninstall_keys,
    shows,
    tracked,
)

IS_TOOL = True
PLATFORMS = ("windows",)
IS_SHARED = True
ECOSYSTEM: Ecosystem = "winget"

# https://learn.microsoft.com/windows/package-manager/winget/#install-winget
INSTALLER = "Add-AppxPackage -RegisterByFamilyName -MainPackage Microsoft.DesktopAppInstaller_8wekyb3d8bbwe"


class Winget:
    """winget on one machine. Windows Installer runs one installation at a time."""

    def __init__(self, host: Host, options: Options, read_uninstall: ReadUninstall) -> None:
        self.host = host
        self.options = options
        self.read_uninstall = read_uninstall
        self.lane = Lane(name="winget", width=1)
        self.is_off = False
        self.notes: tuple[str, ...] = ()
        self.local = Path(host.get("LOCALAPPDATA") or host.home / "AppData" / "Local")
        self.packages = self.local / "Microsoft" / "WinGet" / "Packages"
        self.bin_folders = (self.local / "Microsoft" / "WinGet" / "Links",)
        self.alias = self.local / "Microsoft" / "WindowsApps" / "winget.exe"
        self.unsuitable = self._why_not()
        self.remedy = INSTALLER if self.unsuitable and host.is_windows else ""

    def prerequisite(self) -> Wanted | None:
        return None

    def find(self) -> tuple[Present, ...]:
        if not self.host.is_windows:
            return ()
        recorded = tracked(self.local)
        uninstall = self.read_uninstall() if recorded or self.packages.is_dir() else {}
        portable = portable_in(uninstall or {})
        pinned = pinned_ids(self.local) if recorded or portable else frozenset()
        found = {name: self._present(name, entries, uninstall, portable) for name, entries in recorded.items()}
        for name, entry in portable.items():
            found.setdefault(name, self._read(name, entry["DisplayVersion"], entry))
        there = (present for _, present in sorted(found.items()) if present is not None)
        return tuple(replace(each, traits=("pinned",)) if each.name in pinned else each for each in there)

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        return refuse_offline(self._reach(wanted, have, version), self.options, "winget", ("install",))

    def _reach(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        words = ("--version", version) if version else ()
        undo = self._restore(wanted.name, have)
        if have is None:
            return Steps(do=(self._install(wanted.name, *words),), undo=undo)
        if version and is_above(ECOSYSTEM, have.version, version):
            # "A newer version is already installed": the newer one goes first
            steps = Steps(do=(self._uninstall(wanted.name), self._install(wanted.name, *words)), undo=undo)
            return self._unpinned(have, steps)
        again = ("--force",) if have.flaw else ()
        return self._unpinned(have, Steps(do=(self._install(wanted.name, *words, *again),), undo=undo))

    def remove(self, have: Present) -> Steps:
        free, again = self._pins(have)
        return Steps(do=(*free, self._uninstall(have.name)), undo=(*self._restore(have.name, have), *again))

    def hold(self, have: Present, *, is_held: bool) -> Steps:
        pin, unpin = (self._pin(verb, have.name) for verb in ("add", "remove"))
        return Steps(do=(pin if is_held else unpin,), undo=(unpin if is_held else pin,))

    def diagnose(self, output: str) -> Diagnosis:
        return diagnose(output)

    def _why_not(self) -> str:
        if not self.host.is_windows:
            return 'winget is for Windows; for other machines say platforms = ["windows"] or optional = true'
        return "" if self._program() else "winget is not on PATH: install App Installer from the Microsoft Store"

    def _program(self) -> Path | None:
        """winget; its usual place is an alias for the Store's app, which is a file only by name."""
        return self.host.which("winget") or (self.alias if os.path.lexists(self.alias) else None)

    # --- reading ------------------------------------------------------------------------------------------------

    def _present(
        self,
        name: str,
        entries: list[Tracked],
        uninstall: Uninstall | None,
        portable: Mapping[str, Mapping[str, str]],
    ) -> Present | None:
        latest = entries[-1]
        if name in portable:
            return self._read(name, portable[name]["DisplayVersion"], portable[name])
        codes = frozenset().union(*(entry.codes for entry in entries))
        if uninstall is None or not codes:
            return self._read(name, latest.version, {})
        there = next((uninstall[code] for code in sorted(codes) if code in uninstall), None)
        if there is None:  # removed through the system's settings, which winget does not hear of
            return None
        shown = there.get("DisplayVersion", "")
        same = next((entry for entry in reversed(entries) if shows(entry, shown)), None)
        return self._read(name, same.version if same else shown or latest.version, there)

    def _read(self, name: str, version: str, entry: Mapping[str, str]) -> Present:
        folder = Path(entry.get("InstallLocation") or self.packages / f"{name}_{SOURCE}")
        links = [Path(link) for link in links_into(folder, self.bin_folders[0])]
        dead = next((link for link in links if not is_executable(link)), None)
        flaw = f"its command {dead.stem} leads nowhere" if dead else ""
        if entry.get("WinGetPackageIdentifier") and not folder.is_dir():
            flaw = "its files are gone"
        commands = tuple(sorted(link.stem for link in links))
        return Present(kind="winget", name=name, version=version, where=str(folder), commands=commands, flaw=flaw)

    # --- steps --------------------------------------------------------------------------------------------------

    def _install(self, name: str, *words: str) -> Run:
        return self._run("install", name, "--accept-package-agreements", *words)

    def _uninstall(self, name: str) -> Run:
        return self._run("uninstall", name)

    def _restore(self, name: str, have: Present | None) -> tuple[Step, ...]:
        if have is None or not have.version:
            return (self._uninstall(name),)
        return (self._install(name, "--version", have.version, "--force"),)

    def _unpinned(self, have: Present, steps: Steps) -> Steps:
        """`steps` for something that may be pinned: winget then neither upgrades nor installs it."""
        free, again = self._pins(have)
        return Steps(do=(*free, *steps.do, *again), undo=(*steps.undo, *again))

    def _pins(self, have: Present) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
        """What takes the pin of `have` away and what sets it again; nothing when there is none."""
        if "pinned" not in have.traits:
            return (), ()
        return (self._pin("remove", have.name),), (self._pin("add", have.name),)

    def _pin(self, verb: str, name: str) -> Run:
        """`pin` knows no --silent. --force: another kind of pin is replaced."""
        blocking = ("--blocking", "--force") if verb == "add" else ()
        which = ("--id", name, "--exact", "--source", "winget")
        quiet = ("--disable-interactivity", "--accept-source-agreements")
        argv = (str(self._program() or self.alias), "pin", verb, *which, *quiet, *blocking)
        return Run(argv=argv, timeout_s=self.options.timeout_s)

    def _run(self, verb: str, name: str, *words: str) -> Run:
        which = ("--id", name, "--exact", "--source", "winget")
        quiet = ("--silent", "--disable-interactivity", "--accept-source-agreements")
        argv = (str(self._program() or self.alias), verb, *which, *quiet, *words)
        return Run(argv=argv, timeout_s=self.options.timeout_s)


def open(host: Host, options: Options) -> Winget:  # noqa: A001 - the folder's contract
    return Winget(host, options, read_uninstall_keys)
