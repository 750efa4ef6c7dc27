"""Known AI tools, from `registry.toml`: their names in each ecosystem, and how they stop updating themselves."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from .config import default_folder, read_toml
from .model import Frozen

FILE_NAME = "registry.toml"


class SelfUpdate(Frozen, frozen=True, forbid_unknown_fields=True):
    """Where a tool reads whether it may update itself: `value` at `keys` of a settings file forbids it.

    `folders` are tried in order, `$NAME/…` only when that variable is set; of `files` the first that exists is meant,
    else the last. `proof` is where its own source says so.
    """

    folders: tuple[str, ...]
    files: tuple[str, ...]
    keys: tuple[str, ...]
    value: str | bool
    proof: str
    format: Literal["json", "toml"] = "json"


class KnownTool(Frozen, frozen=True, forbid_unknown_fields=True):
    """One AI tool. `names` maps a kind of package manager to what it calls the tool; `commands` are what people type.

    `secrets` are the environment variables that it reads keys from: all of them, for nobody knows which one is used.
    """

    names: dict[str, str]
    commands: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    self_update: SelfUpdate | None = None


class Registry(Frozen, frozen=True, forbid_unknown_fields=True):
    tool: dict[str, KnownTool]

    def find(self, item_id: str) -> KnownTool | None:
        """The tool that a kind calls `kind:name`, or None when it is none we know."""
        kind, _, name = item_id.partition(":")
        return next((tool for tool in self.tool.values() if tool.names.get(kind) == name), None)

    def named(self, word: str) -> tuple[str, KnownTool] | None:
        """The id and the tool that `word` means, its id or a command of its; None when it is none we know."""
        found = ((tool_id, tool) for tool_id, tool in self.tool.items() if word == tool_id or word in tool.commands)
        return next(found, None)


def load(folder: Path | None = None) -> Registry:
    """The registry in `folder`, by default the built-in one."""
    return _read((folder or default_folder()) / FILE_NAME)


@cache
def _read(path: Path) -> Registry:
    document: dict[str, Any] = read_toml(path)
    return msgspec.convert(document, Registry)
