"""The caches of the package managers, and ours: is one larger than `[health] cache_warn_gb`?

Sizes are read for a second at most. A cache that is not counted to its end in that time is as large as was seen.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ..host import Host
from ..managers import word
from ..model import Frozen, Record, Status
from ..proc import Runner
from . import Facts, host_of, record
from ._flaws import Flaw, verdict

ID = "caches"
CODES = {
    "AIM-H110": "The cache of a package manager has grown past `[health] cache_warn_gb`. Nothing is wrong with it, "
    "and all of it can be had again; it only takes room, and a full disk stops installations in the middle. The "
    "remedy is the manager's own command, which knows what is still in use.",
}
GB = 1_000_000_000
LIMIT_S = 1.0


class Cache(Frozen, frozen=True):
    """One cache, where it is here, and the command that makes it smaller."""

    name: str
    folder: Path
    remedy: str


class Seen(Frozen, frozen=True):
    """How large a cache is, in bytes on disk; at least so large when it was not counted to its end."""

    cache: Cache
    size_bytes: int
    is_whole: bool

    @property
    def shown(self) -> str:
        least = "" if self.is_whole else "more than "
        return f"{self.cache.name} {least}{self.size_bytes / GB:.1f} GB"


def check(facts: Facts, runner: Runner) -> Record:
    threshold = int(facts.cache_warn_gb * GB)
    if threshold <= 0:
        return record(ID, Status.SKIPPED, "health.cache_warn_gb is 0")
    there = [cache for cache in _caches(host_of(facts)) if cache.folder.is_dir() and _may_be(cache.folder, threshold)]
    if not there:
        return record(ID, Status.OK, f"none is larger than {facts.cache_warn_gb:g} GB")
    end = time.monotonic() + min(LIMIT_S, facts.timeout_s / 4)
    seen = [_size(cache, threshold, lambda: time.monotonic() > end) for cache in there]
    sizes = {each.cache.name: each.size_bytes for each in seen}
    flaws = [_flaw(each, facts) for each in seen if each.size_bytes > threshold]
    return verdict(ID, flaws, ", ".join(each.shown for each in seen), sizes=sizes)


def _flaw(seen: Seen, facts: Facts) -> Flaw:
    what = f"{seen.shown} in {seen.cache.folder}, over {facts.cache_warn_gb:g} GB"
    return Flaw(code="AIM-H110", what=what, remedy=seen.cache.remedy)


def _may_be(folder: Path, threshold: int) -> bool:
    """Whether a cache could be so large at all: not where its whole disk has less on it."""
    try:
        return shutil.disk_usage(folder).used > threshold
    except OSError:
        return True


def _size(cache: Cache, threshold: int, is_over: Callable[[], bool]) -> Seen:
    """Counted until it is larger than `threshold`, or `is_over`. A file with several names counts for each."""
    size_bytes, folders = 0, [str(cache.folder)]
    while folders:
        if size_bytes > threshold or is_over():
            return Seen(cache=cache, size_bytes=size_bytes, is_whole=False)
        for entry in _entries(folders.pop()):
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            else:
                size_bytes += _on_disk(entry)
    return Seen(cache=cache, size_bytes=size_bytes, is_whole=True)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:  # gone by now, or closed to us
        return []


def _on_disk(entry: os.DirEntry[str]) -> int:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    blocks: int = getattr(found, "st_blocks", 0)
    return blocks * 512 if blocks else found.st_size


def _caches(host: Host) -> Iterator[Cache]:
    base = _base(host)
    local = Path(host.get("LOCALAPPDATA") or host.home / "AppData/Local")
    pip = local / "pip/cache" if host.is_windows else base / "pip"
    yield Cache(name="pip", folder=_told(host, "PIP_CACHE_DIR", pip), remedy="pip cache purge")
    uv = local / "uv/cache" if host.is_windows else _xdg(host) / "uv"
    yield Cache(name="uv", folder=_told(host, "UV_CACHE_DIR", uv), remedy="uv cache prune")
    npm = local / "npm-cache" if host.is_windows else host.home / ".npm"
    npm = _told(host, "NPM_CONFIG_CACHE", _told(host, "npm_config_cache", npm))
    yield Cache(name="npm", folder=npm / "_cacache", remedy="npm cache clean --force")
    yield Cache(name="pnpm", folder=_pnpm(host, local), remedy="pnpm store prune")
    cargo = _told(host, "CARGO_HOME", host.home / ".cargo") / "registry"
    yield Cache(name="cargo", folder=cargo, remedy=_removal(host, cargo))
    brew = _told(host, "HOMEBREW_CACHE", base / "Homebrew")
    yield Cache(name="Homebrew", folder=brew, remedy="brew cleanup --prune=all")
    yield Cache(name="aim", folder=host.folders.cache, remedy=_removal(host, host.folders.cache))


def _told(host: Host, variable: str, otherwise: Path) -> Path:
    return Path(host.get(variable)).expanduser() if host.get(variable) else otherwise


def _xdg(host: Host) -> Path:
    return _told(host, "XDG_CACHE_HOME", host.home / ".cache")


def _base(host: Host) -> Path:
    return host.home / "Library/Caches" if host.system == "macos" else _xdg(host)


def _pnpm(host: Host, local: Path) -> Path:
    data = {"windows": local / "pnpm", "macos": host.home / "Library/pnpm"}.get(host.system)
    return (data or _told(host, "XDG_DATA_HOME", host.home / ".local/share") / "pnpm") / "store"


def _removal(host: Host, folder: Path) -> str:
    shown = word(str(folder))
    return f"Remove-Item -Recurse {shown}" if host.is_windows else f"rm -r {shown}"
