"""What a configuration declares of tools, as what is wanted of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from . import kinds
from .config import DEFAULT_FILE, Settings
from .mistakes import dotted
from .model import Wanted
from .schema import Tool


def wanted_tools(settings: Settings, system: str) -> tuple[Wanted, ...]:
    """Every tool declared for `system`, sorted by kind and name, then the members of groups in their order.

    Without versions from a lock.
    """
    found = []
    for kind, tools in settings.config.tools.items():
        for name, spec in tools.items():
            tool = as_tool(spec)
            if _is_for(system, kind, tool):
                found.append(_wanted(kind, name, tool, settings))
    return (*sorted(found, key=lambda wanted: wanted.id), *_groups(settings))


def _is_for(system: str, kind: str, tool: Tool) -> bool:
    """Whether a tool is meant for `system`: one that does not say is meant for wherever its manager exists."""
    meant = tool.platforms or kinds.platforms(kind)
    return not meant or system in meant


def _groups(settings: Settings) -> Iterator[Wanted]:
    for group, members in sorted(settings.config.first_of.items()):
        for kind, names in members.items():
            origin = settings.origins.get(dotted(("first_of", group, kind)), DEFAULT_FILE)
            folder = str(settings.folders.get(origin, Path()))
            declared = settings.config.tools.get(kind, {})
            for name in names:
                if name not in declared:
                    yield Wanted(kind=kind, name=name, group=group, folder=folder, origin=origin)


def as_tool(spec: str | Tool) -> Tool:
    return spec if isinstance(spec, Tool) else Tool(version=spec)


def _wanted(kind: str, name: str, tool: Tool, settings: Settings) -> Wanted:
    origin = settings.origins.get(dotted(("tools", kind, name)), DEFAULT_FILE)
    folder = settings.folders.get(origin, Path())
    source = tool.source
    if source.startswith((".", "~")) or (source and Path(source).is_absolute()):
        source = str((folder / Path(source).expanduser()).resolve())
    return Wanted(
        kind=kind,
        name=name,
        request=tool.version,
        commands=tuple(tool.commands),
        optional=tool.optional,
        python=tool.python,
        extras=tuple(tool.extras),
        source=source,
        smoke=("--version",) if isinstance(tool.smoke, msgspec.UnsetType) else tuple(tool.smoke),
        is_smoke_chosen=not isinstance(tool.smoke, msgspec.UnsetType),
        folder=str(folder),
        origin=origin,
        layout=tool.layout,
        allow_scripts=tool.allow_scripts,
        self_update=tool.self_update,
    )
