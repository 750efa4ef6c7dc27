"""`aim.lock`: the exact version of every tool, beside the `aim.toml` that declared it. Sorted, dateless, to commit."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from . import files
from .errors import BadConfig
from .model import Frozen, Locked

FILE_NAME = "aim.lock"
COMPANIONS = "aim.lock.d"
VERSION = 1
# Of a URL: user and password, or a token alone, but not ssh's `git@`. Of npm's settings: whatever identifies.
CREDENTIAL = r"://[^/\s\"'@]*:[^/\s\"'@]*@|https?://[^/\s\"'@]+@|_authToken|_password|_auth\s*="
HEADER = "# Written by `aim pin`: the exact versions of the tools in aim.toml. Commit it; do not edit it.\n\n"


class Document(Frozen, frozen=True, forbid_unknown_fields=True):
    lock_version: Literal[1]
    tool: tuple[Locked, ...] = ()


def read(folder: Path) -> tuple[Locked, ...]:
    """The entries of `folder`'s lock; () when there is none. Raises BadConfig naming the file."""
    path = folder / FILE_NAME
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        _refuse_newer(raw.get("lock_version"), path)
        document = msgspec.convert(raw, Document)
    except FileNotFoundError:
        return ()
    except (ValueError, OSError) as error:
        raise BadConfig(
            f"{path} cannot be used: {error}", remedy="restore it from version control, or delete it and run `aim pin`"
        ) from error
    _refuse_twice(document.tool, path)
    return document.tool


def has_credentials(text: str) -> bool:
    """Whether `text` must never be committed: it holds what identifies somebody to an index."""
    return bool(re.search(CREDENTIAL, text))


def _refuse_twice(entries: tuple[Locked, ...], path: Path) -> None:
    """Two entries for one tool are what a merge leaves that took both sides."""
    ids = [entry.id for entry in entries]
    twice = sorted({key for key in ids if ids.count(key) > 1})
    if twice:
        raise BadConfig(f"{path} names {', '.join(twice)} twice", remedy="keep one of the two, or: aim unpin, aim pin")


def _refuse_newer(version: object, path: Path) -> None:
    if isinstance(version, int) and version > VERSION:
        raise BadConfig(f"{path} was written by a newer AIM (lock_version {version})", remedy="upgrade AIM")


def text(entries: Iterable[Locked]) -> str:
    """The lock file's text: the same entries always give the same bytes, one block a tool, so that it merges."""
    import tomli_w

    ordered = sorted(entries, key=lambda entry: (entry.kind, entry.name))
    tools = ({key: value for key, value in msgspec.to_builtins(entry).items() if value} for entry in ordered)
    # Block by block: for short entries tomli_w would choose one array of inline tables.
    blocks = [f"[[tool]]\n{tomli_w.dumps(tool)}" for tool in tools]
    return HEADER + "\n".join([tomli_w.dumps({"lock_version": VERSION}), *blocks])


def write(folder: Path, entries: Iterable[Locked]) -> bool:
    """Bring `folder`'s lock to `entries`; True when the file changed. No entries and no file: none is made."""
    path = folder / FILE_NAME
    wanted = tuple(entries)
    new = text(wanted)
    if (path.is_file() and path.read_text(encoding="utf-8") == new) or (not wanted and not path.exists()):
        return False
    files.write_text(path, new)
    return True
