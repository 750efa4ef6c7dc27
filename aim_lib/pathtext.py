"""File names as text: whatever bytes they are, to a document and back, and to a terminal without doing harm there.

A path is itself where it is UTF-8; where it is not, it is written as a `file:` URI (RFC 8089), which says each byte.
Absolute paths never begin so: the two cannot be confused.
"""

from __future__ import annotations

import os
from urllib.parse import quote_from_bytes, unquote_to_bytes

_URI = "file://"


def spoken(path: str) -> str:
    """`path`, absolute and as the system has it, as text that any program can read."""
    return path if _is_utf8(path) else _URI + quote_from_bytes(os.fsencode(path))


def heard(text: str) -> str:
    """The path that `spoken` has made `text` of; any other path stays what it is."""
    return os.fsdecode(unquote_to_bytes(text.removeprefix(_URI))) if text.startswith(_URI) else text


def shown(path: str, folder: str = "") -> str:
    """`path` for a person: from `folder` where it lies below it, control characters and bad bytes as `\\xNN`."""
    below = folder if folder.endswith(os.sep) else folder + os.sep
    text = path.removeprefix(below) if folder and path.startswith(below) else path
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def _escaped(letter: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in letter.encode("utf-8", "surrogateescape"))


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
