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


class Speaking(Frozen, frozen=True, forbid_unknown_fields=True):
    """How AIM speaks to a tool, and what it is good for; see docs/ai.md for the template of `command`.

    `login_command` says by its exit code whether somebody is logged in; it is not asked where one of `login_variables`
    is set. `edit_args` take the place of `{edit}` for capabilities that change files. `proof` is what was seen.
    """

    title: str
    capabilities: tuple[str, ...]
    adapter: str
    command: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    priority: int = 100
    prompt: Literal["", "argument", "stdin", "file"] = ""
    edit_args: tuple[str, ...] = ()
    login_command: tuple[str, ...] = ()
    login_variables: tuple[str, ...] = ()
    version_command: tuple[str, ...] = ()
    version_pattern: str = ""
    config_paths: tuple[str, ...] = ()
    log_paths: tuple[str, ...] = ()
    cache_paths: tuple[str, ...] = ()
    proof: str = ""


class KnownTool(Frozen, frozen=True, forbid_unknown_fields=True):
    """One AI tool. `names` maps a kind of package manager to what it calls the tool; `commands` are what people type.

    `secrets` are the environment variables that it reads keys from: all of them, for nobody knows which one is used.
    """

    names: dict[str, str]
    commands: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    self_update: SelfUpdate | None = None
    ai: Speaking | None = None


class Registry(Frozen, frozen=True, forbid_unknown_fields=True):
    tool: dict[str, KnownTool]

    def find(self, item_id: str) -> KnownTool | None:
        """The tool that a kind calls `kind:name`, or None when it is none we know."""
        kind, _, name = item_id.partition(":")
        return next((tool for tool in self.tool.values() if tool.names.get(kind) == name), None)

    def named(self, word: str) -> tuple[str, KnownTool] | None:
        """The id and the tool that `word` means: its id, a command of its, or what others call it; None if none is."""
        return next(((tool_id, tool) for tool_id, tool in self.tool.items() if word in _words(tool_id, tool)), None)


def _words(tool_id: str, tool: KnownTool) -> tuple[str, ...]:
    return (tool_id, *tool.commands, *(tool.ai.aliases if tool.ai else ()))


def load(folder: Path | None = None) -> Registry:
    """The registry in `folder`, by default the built-in one."""
    return _read((folder or default_folder()) / FILE_NAME)


@cache
def _read(path: Path) -> Registry:
    document: dict[str, Any] = read_toml(path)
    return msgspec.convert(document, Registry)
