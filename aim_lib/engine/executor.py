"""Runs the requested tasks with their pre- and post-tasks, each once, and ends with an honest summary and exit code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from invoke import Collection, Context, Executor
from invoke.exceptions import Exit
from invoke.tasks import Call, Task

from ..errors import AimError, BadConfig
from ..host import current as current_host
from ..signals import interrupt, signals_handled
from .decorator import SHARED
from .outcome import finish, run_body
from .run import Options, Run, TaskState, set_current
from .summary import say_error


class GraphExecutor(Executor):
    """Invoke's executor, with tasks known by dotted name and bound arguments, and options that reach a whole chain."""

    def execute(self, *tasks: Any) -> dict[Task[Any], Any]:
        """Run `tasks` in order; stop at the first failure. Leaves by raising Exit with one of our codes."""
        run = Run(options=Options(dry_run=bool(self.config.run.dry) or current_host().get("AIM_DRY_RUN") == "1"))
        _take_program_options(self.config, run.options)
        set_current(run)
        try:
            requested = self._requested(tasks, run)
            order = list(_unique(self._expand(requested, ())))
        except AimError as error:
            say_error(error)
            raise Exit(code=error.exit_code) from error
        run.requested = tuple(name for name, _ in requested)
        run.arguments = {name: dict(call.kwargs) for name, call in requested}
        run.states = [TaskState(name=name, was_asked_for=name in run.requested) for name, _ in order]
        results: dict[Task[Any], Any] = {}
        code = 0
        # SIGTERM (a cancelled CI job) and SIGHUP (a closed terminal) end a run as Ctrl-C does.
        with signals_handled(interrupt):
            for state, (name, call) in zip(run.states, order, strict=True):
                code = self._run_one(state, name, call, run, results)
                if code:
                    break
        code = finish(run, code)
        if code:
            raise Exit(code=code)
        return results

    def _requested(self, tasks: Iterable[Any], run: Run) -> list[tuple[str, Call]]:
        calls = self.normalize(tuple(tasks))
        for call in calls:
            _take_shared(call, run.options)
        return [(self._name_of(call.task, call.called_as), call) for call in calls]

    def _expand(self, calls: Iterable[tuple[str, Call]], path: tuple[str, ...]) -> Iterator[tuple[str, Call]]:
        """Every call with its neighbours around it. Raises BadConfig when tasks wait for each other."""
        for name, call in calls:
            here = (*path, name)
            if name in path:
                circle = " → ".join(here[path.index(name) :])
                raise BadConfig(f"tasks wait for each other: {circle}", remedy="take one of these references out")
            yield from self._expand(self._neighbours(call.pre), here)
            yield name, call
            yield from self._expand(self._neighbours(call.post), here)

    def _neighbours(self, tasks: Iterable[Any]) -> list[tuple[str, Call]]:
        calls = [task if isinstance(task, Call) else Call(task) for task in tasks]
        return [(self._name_of(call.task, call.called_as), call) for call in calls]

    def _name_of(self, task: Task[Any], called_as: str | None) -> str:
        names = dotted_names(self.collection)
        # By body, not identity: loading a namespace copies its tasks; nor Task.__eq__, which mixes up generated tasks.
        return next((name for name, known in names if known.body is task.body), called_as or task.name)

    def _run_one(self, state: TaskState, name: str, call: Call, run: Run, results: dict[Task[Any], Any]) -> int:
        config = self.config.clone()
        config.load_collection(self.collection.configuration(name))
        config.load_shell_env()
        code, value = run_body(lambda: call.task(Context(config), *call.args, **call.kwargs), state, run)
        results[call.task] = value
        return code


def dotted_names(collection: Collection, prefix: str = "") -> list[tuple[str, Task[Any]]]:
    """Every task of a collection with its full dotted name, as the command line would say it."""
    found = [(f"{prefix}{collection.transform(name)}", task) for name, task in collection.tasks.items()]
    for name, inner in collection.collections.items():
        found += dotted_names(inner, f"{prefix}{collection.transform(name)}.")
    return found


def _unique(calls: Iterable[tuple[str, Call]]) -> Iterator[tuple[str, Call]]:
    seen: set[tuple[str, str]] = set()
    for name, call in calls:
        key = (name, repr(sorted(_bound(call).items())))
        if key not in seen:
            seen.add(key)
            yield name, call


def _bound(call: Call) -> dict[str, Any]:
    """The call's arguments with defaults filled in: `setup` and `setup(clean=False)` are one and the same."""
    defaults = {str(argument.attr_name or argument.name): argument.value for argument in call.task.get_arguments()}
    return {**defaults, **call.kwargs}


def _take_shared(call: Call, options: Options) -> None:
    """Move the options of the whole run out of one task's arguments."""
    own_names = set(call.task.argspec(call.task.body).parameters)
    given = {key: call.kwargs.pop(key) for key in SHARED if key in call.kwargs and key not in own_names}
    options.dry_run |= bool(given.get("dry_run"))
    options.quiet |= bool(given.get("quiet"))
    options.yes |= bool(given.get("yes"))
    if given.get("json") or given.get("json_output"):
        options.format = "json"
    elif given.get("format"):
        options.format = str(given["format"])


def _take_program_options(config: Any, options: Options) -> None:
    given = config.get("aim_options") or {}
    options.dry_run |= bool(given.get("dry_run"))
    options.quiet |= bool(given.get("quiet"))
    options.yes |= bool(given.get("yes"))
    is_json = given.get("json") or given.get("json_output")
    options.format = "json" if is_json else given.get("format") or options.format
