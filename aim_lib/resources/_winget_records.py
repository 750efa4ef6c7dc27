"""What winget has recorded of its installations, in its tracking catalogue and in the registry's uninstall keys."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..model import Frozen
from ..versions import Ecosystem, is_above, is_same

ECOSYSTEM: Ecosystem = "winget"
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


def tracked(local: Path) -> dict[str, list[Tracked]]:
    """What winget recorded, by package id, the latest last; of the first catalogue below `local` that there is."""
    catalogue = next((path for parts in CATALOGUES if (path := local.joinpath(*parts)).is_file()), None)
    rows = _rows(catalogue) if catalogue else []
    found: dict[str, dict[str, Tracked]] = {}
    for name, version, code, low, high in rows:
        versions = found.setdefault(name, {})
        before = versions.get(version)
        codes = (before.codes if before else frozenset()) | ({code.lower()} if code else set())
        versions[version] = Tracked(version=version, codes=codes, shown=(low, high) if low and high else ())
    return {name: list(versions.values()) for name, versions in found.items()}


def portable_in(uninstall: Uninstall) -> dict[str, Mapping[str, str]]:
    """Packages that are files alone, by id: their keys are written by winget itself."""
    mine = (entry for entry in uninstall.values() if entry.get("WinGetSourceIdentifier") == SOURCE)
    return {entry["WinGetPackageIdentifier"]: {"DisplayVersion": "", **entry} for entry in mine if entry.get(FIELDS[2])}


def shows(entry: Tracked, shown: str) -> bool:
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
