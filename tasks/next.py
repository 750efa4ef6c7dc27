"""What `aim` says when it is given no words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import command

if TYPE_CHECKING:
    from aim_lib.advice import Scene
    from aim_lib.app import App
    from aim_lib.model import Result

TOP_LEVEL = True
ROOM = 20  # columns of a command, beside what it does


@command(lenient=True)
def next(app: App) -> Result:  # noqa: A001 - a command's name is its function's
    """What to do next in this folder, in a few lines; `aim` alone says the same. Starts nothing."""
    from aim_lib import __version__
    from aim_lib.advice import DOES, advise
    from aim_lib.model import Result

    told = advise(_scene(app))
    labels = ("next", "then")
    lines = [
        f"{label}: {command:{ROOM}}{DOES.get(command, '')}".rstrip()
        for label, command in zip(labels, told.commands, strict=False)
    ]
    return Result(
        title=f"AIM {__version__}",
        records=told.remarks,
        closing=(*lines, "help: aim --help"),
        body={"commands": list(told.commands)},
    )


def _scene(app: App) -> Scene:
    """How things stand, as far as files tell."""
    import msgspec

    from aim_lib import drift
    from aim_lib.advice import Scene
    from aim_lib.errors import AimError

    from ._vault import absent_required

    settings = app.settings
    scene = Scene(
        file=_declaring(app),
        is_first=not app.journal.installed(),
        is_interrupted=app.journal.is_open(),
        is_locked=_is_locked(app),
        is_trusted=_is_trusted(app),
        problems=settings.problems,
    )
    if settings.problems:
        return scene
    try:
        counts, absent = drift.summary(app.standings()), absent_required(app)
        return msgspec.structs.replace(scene, counts=counts, absent=absent)
    except AimError as error:
        return msgspec.structs.replace(scene, unread=(error.message, error.remedy))


def _declaring(app: App) -> str:
    """The project's aim.toml, else the user's own; "" when the built-in list counts."""
    from aim_lib import config

    project, own = app.settings.project, config.user_file(app.host)
    return project.name if project else own.name if own.is_file() else ""


def _is_locked(app: App) -> bool:
    """Whether there is a lock beside every file that declares a tool."""
    from pathlib import Path

    from aim_lib import lock
    from aim_lib.wanted import wanted_tools

    folders = {item.folder for item in wanted_tools(app.settings, app.host.system)}
    return all((Path(folder) / lock.FILE_NAME).is_file() for folder in folders)


def _is_trusted(app: App) -> bool:
    """Whether the code and the variables that the project's file asks for have been consented to."""
    from aim_lib import envwanted, trust
    from aim_lib.wanted import wanted_tools

    project = app.settings.project
    if project is None:
        return True
    tools = (item for item in wanted_tools(app.settings, app.host.system) if item.origin == str(project))
    asks = bool(envwanted.foreign(app.settings)) or any(item.source or item.allow_scripts for item in tools)
    return not asks or trust.is_trusted(project, app.host)
