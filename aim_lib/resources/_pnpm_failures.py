"""What pnpm says when it fails."""

from __future__ import annotations

import re

from . import Diagnosis, diagnose

WORDS = {
    "tls": r"self-signed certificate|unable to (get|verify)",
    "hash": r"TARBALL_INTEGRITY|Integrity check failed",
    "version": r"NO_MATCHING_VERSION",
    "name": r"FETCH_404|404 Not Found",
    "build": r"ELIFECYCLE|LIFECYCLE_SCRIPT_FAILED",
    "network": r"META_FETCH_FAIL|fetch failed|FETCH_5\d\d",
    "permission": r"has no write access",
}


def explained(output: str) -> Diagnosis:
    """The shared table of the registries' clients, with pnpm's own words."""
    plain = re.sub(r"\n[ │├╰─▶]+", " ", output)  # pnpm 12 draws its errors as a tree of 80 columns
    old = re.search(r"This version of pnpm requires at least Node\.js (v[\d.]+)", plain)
    if old:
        message = f"the package cannot be installed: pnpm needs Node.js {old[1]} or newer"
        return Diagnosis(cause="program", message=message, remedy="install a newer Node.js, or an older pnpm")
    found = diagnose("the package", plain, "npm", WORDS)
    if found.cause != "tls":
        return found
    remedy = "set NODE_EXTRA_CA_CERTS (SSL_CERT_FILE from pnpm 12 on) to your CA bundle"
    return Diagnosis(cause=found.cause, message=found.message, remedy=remedy)
