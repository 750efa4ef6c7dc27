"""The AI tools as they count here: the built-in registry with `[ai.tools]` of the configuration laid over it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from .model import Frozen

if TYPE_CHECKING:
    from .registry import KnownTool, Registry
    from .schema_ai import AiTool


class Tool(Frozen, frozen=True):
    """One AI tool. `sources` are what it may have been installed from (`kind:name`), the first is where it comes from.

    `known_secrets` are the variables that the built-in registry and the user's own files say it reads: the most that
    a project can ask for. `is_foreign`: a project's file says how it is found or started.
    """

    id: str
    title: str
    detect: tuple[str, ...]
    adapter: str
    command: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    pinned: str = ""
    version_command: tuple[str, ...] = ()
    version_pattern: str = ""
    capabilities: tuple[str, ...] = ()
    priority: int = 100
    prompt: str = ""
    edit_args: tuple[str, ...] = ()
    login_command: tuple[str, ...] = ()
    login_variables: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    known_secrets: tuple[str, ...] = ()
    needs_secret: bool = False
    config_paths: tuple[str, ...] = ()
    log_paths: tuple[str, ...] = ()
    cache_paths: tuple[str, ...] = ()
    timeout_s: float = 0.0
    is_enabled: bool = True
    is_foreign: bool = False

    def is_called(self, word: str) -> bool:
        return word in (self.id, *self.aliases, *self.detect)


class Tools(Frozen, frozen=True):
    """All of them, by id."""

    by_id: Mapping[str, Tool]

    def named(self, word: str) -> Tool | None:
        """The tool that `word` means: an id before an alias or a command; None when it is none."""
        return self.by_id.get(word) or next((tool for tool in self.by_id.values() if tool.is_called(word)), None)


def gather(
    registry: Registry,
    told: Mapping[str, AiTool],
    foreign: Collection[str] = (),
    own_secrets: Mapping[str, Iterable[str]] | None = None,
) -> Tools:
    """Every tool of the registry, and those that the configuration `told` of; `foreign` are ids that a project set.

    `own_secrets` are the variables by id that the user's own files name. An entry may call a tool by an alias.
    """
    found = {tool_id: _built_in(tool_id, known) for tool_id, known in registry.tool.items() if known.ai}
    for word, entry in told.items():
        named = Tools(by_id=found).named(word)
        base = named or Tool(id=word, title=word, detect=(word,), adapter="command", command=())
        mine = tuple((own_secrets or {}).get(word, ()))
        found[base.id] = msgspec.structs.replace(
            _laid_over(base, entry),
            known_secrets=tuple(dict.fromkeys((*base.known_secrets, *mine))),
            is_foreign=word in foreign,
        )
    return Tools(by_id=dict(sorted(found.items())))


def _built_in(tool_id: str, known: KnownTool) -> Tool:
    if known.ai is None:
        raise ValueError(tool_id)
    return Tool(
        id=tool_id,
        title=known.ai.title,
        detect=known.commands,
        adapter=known.ai.adapter,
        command=known.ai.command,
        aliases=known.ai.aliases,
        sources=tuple(f"{kind}:{name}" for kind, name in known.names.items()),
        version_command=known.ai.version_command,
        version_pattern=known.ai.version_pattern,
        capabilities=known.ai.capabilities,
        priority=known.ai.priority,
        prompt=known.ai.prompt,
        edit_args=known.ai.edit_args,
        login_command=known.ai.login_command,
        login_variables=known.ai.login_variables,
        secrets=known.secrets,
        known_secrets=known.secrets,
        config_paths=known.ai.config_paths,
        log_paths=known.ai.log_paths,
        cache_paths=known.ai.cache_paths,
    )


def _laid_over(base: Tool, entry: AiTool) -> Tool:
    """`base` with what the entry says; what it leaves out stays."""
    said: dict[str, Any] = {
        "title": entry.name or base.title,
        "adapter": entry.adapter or base.adapter,
        "pinned": entry.pinned or base.pinned,
        "version_pattern": entry.version_pattern or base.version_pattern,
        "prompt": entry.prompt or base.prompt,
        "timeout_s": entry.timeout_s or base.timeout_s,
        "sources": tuple(dict.fromkeys((entry.install, *base.sources))) if entry.install else base.sources,
        "is_enabled": entry.enabled,
    }
    lists = ("detect", "version_command", "capabilities", "command", "secrets", "config_paths", "log_paths")
    for name in (*lists, "cache_paths"):
        value = getattr(entry, name)
        if value is not msgspec.UNSET:
            said[name] = tuple(value)
    for name in ("priority", "needs_secret"):
        if getattr(entry, name) is not msgspec.UNSET:
            said[name] = getattr(entry, name)
    if "command" in said:  # another command line has other words for editing, and may not be the tool that logs in
        said |= {"edit_args": (), "login_command": ()}
        said.setdefault("detect", base.detect if base.command else said["command"][:1])
    return msgspec.structs.replace(base, **said)
