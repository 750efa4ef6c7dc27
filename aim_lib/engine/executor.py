"""Invoke's executor with a graph: checked before anything runs, honest states and codes, a record at the end.

One line in `invoke.yaml` gives it to the stock `invoke`:
`tasks: {executor_class: aim_lib.engine.executor.GraphExecutor}`.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke import Executor
from invoke.exceptions import Exit
from invoke.tasks import Call, Task

from ..errors import AimError, BadConfig, Interrupted
from ..host import Host, iso, utc_now
from ..host import current as current_host
from ..reports import FORMATS
from ..signals import interrupt, signals_handled
from . import graph, hooks, record, summary
from .body import Bodies
from .catalogue import Catalogue, rules_of, where_of
from .collecting import collecting
from .flags import SHARED
from .graph import Graph, Node
from .options import Options
from .outcome import finish, show_error
from .places import Places, places_of
from .redaction import Redaction
from .run import Run, TaskState, as_current, current_run
from .scheduler import Scheduler
from .sinks import never_fail_to_print

if TYPE_CHECKING:
    from .resume import Memory, Others


class GraphExecutor(Executor):
    """Runs a graph of tasks, known by dotted name and bound arguments."""

    def execute(self, *tasks: Any) -> dict[Task[Any], Any]:
        """Run `tasks` and what they refer to. Leaves by raising Exit with one of our codes when not all went well."""
        if self.core is not None:
            # What a program has loaded by now lives to its end. Unless told so the collector walks all of it again in
            # a long run, and once more at exit: there alone that takes a fifth of the time of a task that does nothing.
            gc.freeze()
        host = current_host()
        run = Run(host=host, redact=Redaction(host.env))
        with as_current(run), collecting(run):
            code, values = self._execute(tasks, run, host)
        if code:
            raise Exit(code=code)
        return values

    def _execute(self, tasks: tuple[Any, ...], run: Run, host: Host) -> tuple[int, dict[Task[Any], Any]]:
        places = places_of(Path(self.collection.loaded_from or host.cwd), host)
        values: dict[Task[Any], Any] = {}
        try:
            catalogue, whole = self._prepare(tasks, run, host)
            memory = self._memory(run, places)
        except Exception as error:  # noqa: BLE001 - whatever it is becomes one message and a code
            code = finish(run, show_error(error, "the run", run))
        else:
            others = _others(run, places, memory)
            bodies = Bodies(catalogue, self._config(run), run, places, memory, others, host, self.core, values)
            code = self._run(whole, run, bodies)
            if memory is not None:
                memory.end(succeeded=code == 0)
        return _close(run, code, places), values

    def _prepare(self, tasks: tuple[Any, ...], run: Run, host: Host) -> tuple[Catalogue, Graph]:
        """Everything that can be known to be wrong is found here, before anything runs."""
        calls = self.normalize(tasks)
        self._take_options(calls, run.options, host)
        catalogue = Catalogue(self.collection)
        run.memory["catalogue"] = catalogue
        catalogue.refuse_duplicates()
        wanted = [catalogue.reference(call, "") for call in calls]
        _refuse_company(catalogue, [reference.name for reference in wanted])
        run.requested = tuple(reference.name for reference in wanted)
        run.arguments = {reference.name: dict(call.kwargs) for reference, call in zip(wanted, calls, strict=True)}
        run.rest = _words_after_dashes(sys.argv)
        whole = graph.build(wanted, catalogue.spec, without_references=run.options.only)
        run.states = [_state(node, whole, catalogue) for node in whole.nodes]
        names = Counter(state.name for state in run.states)
        for state in run.states:
            state.label = state.key if names[state.name] > 1 else state.name
        return catalogue, whole

    def _take_options(self, calls: list[Call], options: Options, host: Host) -> None:
        """From `engine:` in the configuration, the program's own options, and those behind task names."""
        config = self.config.clone()
        config.load_collection(self.collection.configuration())
        config.load_shell_env()  # INVOKE_ENGINE_JOBS and the like, for what the collection configures
        for given in (config.get("engine"), self.config.get("aim_options")):
            options.merge(dict(given or {}))
        for call in calls:
            own = set(call.task.argspec(call.task.body).parameters)
            options.merge({key: call.kwargs.pop(key) for key in SHARED if key in call.kwargs and key not in own})
        options.dry_run |= bool(self.config.run.dry) or host.get("AIM_DRY_RUN") == "1"
        options.check()
        if not config.tasks.get("dedupe", True):
            current_run().warn("--no-dedupe means nothing here: a task with the same arguments runs once")

    def _memory(self, run: Run, places: Places) -> Memory | None:
        """What is done goes on record where there is more than one thing to do."""
        if run.options.dry_run or not (run.is_chain or run.options.resume):
            return None
        from .resume import Memory

        memory = Memory(places.unfinished(run.requested), iso(utc_now()))
        memory.begin(resume=run.options.resume)
        return memory

    def _config(self, run: Run) -> Any:
        """The configuration that each task gets a copy of: commands go through our runner."""
        config = self.config.clone()
        overrides: dict[str, Any] = {"runners": {"local": _runner}}
        if run.options.dry_run:
            overrides["run"] = {"dry": True}
        config.load_overrides(_merged(config._overrides, overrides))
        return config

    def _run(self, whole: Graph, run: Run, bodies: Bodies) -> int:
        scheduler = Scheduler(whole, run, bodies.perform, lambda node: bodies.catalogue.rules(node.key).resources)
        code = 0
        # A document on stdout stands alone there: what tasks print makes room for it.
        never_fail_to_print()
        with redirect_stdout(sys.stderr) if run.options.format in FORMATS[1:] else nullcontext():
            try:
                # SIGTERM (a cancelled CI job) and SIGHUP (a closed terminal) end a run as Ctrl-C does.
                with signals_handled(interrupt):
                    for hook in hooks.enter_run:
                        hook(run)
                    code = scheduler.run_all()
            except KeyboardInterrupt:  # a last one, in the very end
                code = Interrupted.exit_code
            except Exception as error:  # noqa: BLE001 - a hook's, said as one line
                code = show_error(error, "a hook of the run", run)
                scheduler.cancel_the_rest()
            for last in hooks.exit_run:
                try:
                    last(run)
                except Exception as error:  # noqa: BLE001 - the other hooks are still called
                    code = code or show_error(error, "a hook of the run", run)
        return finish(run, code)


def _refuse_company(catalogue: Catalogue, names: list[str]) -> None:
    """Raises BadConfig when a task that must be alone is not: `tasks.tree build` is not meant to build."""
    for name in names if len(names) > 1 else ():
        if rules_of(catalogue.tasks[name]).alone:
            raise BadConfig(f"{name} stands alone: nothing of this line was run", remedy=f"see: {name} --help")


def _others(run: Run, places: Places, memory: Memory | None) -> Others | None:
    """What other unfinished runs of the project have done; None where there are none."""
    own = memory.path if memory is not None else None
    paths = [] if run.options.dry_run else [path for path in places.all_unfinished() if path != own]
    if not paths:
        return None
    from .resume import Others

    return Others(paths)


def _runner(context: Any) -> Any:
    """Our runner for `c.run`, imported when the first command is run."""
    from .runner import EngineRunner

    return EngineRunner(context)


def _close(run: Run, code: int, places: Places) -> int:
    """The record, the document, the summary: the last things a run does."""
    try:
        record.write(run, code, places)
    except (AimError, OSError) as error:
        code = code or show_error(error, "the record of the run", run)
    if run.options.format in FORMATS[1:] and not run.has_document:
        look = summary.look_of(sys.stdout, run.host or current_host(), iso(utc_now()))
        summary.print_out(record.shown(run, code, look))
    summary.close(run, code)
    return code


def _state(node: Node, whole: Graph, catalogue: Catalogue) -> TaskState:
    task = catalogue.call(node.key).task
    return TaskState(
        name=node.name,
        key=node.key,
        path=where_of(task),
        was_asked_for=node.key in whole.requested,
        is_tolerated=node.key in whole.tolerated,
        is_command=rules_of(task).is_command,
        must_run=node.must_run,
        limit_s=rules_of(task).timeout_s,
    )


def _words_after_dashes(argv: list[str]) -> tuple[str, ...]:
    """What follows `--`, word by word: Invoke joins it with spaces and loses the quoting."""
    return tuple(argv[argv.index("--") + 1 :]) if "--" in argv else ()


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        merged[key] = _merged(known, value) if isinstance(value, Mapping) and isinstance(known, Mapping) else value
    return merged
