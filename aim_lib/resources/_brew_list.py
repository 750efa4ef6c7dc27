"""What brew's own list of formulae and casks says, as brew last downloaded it; nothing is asked of the network."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ..host import Host
from ._brew_prefix import CASKS, CORE, tap_of, token


class _Entry(msgspec.Struct):
    """One formula (`stable_version`, `revision`) or cask (`version`)."""

    stable_version: str = ""
    version: str = ""
    revision: int = 0


class _Packages(msgspec.Struct):
    formulae: dict[str, _Entry] = {}
    casks: dict[str, _Entry] = {}


class _Signed(msgspec.Struct):
    payload: str


def cache(host: Host) -> Path:
    """Where brew keeps what it knows of its servers."""
    if host.get("HOMEBREW_CACHE"):
        return Path(host.get("HOMEBREW_CACHE")) / "api"
    if host.system == "macos":
        return host.home / "Library" / "Caches" / "Homebrew" / "api"
    return Path(host.get("XDG_CACHE_HOME") or host.home / ".cache") / "Homebrew" / "api"


def offered(host: Host, name: str) -> str:
    """The version of `name` that brew would install, or "" when that is not known here (somebody's tap, no list)."""
    if tap_of(name) not in (CORE, CASKS):
        return ""
    lists = sorted((cache(host) / "internal").glob("packages.*.jws.json"), key=lambda path: path.stat().st_mtime)
    try:
        signed = msgspec.json.decode(lists[-1].read_bytes(), type=_Signed)
        packages = msgspec.json.decode(signed.payload, type=_Packages)
    except (IndexError, OSError, msgspec.DecodeError):
        return ""
    entry = (packages.casks if tap_of(name) == CASKS else packages.formulae).get(token(name), _Entry())
    revision = f"_{entry.revision}" if entry.revision else ""
    return f"{entry.stable_version or entry.version}{revision}"


def other_name(host: Host, name: str) -> str:
    """What brew calls the thing that `name` means, when that is not `name`; "" when it is, or is not known."""
    if "/" in name:
        return token(name) if tap_of(name) == CORE else ""
    formulae = _lines(host, "formula_names.txt")
    if not formulae or name in formulae:
        return ""
    aliases = dict(line.split("|", 1) for line in _lines(host, "formula_aliases.txt") if "|" in line)
    return aliases.get(name) or (f"{CASKS}/{name}" if name in _lines(host, "cask_names.txt") else "")


def _lines(host: Host, file: str) -> frozenset[str]:
    try:
        return frozenset((cache(host) / file).read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError):
        return frozenset()
