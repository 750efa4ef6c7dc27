"""What health was when it was last looked at by itself: one document in the state folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from . import files
from .host import Host

FILE_NAME = "health.json"


def read(host: Host) -> Mapping[str, Any] | None:
    """The document, None when there is none that can be read."""
    try:
        return msgspec.json.decode((host.folders.state / FILE_NAME).read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return None


def write(host: Host, document: Mapping[str, Any]) -> None:
    files.write_json(host.folders.state / FILE_NAME, document)
