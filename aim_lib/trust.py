"""Which projects the user allows to have their own code run: remembered by the hash of the file that asks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from . import files
from .host import Host

FILE_NAME = "trust.json"


def is_trusted(asking: Path, host: Host) -> bool:
    """Whether the user has consented to `asking` as it stands now; `AIM_TRUST=1` consents for this run (CI)."""
    return host.get("AIM_TRUST") == "1" or _read(host).get(str(asking.resolve())) == _digest(asking)


def are_trusted(asking: Iterable[Path], host: Host) -> bool:
    """Whether the user has consented to every one of them; nothing asks where there is none."""
    return all(is_trusted(each, host) for each in asking)


def remember(asking: Path, host: Host) -> None:
    """Consent to `asking` until its content changes."""
    known = {**_read(host), str(asking.resolve()): _digest(asking)}
    files.write_json(host.folders.state / FILE_NAME, known)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(host: Host) -> dict[str, str]:
    try:
        return msgspec.json.decode((host.folders.state / FILE_NAME).read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError):
        return {}
