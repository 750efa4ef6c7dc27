"""Reads secrets out of the files that people have them in: `.env`, JSON, and AI_MANGER's vault of Windows. No name, no
line and no reason that is told has a value in it.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .errors import BadConfig
from .model import Frozen

# What CryptProtectData begins with: a version, then the id of Windows' provider, or wine's words in its place.
SEALED = bytes.fromhex("01000000d08c9ddf0115d1118c7a00c04fc297eb")
SEALED_BY_WINE = b"\x01\0\0\0Wine Crypt32 ok"


class Imported(Frozen, frozen=True):
    """What a file holds, by name as it is written there, and what was left out: a line for each, with its reason."""

    values: Mapping[str, str]
    left_out: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Imported({sorted(self.values)})"


def read(path: Path, unseal: Callable[[bytes], bytes]) -> Imported:
    """Everything in `path`. `unseal` opens one blob of Windows' DPAPI. Raises BadConfig when it is no such file."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows PowerShell begins its files with a byte order mark
    except FileNotFoundError as error:
        raise BadConfig(f"{path} is not there", remedy="name a .env or a JSON file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path} cannot be read as text", remedy="name a .env or a JSON file in UTF-8") from error
    return _from_json(path, text, unseal) if text.lstrip().startswith("{") else _from_dotenv(path, text)


def _from_dotenv(path: Path, text: str) -> Imported:
    from dotenv.parser import parse_stream

    values: dict[str, str] = {}
    left_out = []
    for found in parse_stream(io.StringIO(text)):
        line = f"{path.name}:{found.original.line}"
        if found.error:
            left_out.append(f"{line}: is not NAME=value")
        elif found.key is not None and not found.value:
            left_out.append(f"{line}: {found.key} has no value")
        elif found.key is not None and found.value is not None:
            values[found.key] = found.value
    return Imported(values=values, left_out=tuple(left_out))


def _from_json(path: Path, text: str, unseal: Callable[[bytes], bytes]) -> Imported:
    try:
        document: dict[str, Any] = json.loads(text)
    except ValueError as error:
        place = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "it"
        raise BadConfig(f"{path} is not JSON: {place} cannot be read", remedy="correct it") from None
    values: dict[str, str] = {}
    left_out = []
    for name, content in document.items():
        value = _unsealed(content, unseal) if _is_sealed(content) else content
        if isinstance(value, str) and value:
            values[name] = value
        else:
            left_out.append(f"{path.name}: {name} is no text" if not isinstance(value, str) else f"{name} is empty")
    return Imported(values=values, left_out=tuple(left_out))


def _is_sealed(content: Any) -> bool:
    if not isinstance(content, str):
        return False
    try:
        return base64.b64decode(content, validate=True).startswith((SEALED, SEALED_BY_WINE))
    except (binascii.Error, ValueError):
        return False


def _unsealed(content: str, unseal: Callable[[bytes], bytes]) -> str:
    return unseal(base64.b64decode(content)).decode("utf-8")
