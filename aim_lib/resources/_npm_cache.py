"""Where npm keeps what it has downloaded, and whether a locked tool may be unpacked from there without npm."""

from __future__ import annotations

import functools
import json
from pathlib import Path

from ..host import Host
from ..npmrc import read_npmrc
from ._npm_locked import is_at_hand

# What the user may say to npm that changes which packages `npm ci` installs, how, or whether it does at all.
DECISIVE = (
    *("omit", "include", "only", "also", "production", "dev", "optional"),
    *("os", "cpu", "libc", "engine-strict", "force", "umask", "dry-run", "package-lock-only"),
    *("legacy-bundling", "global-style", "legacy-peer-deps", "strict-peer-deps", "before", "min-release-age"),
    *("allow-git", "allow-remote", "allow-file", "allow-directory", "allow-registry", "allow-scripts"),
    *("workspace", "workspaces", "include-workspace-root"),
)


def cache_folder(host: Host) -> Path | None:
    """npm's cache; None where npm must install itself: on Windows, and by a setting of the user's."""
    if host.is_windows:
        return None
    values = read_npmrc(host).values
    if any(values.get(name) for name in DECISIVE):
        return None
    folder = Path(values.get("cache") or host.home / ".npm")
    return Path(str(folder).replace("~", str(host.home), 1)) if str(folder).startswith("~/") else folder


@functools.lru_cache(maxsize=256)
def is_ready(lock_file: str, sha256: str, cache: str) -> bool:
    """Whether nothing of a lock is missing in the cache. Asked for each pair of tools; what a run adds does not count.

    `sha256` is the lock's; a lock that is unreadable or of another content is for the one who installs from it.
    """
    try:
        lock = json.loads(Path(lock_file).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(lock, dict) and is_at_hand(lock, cache)
