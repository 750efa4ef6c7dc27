"""What is known before any AI tool is asked: which there are, where each is, what the rules say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from . import detection, injection, registry, trust
from .ai_tools import Tool, Tools, gather
from .app import App
from .injection import Confirm, Say
from .payloads import Policies
from .routing import Found, Rules
from .schema_ai import AiPolicy


@dataclass(frozen=True, slots=True)
class Desk:
    """What is known before anything is asked: the tools, where each is, the rules. Its `app` has our tools on PATH."""

    app: App
    tools: Tools
    found: Mapping[str, Found]
    rules: Rules
    policies: Policies
    say: Say
    confirm: Confirm


def open_desk(app: App, say: Say, confirm: Confirm) -> Desk:
    """Look where every tool is, starting none."""
    inventory = app.take_inventory()
    tools = known_tools(app)
    host = app.host.with_path_first(*inventory.bin_folders)
    found = {tool.id: detection.find(tool, host, inventory.present) for tool in tools.by_id.values()}
    config = app.settings.config
    rules = Rules(
        capabilities=config.ai.capabilities,
        default_timeout_s=config.orchestrator.default_timeout_s,
    )
    policies = Policies(config.ai.policy, _own_policy(app))
    desk = Desk(replace(app, host=host), tools, found, rules, policies, say, confirm)
    asked = {tool.id: versioned(desk, tool) for tool in tools.by_id.values() if tool.pinned and found[tool.id].where}
    return replace(desk, found={**found, **asked})


def _own_policy(app: App) -> AiPolicy:
    """Without what came with the project: it may only forbid more."""
    told: dict[str, Any] = {}
    for layer in app.settings.layers:
        if not layer.is_project:
            told |= layer.values.get("ai", {}).get("policy", {})
    return msgspec.convert(told, AiPolicy)


def known_tools(app: App) -> Tools:
    """The registry with the configuration over it."""
    foreign: set[str] = set()
    own: dict[str, tuple[str, ...]] = {}
    for layer in app.settings.layers:
        entries = layer.values.get("ai", {}).get("tools", {})
        if layer.is_project:
            foreign |= set(entries)
        else:
            own |= {word: tuple(entry.get("secrets", ())) for word, entry in entries.items()}
    return gather(registry.load(), app.settings.config.ai.tools, foreign, own)


def versioned(desk: Desk, tool: Tool) -> Found:
    """Where it is, and its version also when only the tool itself knows it; a project's needs consent for that."""
    found = desk.found[tool.id]
    if found.version or not found.where or (tool.is_foreign and not _is_trusted(desk)):
        return found
    bare = injection.bare_host(desk.app)
    return msgspec.structs.replace(found, version=detection.ask_version(tool, found, bare, desk.app.runner))


def _is_trusted(desk: Desk) -> bool:
    return trust.are_trusted(desk.app.settings.project_files, desk.app.host)
