"""The environment as it is wanted: [env], and the variables by which tools keep their caches in one place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.arranged import Arranged
    from aim_lib.platforms import Placing, Vars

NEXT = 'next: open a new shell, or in this one: eval "$(aim env activate)"'
RECORD = "central-caches.json"  # in our state folder: there while caches are told to be in one place


def wanted(app: App, told: Mapping[str, str] | None = None) -> Vars:
    """What is wanted, by the configuration, the tools that are declared, and the caches that are centralised.

    `told` are the variables of caches; None: those that are in force.
    """
    import msgspec

    from aim_lib import envwanted

    is_secret = envwanted.known_secrets(app.host, app.redactor.text)
    found = envwanted.wanted(app.settings, app.host, app.bin_folders(), is_secret)
    ours = in_force(app) if told is None else told
    return msgspec.structs.replace(found, values=tuple(sorted({**ours, **dict(found.values)}.items())))


def with_project(app: App, vars_: Vars) -> Vars:
    """`vars_`, and where caches are centralised those that tell tools of this project alone; an own one stays."""
    import msgspec

    from aim_lib import knobs, trust

    from ._scanning import central_folder

    project, origins = app.settings.project, app.settings.origins
    is_theirs = project is not None and origins.get("cache.central") == str(project)
    if project is None or not in_force(app) or (is_theirs and not trust.is_trusted(project, app.host)):
        return vars_
    chosen = knobs.chosen(app.settings.config.cache.tools)
    ours = knobs.apart(chosen, central_folder(app), project.parent, app.host.env)
    return msgspec.structs.replace(vars_, values=tuple(sorted({**ours, **dict(vars_.values)}.items())))


def in_force(app: App) -> Mapping[str, str]:
    """The variables by which tools are told at present where to keep their caches."""
    import msgspec

    try:
        return msgspec.json.decode((app.host.folders.state / RECORD).read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError):
        return {}


def record_file(app: App) -> Path:
    return app.host.folders.state / RECORD


def placings(app: App, vars_: Vars | None) -> tuple[Placing, ...]:
    from aim_lib import platforms

    return platforms.of(app.host).place_variables(vars_, app.host, app.host.folders.config)


def will_be_first(app: App, folder: Path) -> bool:
    """Whether new shells have `folder` on PATH: the environment is applied, and it is one of its folders."""
    vars_ = wanted(app)
    return str(folder) in vars_.first and all(placing.is_done for placing in placings(app, vars_))


def kind(app: App) -> Arranged:
    from aim_lib import platforms
    from aim_lib.arranged import Arranged

    platform, folder = platforms.of(app.host), app.host.folders.config
    return Arranged(platforms.ENV, lambda: platform.variables(app.host, folder))


def with_caches(app: App, told: Mapping[str, str]) -> tuple[Placing, ...]:
    """What places `told` and leaves the rest of the environment as applied as it is: all of it, or nothing."""
    return placings(app, _only(app, told) if _is_ours_alone(app) else wanted(app, told))


def _is_ours_alone(app: App) -> bool:
    """Whether of the environment nothing is applied but variables of caches: nobody has asked for the rest."""
    is_placed = any(not placing.is_done for placing in placings(app, None))
    return not is_placed or all(placing.is_done for placing in placings(app, _only(app, in_force(app))))


def _only(app: App, told: Mapping[str, str]) -> Vars | None:
    from aim_lib.platforms import Vars

    own = app.settings.config.env
    values = tuple(sorted((name, value) for name, value in told.items() if name not in own.vars))
    folder = str(app.host.folders.config)
    return Vars(values=values, first=(), folder=folder, is_desktop=own.desktop) if values else None
