"""What an installer's failure means, by the words that the registries' clients have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .. import offline
from ..model import Frozen


class Diagnosis(Frozen, frozen=True):
    """What an installer's failure means: its class, one sentence, a remedy. Only "network" is worth another try."""

    cause: str
    message: str
    remedy: str


# Patterns as text: they are compiled when an installer has failed, not at every start.
NETWORK = (
    r"\bENOTFOUND\b|ETIMEDOUT|ECONNRESET|ECONNREFUSED|EAI_AGAIN|E50[0-9]\b|socket hang up|dns error|timed out|"
    r"error sending request|Connection (refused|reset|aborted)|Temporary failure in name resolution|"
    r"Network is unreachable|NewConnectionError|ReadTimeoutError|HTTP status server error"
)
TLS = r"UnknownIssuer|CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)"
DISK_FULL = r"No space left on device|ENOSPC|os error 28"
REFUSED = r"Permission denied|EACCES|EPERM|os error 13"
HASH = r"hash mismatch|EINTEGRITY|do not match the hashes"
ALTERED = r"Wheel version does not match filename"
NOT_FOUND = r"was not found in the package registry|No matching distribution|E404"
NO_VERSION = (
    r"ETARGET|there is no version of|No matching version|only .{0,200} (is|are) available|from versions: (?!none)"
)
BUILD = (
    r"Failed to build|build backend (returned|failed)|Call to `.*` failed|subprocess-exited-with-error|"
    r"metadata-generation-failed|npm error command|lifecycle script"
)


CA_VARIABLES = {"npm": "NODE_EXTRA_CA_CERTS", "crates.io": "CARGO_HTTP_CAINFO"}  # anyone else: SSL_CERT_FILE
# pattern, cause, message and remedy; the first that fits counts
FAILURES = (
    (
        DISK_FULL,
        "disk",
        "the disk is full while installing {name}",
        "free some space, then run the same command again",
    ),
    (
        TLS,
        "tls",
        "{name}: the certificate of the {registry} registry is not trusted",
        "set {variable} to your CA bundle",
    ),
    (
        HASH,
        "hash",
        "{name} is not the file that was locked: its hash differs",
        "do not install it; compare with the lock",
    ),
    (
        ALTERED,
        "cache",
        "{name} was altered in uv's cache, with which installed files are shared",
        "uv cache clean, then run the same command again",
    ),
    (NO_VERSION, "version", "{name}: {registry} has no such version", "choose another version in aim.toml"),
    (NOT_FOUND, "name", "{name}: {registry} has no such package", "check the name in aim.toml"),
    (
        BUILD,
        "build",
        "{name} could not be built",
        "read the build's output above, or choose a version with a wheel",
    ),
    (NETWORK, "network", "{name}: the {registry} registry cannot be reached", "check the network, then run again"),
    (
        REFUSED,
        "permission",
        "the installer may not write while installing {name}",
        "check the folder's owner and mode",
    ),
)


def diagnose(name: str, output: str, registry: str, also: Mapping[str, str] | None = None) -> Diagnosis:
    """The shared error table of the registries' clients; `registry` is the noun for messages ("PyPI", "npm").

    `also` are more patterns by cause: one client's own words.
    """
    if offline.is_told(output):
        return Diagnosis(cause="offline", message=offline.message(name, output, registry), remedy=offline.REMEDY)
    own = also or {}
    words = {"name": name, "registry": registry, "variable": CA_VARIABLES.get(registry, "SSL_CERT_FILE")}
    for pattern, cause, message, remedy in FAILURES:
        either = f"{pattern}|{own[cause]}" if cause in own else pattern
        if re.search(either, output, re.IGNORECASE | re.DOTALL):
            return Diagnosis(cause=cause, message=message.format(**words), remedy=remedy.format(**words))
    return Diagnosis(
        cause="unknown", message=f"{name} could not be installed", remedy="read the installer's output above"
    )


def without_network(found: Diagnosis) -> Diagnosis:
    """What a failure means when the installer was told to use no network: it may take uncached for non-existent."""
    if found.cause not in ("name", "version", "network"):
        return found
    message = "the package, or something it needs, is not cached, and the network is switched off"
    return Diagnosis(cause="offline", message=message, remedy=offline.REMEDY)
