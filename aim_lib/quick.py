"""Runs the commands that stand alone without Invoke, whose import takes longer than most of them do.

Only lines it understands fully; any other is left to the whole program, which understands the same ones alike.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from .collect import task_folder
from .engine.deferred import DeferredTask
from .engine.options import Options
from .engine.run import Run, TaskState, set_current

PACKAGE = "aim_lib.quick_tasks"
# The words of a command line, and the module and task they mean: tasks without pre- and post-tasks.
ALONE = {
    "status": ("status", "status"),
    "plan": ("install", "plan"),
    "version": ("version", "check"),
    "version.check": ("version", "check"),
    "version.report": ("version", "check"),
    "update": ("update", "check"),
    "update.check": ("update", "check"),
    "health": ("health", "check"),
    "health.check": ("health", "check"),
    "health.verify": ("health", "verify"),
    "config": ("config", "show"),
    "config.show": ("config", "show"),
    "config.validate": ("config", "validate"),
    "secrets": ("secrets", "status"),
    "secrets.status": ("secrets", "status"),
    "install": ("install", "install"),
    "sync-versions": ("install", "sync_versions"),
    "verify": ("install", "verify"),
    "pin": ("pin", "pin"),
}
SWITCHES = {
    "--json": "format",
    "--json-output": "format",
    "--dry-run": "dry_run",
    "--quiet": "quiet",
    "--yes": "yes",
    "--offline": "offline",
}


def answer(words: Sequence[str]) -> int | None:
    """Run the command that `words` are and return its exit code; None when they are not plainly one of `ALONE`."""
    command, given, options = _parse(words)
    if command not in ALONE:
        return None
    group, name = ALONE[command]
    module = _load(group)
    deferred: DeferredTask = getattr(module, name)
    arguments = _arguments(deferred, given)
    if arguments is None:
        return None
    verb = name.replace("_", "-")
    full = verb if getattr(module, "TOP_LEVEL", False) else f"{group}.{verb}"
    return _run(deferred, arguments, full, options)


def _parse(words: Sequence[str]) -> tuple[str, list[str], Options]:
    """The command with dots, the switches that are its own, and the options of the run; "" when it is not plain."""
    options = Options()
    bare: list[str] = []
    given: list[str] = []
    for word in words:
        if word in ("--json", "--json-output"):
            options.format = "json"
        elif word in SWITCHES:
            setattr(options, SWITCHES[word], True)
        elif word.startswith("--") and len(word) > 2:
            given.append(word)
        elif word.startswith("-"):
            return "", [], options
        else:
            bare.append(word)
    return ".".join(bare), given, options


def _arguments(deferred: DeferredTask, given: Sequence[str]) -> dict[str, bool] | None:
    """The task's own switches by parameter name; None when one is not a plain switch of it."""
    parameters = inspect.signature(deferred.body).parameters.values()
    switches = {f"--{each.name.replace('_', '-')}": each.name for each in parameters if each.default is False}
    if not set(given) <= set(switches):
        return None
    return {switches[word]: True for word in given}


def _run(deferred: DeferredTask, arguments: dict[str, bool], name: str, options: Options) -> int:
    from .engine.outcome import finish, run_body
    from .host import current
    from .signals import interrupt, signals_handled

    options.dry_run = options.dry_run or current().get("AIM_DRY_RUN") == "1"
    state = TaskState(name=name, was_asked_for=True, is_command=True)
    run = Run(options=options, requested=(name,), arguments={name: dict(arguments)}, states=[state])
    set_current(run)
    with signals_handled(interrupt):
        run_body(lambda: deferred.body(None, **arguments), state, run)
    return finish(run, state.exit_code)


def _load(group: str) -> ModuleType:
    """One task module under a package of its own: the real package's `__init__` would load all and Invoke."""
    if PACKAGE not in sys.modules:
        package: Any = ModuleType(PACKAGE)
        package.__path__ = [str(Path(task_folder()))]
        sys.modules[PACKAGE] = package
    return import_module(f"{PACKAGE}.{group}")
