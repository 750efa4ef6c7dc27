"""What there is to run and what a run would do: these tasks run nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._app import command
from ._arranging import arrange

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result


@command(name="list", default=True)
def list_tasks(app: App) -> Result:
    """Every task, with --json its arguments, references, inputs and outputs."""
    from aim_lib.engine import introspection

    return _asked(app, "", lambda known, _: introspection.list_tasks(known))


@command()
def plan(app: App, name: str) -> Result:
    """What running a task would run and skip, and why; runs nothing."""
    from aim_lib.engine import introspection

    return _asked(app, name, lambda known, places: introspection.plan(known, name, places, app.host))


@command()
def explain(app: App, name: str) -> Result:
    """Why a task would run: what has changed since its last success."""
    from aim_lib.engine import introspection

    return _asked(app, name, lambda known, places: introspection.explain(known, name, places, app.host))


@command(iterable=["name"], help={"name": "the task to begin with"})
def tree(app: App, name: list[str] | None = None, upstream: bool = False, mermaid: bool = False) -> Result:
    """What tasks refer to; with --upstream what refers to them; with --mermaid as a graph."""
    from aim_lib.engine import introspection

    first = name[0] if name else ""
    return _asked(
        app, first, lambda known, _: introspection.tree(known, first, is_upstream=upstream, is_mermaid=mermaid)
    )


@command(
    lenient=True,
    words=("shell",),
    help={
        "shell": "bash, zsh, fish or pwsh; else the one of $SHELL",
        "install": "put it where the shell finds it by itself",
        "remove": "take that away again",
    },
)
def completion(app: App, shell: str = "", install: bool = False, remove: bool = False) -> Result:
    """A script for your shell that completes commands, options and task names on Tab; --install puts it in place."""
    from aim_lib.engine import completion as completing
    from aim_lib.errors import BadConfig
    from aim_lib.shells import shell_name

    name = shell or shell_name(app.host)
    printed = completing.script(name, app.host)
    if install and remove:
        raise BadConfig("--install and --remove are opposites", remedy="give one of them")
    return _placed(app, name, printed, is_wanted=install) if install or remove else printed


def _placed(app: App, shell: str, printed: Result, *, is_wanted: bool) -> Result:
    """The script put where the shell finds it, or taken from there; a start file is touched where it must be."""
    import msgspec

    from aim_lib import completion_files as places
    from aim_lib import placed
    from aim_lib.arranged import Arranged
    from aim_lib.engine.completion import SCRIPTS

    programs, text = printed.body["programs"], printed.text if is_wanted else None
    kind = Arranged(places.KIND, lambda: places.found(programs, [*SCRIPTS], app.host))
    done = arrange(
        app,
        [kind],
        lambda: placed.changes(places.place(shell, programs, text, app.host), f"completion for {shell}"),
        f"nothing to change: the completion for {shell} is {'in place' if is_wanted else 'not there'}",
    )
    closing = (*done.closing, *(["next: open a new shell"] if done.records and is_wanted else []))
    return msgspec.structs.replace(done, closing=closing)


def _asked(app: App, name: str, answer: Callable[[Any, Any], Result]) -> Result:
    """Ask about the tasks at hand; a name that is none of ours is looked up in the nearest `tasks.py` upward."""
    from aim_lib.collect import project_catalogue
    from aim_lib.engine.places import places_of
    from aim_lib.engine.run import current_run

    known = current_run().memory["catalogue"]
    if name and not known.knows(name):
        known = project_catalogue(app.host.cwd) or known
    return answer(known, places_of(Path(known.collection.loaded_from or app.host.cwd), app.host))
