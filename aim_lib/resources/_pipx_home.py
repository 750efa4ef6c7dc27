"""Where pipx keeps its environments, and whether ours may work there: the user's own pipx may be too old to read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..environments import folder_version, site_packages
from ..host import Host
from . import own_tools, read_json, subfolders

SHAREABLE = (1, 16)  # an older pipx cannot read the metadata ours writes ("Unknown metadata version 0.12")
READABLE = (0, 5)  # the newest metadata that such a pipx knows


class Home(NamedTuple):
    """A pipx home, the folder of its commands, and what the user should know about the choice."""

    folder: Path
    bin_folder: Path
    notes: tuple[str, ...] = ()


def choose(host: Host) -> Home:
    """The user's own home, unless an older pipx of theirs works there alone: then a home of our own."""
    theirs = _foreign_pipx(host)
    shared = Home(default_home(host), default_bin(host))
    if theirs is None or _is_shareable(theirs[1]):
        return shared
    program, version = theirs
    who = f"{program} is pipx {version or 'of unknown version'}, older than 1.16 or unreadable"
    strange = sum(1 for _ in _newer_than_theirs(shared.folder))
    if strange:  # moving away would leave what is installed there behind, and help nobody
        told = f"{who}: it cannot read {strange} environments in {shared.folder} that a newer pipx made; upgrade it"
        return shared._replace(notes=(told,))
    own = host.folders.data / "pipx"
    return Home(own, own / "bin", (f"{who}: tools get a pipx home of their own, {own}",))


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


def _newer_than_theirs(home: Path) -> Iterator[Path]:
    for folder in subfolders(home / "venvs"):
        if _numbers(str(read_json(folder / "pipx_metadata.json").get("pipx_metadata_version") or "0")) > READABLE:
            yield folder


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
    folders = site_packages(prefix)
    if prefix == Path("/usr"):
        folders.append(Path("/usr/lib/python3/dist-packages"))
    return folder_version(folders, "pipx")


def _is_shareable(version: str) -> bool:
    return _numbers(version) >= SHAREABLE


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
