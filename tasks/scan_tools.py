"""What PATH has of each tool: every install, who wins and why, and where versions differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aim_lib.quantities import counted

from ._app import asked, command

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from aim_lib.app import App
    from aim_lib.installs import Tool
    from aim_lib.model import Present, Result, Table, Wanted
    from aim_lib.tool_answers import Asker

GROUP = "scan"
ALL = "also every other command that is there more than once"


@command(help={"all": ALL})
def tools(app: App, all: bool = False) -> Result:  # noqa: A002 - the option's name
    """Every install of the tools that are declared or known: where, whose, which version, who wins and why."""
    from aim_lib import installs
    from aim_lib.model import Result

    found = _look(app, is_all=all)
    many = [tool for tool in found if len(tool.installs) > 1]
    off = [tool for tool in found if tool.is_in_conflict]
    commands = counted(len(found), "command")
    closing = f"{commands}, {len(many)} of them installed more than once, {len(off)} in different versions"
    return Result(
        table=_table(app, found),
        closing=(closing, *(("aim scan conflicts shows what to do",) if off else ())),
        body={"tools": [installs.document(tool) for tool in found]},
    )


@command(help={"check": "exit 5 when there is one", "all": ALL})
def conflicts(app: App, check: bool = False, all: bool = False) -> Result:  # noqa: A002 - see `tools`
    """Tools that are there in different versions: which one a shell starts, and what removes the others."""
    from aim_lib import installs
    from aim_lib.model import Result

    off = [tool for tool in _look(app, is_all=all) if tool.is_in_conflict]
    advice = dict.fromkeys(line for tool in off for line in installs.advice(tool))
    closing = f"{len(off)} in different versions" if off else "no tool is there in different versions"
    return Result(
        exit_code=5 if check and off else 0,
        table=_table(app, off),
        closing=(closing, *(f"fix: {line}" for line in advice)),
        body={"tools": [installs.document(tool) for tool in off]},
    )


def _look(app: App, *, is_all: bool) -> list[Tool]:
    """The tools of which there is anything, by command."""
    from aim_lib import copies, installs
    from aim_lib.tool_versions import with_versions

    inventory = app.take_inventory()
    declared = app.declared(inventory)
    owners, names = _known(app, declared, inventory.present)
    more = copies.repeated(app.host) - set(owners) if is_all else frozenset()
    found = copies.whose(app.host, {*owners, *more}, inventory.present.values(), inventory.command_folders)
    folded = [installs.fold(owners.get(name, name), name, found[name]) for name in sorted(found)]
    kept = [tool for tool in folded if tool.command in owners or len(tool.installs) > 1]
    return list(with_versions(kept, _asker(app, declared, set(owners)), names))


def _known(
    app: App, declared: Iterable[Wanted], present: Mapping[str, Present]
) -> tuple[dict[str, str], dict[str, Sequence[str]]]:
    """Command → its tool, and tool → what its packages are called: what is known, asked for, and declared."""
    from aim_lib import registry, suggestions
    from aim_lib.config import default_folder

    told = app.settings.config.health
    owners = {name: name for name in (*told.required_commands, *told.optional_commands)}
    names: dict[str, Sequence[str]] = {}
    for known in suggestions.read(default_folder()).known:
        title = next(iter(known.packages.values()))
        owners |= dict.fromkeys(known.commands, title)
        names[title] = tuple(known.packages.values())
    for tool_id, tool in registry.load().tool.items():
        owners |= dict.fromkeys(tool.commands, tool_id)
        names[tool_id] = tuple(tool.names.values())
    for item in declared:
        have = present.get(item.id)
        commands = item.commands or (have.commands if have else ())
        owners |= dict.fromkeys(commands, item.name)
        names[item.name] = (item.name, *names.get(item.name, ()))
    return owners, names


def _asker(app: App, declared: Iterable[Wanted], known: set[str]) -> Asker:
    """Asks known tools alone, and none in a project or of its `aim.toml`, unless that is trusted."""
    from aim_lib import tool_answers, trust

    from ._injecting import bare_host

    file = app.settings.project
    is_trusted = file is not None and trust.is_trusted(file, app.host)
    projects: list[Path] = [] if is_trusted else [app.host.cwd, *([file.parent] if file else [])]
    theirs = set() if is_trusted else _asked_for_by(app, str(file), declared)
    built_in = _built_in_commands()

    def may_ask(name: str, path: str) -> bool:
        is_meant = name in built_in or (name in known and name not in theirs)
        return is_meant and tool_answers.is_safe_place(path, app.host, projects)

    host = tool_answers.outside(bare_host(app), projects)
    return tool_answers.Asker(host, app.runner, may_ask, keeps=not asked().dry_run)


def _asked_for_by(app: App, file: str, declared: Iterable[Wanted]) -> set[str]:
    """The commands that only a project's `aim.toml` names."""
    origins, told = app.settings.origins, app.settings.config.health
    theirs = {command for item in declared if item.origin == file for command in (*item.commands, item.name)}
    for key, commands in (("required", told.required_commands), ("optional", told.optional_commands)):
        if origins.get(f"health.{key}_commands") == file:
            theirs |= set(commands)
    return theirs


def _built_in_commands() -> set[str]:
    """What our own lists know."""
    from aim_lib import registry, suggestions
    from aim_lib.config import default_folder

    listed = {command for known in suggestions.read(default_folder()).known for command in known.commands}
    return listed | {command for tool in registry.load().tool.values() for command in tool.commands}


def _table(app: App, found: Iterable[Tool]) -> Table | None:
    from aim_lib.model import Table

    rows = tuple(
        (
            tool.command if not place else "",
            each.version or "?",
            each.manager,
            app.host.tilde(each.paths[0]),
            tool.why(each, app.host.tilde),
        )
        for tool in found
        for place, each in enumerate(tool.installs)
    )
    return Table(columns=("command", "version", "of", "where", ""), rows=rows) if rows else None
