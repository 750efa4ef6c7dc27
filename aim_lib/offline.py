"""Without the network: what tells each installer so, and what each says when its cache lacks something. Pure."""

from __future__ import annotations

import re

# pip has no cache it could install from: to it "no index" is the nearest thing, and wheels of --find-links remain.
SWITCHES = {
    "UV_OFFLINE": "1",
    "PIP_NO_INDEX": "1",
    "npm_config_offline": "true",
    "pnpm_config_offline": "true",
    "CARGO_NET_OFFLINE": "true",
}
REMEDY = "run the same command once with the network (without --offline), or choose a version that is cached"
# uv 0.13; npm 10 and 11; pnpm 10, 11 and 12; cargo
SAID = (
    r"network was disabled|Network connectivity is disabled|ENOTCACHED|only-if-cached|"
    r"NO_OFFLINE_(META|TARBALL)|in (the )?offline mode|--offline was specified"
)
MISSING = (
    r"Because (\S+) was not found in the cache",
    r"Because (\S+) needs to be downloaded",
    r"found in the cache: \S*/([^/\s]+)",
    r"request to \S*/([^/\s]+) failed: cache mode",
    r"Failed to resolve (\S+) in package mirror",
    r"Failed to fetch tarball for (\S+) from",
    r"may be downloaded from \S*/([^/\s]+?)\.?\s",
    r"failed to download `([^`]+)`",
)
CLIENTS = {"PyPI": "uv", "crates.io": "cargo"}


def is_told(output: str) -> bool:
    """Whether an installer says that it was not allowed to use the network."""
    return re.search(SAID, output) is not None


def message(name: str, output: str, registry: str) -> str:
    """One sentence: what is not in whose cache, as far as the output tells; `registry` as in `resources.diagnose`."""
    found = next((match[1] for pattern in MISSING if (match := re.search(pattern, output))), "")
    client = "pnpm" if "ERR_PNPM" in output else CLIENTS.get(registry, registry)
    what = found.replace("%2f", "/").replace("%2F", "/") or "the package or something it needs"
    return f"{name}: {what} is not in the cache of {client}, and the network is switched off"
