"""What there is to run and what a run would do: these tasks run nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._app import command

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


@command(lenient=True, help={"shell": "bash, zsh, fish or pwsh"})
def completion(app: App, shell: str) -> Result:
    """A script for your shell that completes commands, options and task names on Tab."""
    from aim_lib.engine import completion as completing

    return completing.script(shell, app.host)


def _asked(app: App, name: str, answer: Callable[[Any, Any], Result]) -> Result:
    """Ask about the tasks at hand; a name that is none of ours is looked up in the nearest `tasks.py` upward."""
    from aim_lib.collect import project_catalogue
    from aim_lib.engine.places import places_of
    from aim_lib.engine.run import current_run

    known = current_run().memory["catalogue"]
    if name and not known.knows(name):
        known = project_catalogue(app.host.cwd) or known
    return answer(known, places_of(Path(known.collection.loaded_from or app.host.cwd), app.host))
