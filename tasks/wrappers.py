"""Launchers of the tools, in one folder that is first on PATH."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aim_lib.quantities import counted

from . import _environment
from ._app import asked, command, confirm, say
from ._arranging import arrange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from aim_lib.app import App
    from aim_lib.model import Present, Result, Wanted
    from aim_lib.wrapping import Asked, Source, Wrapped


@command()
def rebuild(app: App) -> Result:
    """Have a launcher for every tool, each of which starts its target by the absolute path, and no stale one."""
    import msgspec

    from aim_lib import wrappers

    folder, is_windows = _folder(app), app.host.is_windows
    _require_own_folder(app, folder)
    if not asked().dry_run:
        _require_consent(app)
    made = _wrapped(app)
    notes = (*made.records, *wrappers.in_the_way(made, folder, is_windows=is_windows))
    result = arrange(
        app,
        [wrappers.kind(folder)],
        lambda: wrappers.rebuilding(_wrapped(app), folder, _in_force(app), is_windows=is_windows),
        f"nothing to change: {counted(len(made.texts), 'launcher is', 'launchers are')} as wanted",
    )
    body = {**result.body, "folder": str(folder), "launchers": dict(made.targets), "collisions": made.collisions}
    closing = (*result.closing, *(_next_steps(app, folder) if made.texts else ()))
    return msgspec.structs.replace(result, records=(*result.records, *notes), body=body, closing=closing)


@command()
def clean(app: App) -> Result:
    """Remove every launcher of ours; whatever else lies in their folder stays."""
    import msgspec

    from aim_lib import wrappers

    folder = _folder(app)
    nothing = f"nothing to change: there are no launchers of ours in {folder}"
    result = arrange(app, [wrappers.kind(folder)], lambda: wrappers.clearing(folder), nothing)
    return msgspec.structs.replace(result, body={**result.body, "folder": str(folder)})


def _folder(app: App) -> Path:
    from aim_lib.wrapper_folder import wrapper_folder

    return wrapper_folder(app.settings, app.host)


def _wrapped(app: App) -> Wrapped:
    """What there should be, as things are now."""
    from aim_lib import copies, plan, wrapping

    config = _asked(app)
    if not app.settings.config.wrappers.enabled:
        return wrapping.Wrapped()
    found = app.take_inventory()
    sources = _sources(plan.relevant(app.declared(found), found.present), found.present)
    ours = _folder(app).resolve()
    bare = app.host.with_path(*(entry for entry in app.host.path if entry.resolve() != ours))
    named = wrapping.looked_for(sources, config)
    return wrapping.wrap(sources, copies.whose(bare, named, found.present.values(), found.command_folders), config)


def _sources(wanted: Iterable[Wanted], present: Mapping[str, Present]) -> tuple[Source, ...]:
    """The declared tools that are there."""
    from aim_lib.wrapping import Source

    here = ((item, present[item.id]) for item in wanted if item.id in present)
    return tuple(
        Source(id=item.id, name=item.name, commands=item.commands or have.commands, by=item.origin)
        for item, have in here
        if not have.flaw
    )


def _asked(app: App) -> Asked:
    from aim_lib.wrapping import Asked

    told = app.settings.config.wrappers
    return Asked(
        folder=str(_folder(app)),
        by=app.settings.origins.get("wrappers.tools", ""),
        is_windows=app.host.is_windows,
        tools=tuple(told.tools),
        deny=tuple(told.deny),
        priority=tuple(told.priority),
        aliases=told.aliases,
        args=told.args,
        env=told.env,
        secrets=tuple(told.secrets),
        # -P: nothing of the folder it is called in may stand in for our own modules.
        secret_run=(app.host.python, "-P", "-m", "aim_lib", "secrets", "run", "--"),
    )


def _in_force(app: App) -> tuple[str, ...]:
    """The files whose launchers are ours to judge: what another project asked for is not seen from here."""
    return tuple(layer.name for layer in app.settings.layers)


def _next_steps(app: App, folder: Path) -> list[str]:
    """What to type so that the launchers come first."""
    from aim_lib.shells import path_line, start_file

    if app.host.path and app.host.path[0].resolve() == folder.resolve():
        return []
    if _environment.will_be_first(app, folder):
        return [_environment.NEXT]
    file = start_file(app.host)
    return [f"next: have them first on PATH{f' (in {file})' if file else ''}: {path_line(app.host, [folder])}"]


def _require_own_folder(app: App, folder: Path) -> None:
    """A folder in which a manager puts commands is none for launchers: they would take each other's place."""
    from aim_lib.errors import BadConfig
    from aim_lib.inventory import open_resources

    place = folder.resolve()
    for kind, resource in open_resources(app.host, app.options).items():
        if any(place == each.resolve() for each in resource.bin_folders):
            remedy = "set wrappers.folder to a folder of its own"
            raise BadConfig(f"{folder} is where {kind} has its commands, and cannot have our launchers", remedy=remedy)


def _require_consent(app: App) -> None:
    """What a project says of launchers decides which code runs, everywhere: consent once, until its file changes."""
    from aim_lib import trust
    from aim_lib.errors import NotPermitted

    file, origins = app.settings.project, app.settings.origins
    asks = [key for key, layer in origins.items() if key.startswith("wrappers.") and layer == str(file)]
    if file is None or not asks or trust.is_trusted(file, app.host):
        return
    for key in asks:
        say(f"  {key} is set")
    if not confirm(f"{file} would decide what your launchers start; trust it?"):
        remedy = "read its [wrappers], then: aim config trust  (in CI: AIM_TRUST=1)"
        raise NotPermitted(f"{file} asks for launchers of its own", details=asks, remedy=remedy)
    trust.remember(file, app.host)
    app.audit.write("config.trusted", f"{file} is trusted as it stands")
