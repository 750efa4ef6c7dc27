"""A collection of a module's own tasks: what it imported from elsewhere stays there, unlike with Invoke's own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
from invoke import Collection, Task

from ..host import current, iso, utc_now
from ..model import Result
from ..reports import json_doc, terminal
from . import introspection
from .decorator import task
from .groups import Group
from .places import Places, places_of
from .run import current_run
from .summary import look_of, print_out


def namespace(*modules: ModuleType | str, with_introspection: bool = True) -> Collection:
    """`ns = namespace(__name__)` at the end of a `tasks.py`: its own tasks at the top, further modules as groups.

    A module may be given by name when it is imported already. `with_introspection` adds the group `tasks`: list, plan,
    explain, tree, completion.
    """
    root = Collection()
    for place, given in enumerate(modules):
        module = sys.modules[given] if isinstance(given, str) else given
        target = root if place == 0 else Group(module.__name__.rpartition(".")[2])
        for own in own_tasks(module):
            target.add_task(own)
        if target is not root:
            root.add_collection(target)
    if with_introspection:
        root.add_collection(introspection_tasks())
    return root


def own_tasks(module: ModuleType) -> list[Task]:  # type: ignore[type-arg]
    """The tasks that were defined in `module`, in order of definition."""
    found = [value for value in vars(module).values() if isinstance(value, Task)]
    return [task for task in found if getattr(task.body, "__module__", "") == module.__name__]


def introspection_tasks() -> Collection:
    """The group `tasks` for a collection of one's own: list, plan, explain, tree, completion."""
    group = Group("tasks")
    for body, settings in (
        (_list, {"name": "list", "default": True}),
        (_plan, {"name": "plan"}),
        (_explain, {"name": "explain"}),
        (_tree, {"name": "tree", "help": {"name": "the task to begin with"}}),
        (_completion, {"name": "completion", "help": {"shell": "bash, zsh, fish or pwsh"}}),
    ):
        group.add_task(task(is_command=True, alone=True, **settings)(body))
    return group


def _list(c: Any) -> None:
    """Every task, with --json its arguments, references, inputs and outputs."""
    _show(lambda known, _: introspection.list_tasks(known))


def _plan(c: Any, name: str) -> None:
    """What running a task would run and skip, and why; runs nothing."""
    _show(lambda known, places: introspection.plan(known, name, places, current()))


def _explain(c: Any, name: str) -> None:
    """Why a task would run: what has changed since its last success."""
    _show(lambda known, places: introspection.explain(known, name, places, current()))


def _tree(c: Any, name: str = "", upstream: bool = False, mermaid: bool = False) -> None:
    """What tasks refer to; with --upstream what refers to them; with --mermaid as a graph."""
    _show(lambda known, _: introspection.tree(known, name, is_upstream=upstream, is_mermaid=mermaid))


def _completion(c: Any, shell: str) -> None:
    """A script for your shell that completes task names and options on Tab, in every project."""
    from . import completion

    _show(lambda *_: completion.script(shell, current()))


def _show(answer: Callable[[Any, Places], Result]) -> None:
    run = current_run()
    catalogue = run.memory["catalogue"]
    places = places_of(Path(catalogue.collection.loaded_from or Path.cwd()), current())
    result = msgspec.structs.replace(answer(catalogue, places), command=run.current)
    if run.options.format != "json":
        print_out(terminal.render(result, look_of(sys.stdout, current())))
        return
    run.has_document = True
    look = look_of(sys.stdout, current(), iso(utc_now()))
    run.on_end.append(lambda code: print_out(json_doc.render(msgspec.structs.replace(result, exit_code=code), look)))
