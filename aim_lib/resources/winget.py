"""Windows packages of winget's own source: what it installed is read from its tracking catalogue and the registry.

`winget list` cuts names off and is translated, and `winget export` takes seconds and leaves out what it cannot match.
The catalogue (`installed.db`, SQLite) names by package id what winget installed; the registry's uninstall keys say what
is there today. What another installer brought is not seen: installing it through winget adopts it.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ..host import Host, is_executable
from ..model import Frozen, Lane, Present, Run, Step, Wanted
from ..versions import Ecosystem, is_above, is_same
from . import Diagnosis, Options, Steps, links_into, refuse_offline
from ._winget_pins import pinned_ids

IS_TOOL = True
PLATFORMS = ("windows",)
IS_SHARED = True
ECOSYSTEM: Ecosystem = "winget"

# https://learn.microsoft.com/windows/package-manager/winget/#install-winget
INSTALLER = "Add-AppxPackage -RegisterByFamilyName -MainPackage Microsoft.DesktopAppInstaller_8wekyb3d8bbwe"
SOURCE = "Microsoft.Winget.Source_8wekyb3d8bbwe"
CATALOGUES = (
    ("Packages", "Microsoft.DesktopAppInstaller_8wekyb3d8bbwe", "LocalState", SOURCE, "installed.db"),
    ("Microsoft", "WinGet", "State", "defaultState", SOURCE, "installed.db"),  # a winget without a package of its own
)
UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall"
FIELDS = ("DisplayVersion", "InstallLocation", "WinGetPackageIdentifier", "WinGetSourceIdentifier")
QUERY = """
select ids.id, versions.version, productcodes.productcode, low.version, high.version
from manifest
join ids on ids.rowid = manifest.id
join versions on versions.rowid = manifest.version
left join productcodes_map on productcodes_map.manifest = manifest.rowid
left join productcodes on productcodes.rowid = productcodes_map.productcode
left join versions low on low.rowid = manifest.arp_min_version
left join versions high on high.rowid = manifest.arp_max_version
order by ids.id, manifest.rowid
"""

Uninstall = Mapping[str, Mapping[str, str]]
ReadUninstall = Callable[[], Uninstall | None]


class Tracked(Frozen, frozen=True):
    """One installation that winget recorded; its product codes in lower case, and the versions it shows itself as."""

    version: str
    codes: frozenset[str] = frozenset()
    shown: tuple[str, ...] = ()


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
        tracked = self._tracked()
        uninstall = self.read_uninstall() if tracked or self.packages.is_dir() else {}
        portable = _portable(uninstall or {})
        pinned = pinned_ids(self.local) if tracked or portable else frozenset()
        found = {name: self._present(name, entries, uninstall, portable) for name, entries in tracked.items()}
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
        return _diagnose(output)

    def _why_not(self) -> str:
        if not self.host.is_windows:
            return 'winget is for Windows; for other machines say platforms = ["windows"] or optional = true'
        return "" if self._program() else "winget is not on PATH: install App Installer from the Microsoft Store"

    def _program(self) -> Path | None:
        """winget; its usual place is an alias for the Store's app, which is a file only by name."""
        return self.host.which("winget") or (self.alias if os.path.lexists(self.alias) else None)

    # --- reading ------------------------------------------------------------------------------------------------

    def _tracked(self) -> dict[str, list[Tracked]]:
        """What winget recorded, by package id, the latest last; of the first catalogue there is."""
        catalogue = next((path for parts in CATALOGUES if (path := self.local.joinpath(*parts)).is_file()), None)
        rows = _rows(catalogue) if catalogue else []
        found: dict[str, dict[str, Tracked]] = {}
        for name, version, code, low, high in rows:
            versions = found.setdefault(name, {})
            before = versions.get(version)
            codes = (before.codes if before else frozenset()) | ({code.lower()} if code else set())
            versions[version] = Tracked(version=version, codes=codes, shown=(low, high) if low and high else ())
        return {name: list(versions.values()) for name, versions in found.items()}

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
        same = next((entry for entry in reversed(entries) if _shows(entry, shown)), None)
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


def read_uninstall_keys() -> Uninstall | None:
    """The registry's uninstall keys of the user and the machine, by product code in lower case; None off Windows."""
    try:
        winreg: Any = importlib.import_module("winreg")
    except ImportError:
        return None
    wide, narrow = winreg.KEY_READ | winreg.KEY_WOW64_64KEY, winreg.KEY_READ | winreg.KEY_WOW64_32KEY
    places = (
        (winreg.HKEY_LOCAL_MACHINE, narrow),
        (winreg.HKEY_LOCAL_MACHINE, wide),
        (winreg.HKEY_CURRENT_USER, wide),
    )
    return {code: fields for hive, access in places for code, fields in _keys_in(winreg, hive, access)}


def _keys_in(winreg: Any, hive: int, access: int) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        root = winreg.OpenKey(hive, UNINSTALL, 0, access)
    except OSError:
        return
    with root:
        for place in range(winreg.QueryInfoKey(root)[0]):
            # A key may go while we look, and a value may be missing or no text.
            with contextlib.suppress(OSError):
                code = winreg.EnumKey(root, place)
                with winreg.OpenKey(root, code, 0, access) as key:
                    yield code.lower(), dict(_values(winreg, key))


def _values(winreg: Any, key: Any) -> Iterator[tuple[str, str]]:
    for field in FIELDS:
        with contextlib.suppress(OSError):
            yield field, str(winreg.QueryValueEx(key, field)[0])


def _portable(uninstall: Uninstall) -> dict[str, Mapping[str, str]]:
    """Packages that are files alone, by id: their keys are written by winget itself."""
    mine = (entry for entry in uninstall.values() if entry.get("WinGetSourceIdentifier") == SOURCE)
    return {entry["WinGetPackageIdentifier"]: {"DisplayVersion": "", **entry} for entry in mine if entry.get(FIELDS[2])}


def _shows(entry: Tracked, shown: str) -> bool:
    """Whether an installation that was recorded would show itself as `shown` today."""
    if not shown or is_same(ECOSYSTEM, entry.version, shown):
        return True
    if not entry.shown:
        return False
    low, high = entry.shown
    return not is_above(ECOSYSTEM, low, shown) and not is_above(ECOSYSTEM, shown, high)


def _rows(catalogue: Path) -> list[tuple[str, str, str | None, str | None, str | None]]:
    """The catalogue's rows; [] when winget has meanwhile given it another form."""
    import sqlite3

    try:
        # Read-only, and without waiting: winget holds it while it installs.
        with contextlib.closing(sqlite3.connect(f"{catalogue.as_uri()}?mode=ro", uri=True, timeout=1.0)) as database:
            return database.execute(QUERY).fetchall()
    except sqlite3.Error:
        return []


# --- explaining -------------------------------------------------------------------------------------------------

# What winget prints is translated; its exit code is not (AppInstallerErrors.h). As Windows has it, unsigned.
_CODE = re.compile(r"\b0x([0-9A-F]{8})\b|(?<![\w.])(-?\d{10})\b", re.IGNORECASE)
# The installer's own, of which winget's message ends with the number: Windows Installer's codes.
_INSTALLER = re.compile(r": (\d{4})\s*$", re.MULTILINE)
_NETWORK = ("network", "winget's source cannot be reached", "check the network, then run again")
_TLS = (
    "tls",
    "the certificate of winget's source is not trusted",
    "check the clock and the certificates of the machine",
)
_DISK = ("disk", "the disk is full while installing the package", "free some space, then run the same command again")
_BUSY = ("locked", "another installation is running", "wait until it has ended, then run again")
_IN_USE = ("in-use", "the package cannot be changed while it runs", "close it, then run again")
_REBOOT = ("reboot", "the package needs a restart of the machine", "restart the machine, then: aim install")
_ADMIN = (
    "permission",
    "the package can only be changed by an administrator",
    "run again in a terminal of an administrator",
)
_POLICY = ("policy", "the organisation's policy does not allow it", "ask who administers this machine")
_NAME = (
    "name",
    "the package: winget has no such id, or no such version",
    "winget show --exact --source winget --id ID",
)
_THERE = ("present", "the package is already there, installed by something else", "uninstall it, then: aim install")
_CANCELLED = ("cancelled", "the installation was cancelled", "run the same command again")
_FAILED = (
    "script",
    "the package's own installer failed",
    "read its output above; winget --info says where its logs are",
)
_HASH = (
    "hash",
    "the package is not the file that its manifest promises: the hash differs",
    "do not install it; try again when the manifest is corrected",
)
_SOURCE = (
    "source",
    "winget's list of packages is damaged or out of date",
    "winget source reset --force (as administrator)",
)
_FIT = ("unsuitable", "the package has no installer for this machine", "choose another version in aim.toml")
_NEWER = ("newer", "a newer version of the package is already there", "uninstall it, then: aim install")
_DEPENDENCIES = ("dependencies", "the package needs another one that could not be installed", "install that first")

MEANINGS: Mapping[int, tuple[str, str, str]] = {
    **dict.fromkeys((0x8A150008, 0x8A150045, 0x8A150044, 0x8A15004B, 0x8A150107), _NETWORK),
    **dict.fromkeys((0x80072F05, 0x80072F06, 0x80072F0D, 0x80072F8F, 0x8A15005E), _TLS),
    **dict.fromkeys((0x8A150105, 0x80070070), _DISK),
    **dict.fromkeys((0x8A150102, 0x80070652), _BUSY),
    **dict.fromkeys((0x8A150101, 0x8A150103, 0x8A150111), _IN_USE),
    **dict.fromkeys((0x8A150109, 0x8A15010A, 0x8A15010B), _REBOOT),
    **dict.fromkeys((0x8A150019, 0x80070005), _ADMIN),
    **dict.fromkeys((0x8A15001B, 0x8A15001C, 0x8A15003A, 0x8A15010F), _POLICY),
    **dict.fromkeys((0x8A150014, 0x8A150016, 0x8A150017), _NAME),
    **dict.fromkeys((0x8A15002B, 0x8A150061, 0x8A15010D, 0x8A150054), _THERE),
    **dict.fromkeys((0x8A150005, 0x8A15010C), _CANCELLED),
    **dict.fromkeys((0x8A150011, 0x8A15002D, 0x8A15002E, 0x8A150060), _HASH),
    **dict.fromkeys((0x8A15000A, 0x8A15000B, 0x8A15000F, 0x8A150012, 0x8A150015, 0x8A15003F), _SOURCE),
    **dict.fromkeys((0x8A150010, 0x8A150113), _FIT),
    **dict.fromkeys((0x8A15004F, 0x8A15010E), _NEWER),
    **dict.fromkeys((0x8A15004C, 0x8A15004D, 0x8A150104, 0x8A150110), _DEPENDENCIES),
    **dict.fromkeys((0x8A150006, 0x8A150030, 0x8A150049, 0x8A150052, 0x8A150057, 0x8A150108, 0x8A150112), _FAILED),
    0x8A150056: (
        "permission",
        "the package refuses to be installed by an administrator",
        "run again without administrator rights",
    ),
    0x8A150068: ("pinned", "the package has a pin of winget's own", "winget pin remove --exact --id ID"),
    0x8A15002F: ("script", "the package has no uninstaller", "remove it in the system's settings"),
}
INSTALLER_MEANINGS = {1602: _CANCELLED, 1223: _CANCELLED, 1618: _BUSY, 1625: _POLICY, 3010: _REBOOT, 1641: _REBOOT}


def _diagnose(output: str) -> Diagnosis:
    meaning = next((each for code in _codes(output) if (each := _meaning(code))), None)
    if meaning in (_FAILED, None):
        own = (INSTALLER_MEANINGS.get(int(found)) for found in _INSTALLER.findall(output))
        meaning = next((each for each in own if each), meaning)
    cause, message, remedy = meaning or (
        "unknown",
        "the package could not be installed",
        "read winget's output above; winget --info says where its logs are",
    )
    return Diagnosis(cause=cause, message=message, remedy=remedy)


def _meaning(code: int) -> tuple[str, str, str] | None:
    is_of_the_web = code & 0xFFFFF000 == 0x80072000  # WinINet's own, of which there are a hundred
    return MEANINGS.get(code, _NETWORK if is_of_the_web else None)


def _codes(output: str) -> Iterator[int]:
    """Every HRESULT in `output`, the exit code first, which comes last."""
    for found in reversed(list(_CODE.finditer(output))):
        yield int(found[1], 16) if found[1] else int(found[2]) & 0xFFFFFFFF
