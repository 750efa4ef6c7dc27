"""The JSON document of a Result: the keys of its body beside the envelope that every document has."""

from __future__ import annotations

import json

import msgspec

from ..model import Result
from . import Look

SCHEMA_VERSION = 1


def render(result: Result, look: Look) -> str:
    document = {
        "schema_version": SCHEMA_VERSION,
        "command": result.command,
        "exit_code": result.exit_code,
        "timestamp": look.timestamp,
        "records": result.records,
        **result.body,
    }
    text = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    return (text if look.has_unicode else json.dumps(json.loads(text), indent=2)) + "\n"
