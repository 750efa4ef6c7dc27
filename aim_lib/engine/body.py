"""Runs one task of a graph: whether it is wanted, consented to and stale; its tries and its time limit."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from invoke import Config
from invoke.tasks import Call

from ..errors import NotPermitted
from ..host import Host
from . import hooks, summary
from .catalogue import Catalogue, bound_arguments
from .context import EngineContext
from .decorator import Rules, refusal
from .outcome import fail, run_body
from .places import Places, digest_of
from .run import CANCELLED, FAILED, SKIPPED, UP_TO_DATE, Run, TaskState, running
from .sinks import output_sink

if TYPE_CHECKING:
    from .fingerprint import Fingerprint
    from .freshness import Verdict
    from .graph import Node
    from .resume import Memory, Others


class Bodies(msgspec.Struct):
    """Runs the tasks of one run, each with a configuration and a context of its own."""

    catalogue: Catalogue
    config: Config
    run: Run
    places: Places
    memory: Memory | None
    others: Others | None
    host: Host
    core: Any = None
    values: dict[Any, Any] = {}
    fingerprints: dict[str, Fingerprint] = {}
    _configs: dict[str, Config] = {}
    _asking: threading.Lock = msgspec.field(default_factory=threading.Lock)

    def perform(self, node: Node, state: TaskState) -> None:
        """Run the node's task, or find that it need not run; `state` says afterwards how it went. Raises nothing."""
        sink = output_sink()
        summary.begin_task(state, self.run, sink)
        with running(state):
            try:
                self._decide(node, state)
            except BaseException as error:  # noqa: BLE001 - a condition or a glob of the user's failed
                fail(error, state, self.run)
        summary.end_task(self.run, sink)

    def _decide(self, node: Node, state: TaskState) -> None:
        rules, call = self.catalogue.rules(node.key), self.catalogue.call(node.key)
        context = self._context(node)
        reason = refusal(ask(rules.when, context) if callable(rules.when) else rules.when)
        if reason:
            state.state, state.reason = SKIPPED, reason
            return
        own = self._fingerprint(call, rules)
        verdict = self._judge(node, rules, own, context)
        known = self._whole(own, node, rules, context, verdict) if own is not None and self._remembers else None
        if known is not None and self._is_done(node, state, known, verdict):
            return
        if verdict is not None and not (verdict.must_run or self.run.options.dry_run):
            state.state, state.reason = SKIPPED if verdict.is_empty else UP_TO_DATE, verdict.reason
            if verdict.has_moved:
                self._remember(verdict)
        elif not rules.confirm or self._is_confirmed(rules.confirm, state):
            self._begin_anew(node.key)
            self._work(call, rules, state, context, verdict)
        if not state.is_good:
            self.fingerprints.pop(node.key, None)
            return
        if self.others is not None:
            self.others.put_back(node.key)
        if known is not None and self.memory is not None:
            self.memory.add(node.key, known)

    def _begin_anew(self, key: str) -> None:
        """A task that is about to be done again counts as done nowhere until it has succeeded."""
        if self.memory is not None:
            self.memory.forget(key)
        if self.others is not None:
            self.others.take_out(key)

    @property
    def _remembers(self) -> bool:
        return self.memory is not None and self.memory.is_on

    def _context(self, node: Node) -> EngineContext:
        group = node.name.rpartition(".")[0]
        if group not in self._configs:
            prepared = self.config.clone()
            prepared.load_collection(self.catalogue.configuration(node.name))
            prepared.load_shell_env()
            self._configs[group] = prepared
        # A copy each: what one task sets in its configuration stays its own.
        return EngineContext(self._configs[group].clone(), remainder=getattr(self.core, "remainder", ""))

    def _fingerprint(self, call: Call, rules: Rules) -> Fingerprint | None:
        """What the task's result depends on by itself; None when nobody will ask."""
        if not (self._remembers or rules.is_incremental):
            return None
        from .fingerprint import fingerprint_of

        return fingerprint_of(call.task.body, bound_arguments(call), rules.env, self.host.env)

    def _whole(
        self, own: Fingerprint, node: Node, rules: Rules, context: EngineContext, verdict: Verdict | None
    ) -> Fingerprint:
        """What the task's result depends on, with its files and what it waits for."""
        others = {edge.before for edge in node.needs} & self.fingerprints.keys()
        whole = msgspec.structs.replace(
            own,
            inputs=verdict.inputs_digest if verdict is not None else "",
            key=digest_of(ask(rules.resume_key, context)) if rules.resume_key is not None else "",
            prerequisites=digest_of(*(f"{key}={self.fingerprints[key].digest}" for key in sorted(others))),
        )
        self.fingerprints[node.key] = whole
        return whole

    def _is_done(self, node: Node, state: TaskState, known: Fingerprint, verdict: Verdict | None) -> bool:
        """With --resume, whether the unfinished run has done it and nothing has changed since."""
        if self.memory is None or not self.run.options.resume or node.must_run:
            return False
        reason = self.memory.reason_to_run(node.key, known)
        if not reason and verdict is not None and verdict.must_run:
            reason = verdict.reason
        if reason:
            state.reason = reason if self.memory.known else ""
            return False
        state.state, state.was_done = SKIPPED, True
        state.reason = f"done by the run of {self.memory.when(node.key)}"
        return True

    def _judge(self, node: Node, rules: Rules, own: Fingerprint | None, context: EngineContext) -> Verdict | None:
        if own is None or not rules.is_incremental:
            return None
        from . import freshness

        return freshness.judge(
            node.name,
            rules,
            own,
            self.places,
            lambda function: ask(function, context),
            force=self.run.options.force,
        )

    def _is_confirmed(self, question: str, state: TaskState) -> bool:
        """Ask whoever sits at the terminal. Raises NotPermitted when nobody does and `--yes` was not given."""
        if self.run.options.yes or self.run.options.dry_run:
            return True
        if not self.host.is_interactive or self.host.in_ci:
            raise NotPermitted(
                f"{state.name} asks {question!r} and nobody is here to answer", remedy="--yes answers yes"
            )
        with self._asking:
            summary.print_err(f"{question} [y/N] ")
            answer = sys.stdin.readline().strip().lower()
        if answer in ("y", "yes"):
            return True
        state.state, state.reason, state.exit_code = CANCELLED, "was not confirmed", 1
        return False

    def _from_here(self, paths: tuple[str, ...]) -> tuple[str, ...]:
        """Paths from the project's folder as the task can open them: whole ones when it runs elsewhere."""
        if self.host.cwd.resolve() == self.places.project:
            return paths
        return tuple(str(self.places.project / path) for path in paths)

    def _work(
        self, call: Call, rules: Rules, state: TaskState, context: EngineContext, verdict: Verdict | None
    ) -> None:
        if verdict is not None:
            context._set(inputs=self._from_here(verdict.inputs), outputs=self._from_here(verdict.outputs))
            state.reason = state.reason or verdict.reason
            if not self.run.options.dry_run:
                _forget(verdict)
        with_hooks(lambda: self._try_repeatedly(call, rules, state, context), state, self.run)
        if verdict is not None and state.is_good and not self.run.options.dry_run:
            self._remember(verdict)

    def _try_repeatedly(self, call: Call, rules: Rules, state: TaskState, context: EngineContext) -> None:
        self._try(call, rules, state, context)
        for number in range(2, rules.retries + 2):
            if state.state != FAILED or self.run.is_stopping:
                return
            self.run.warn(f"failed and is tried again ({number} of {rules.retries + 1}): {state.reason}")
            state.reason, state.remedy, state.details, state.exit_code = "", "", (), 0
            self._try(call, rules, state, context)

    def _remember(self, verdict: Verdict) -> None:
        from . import freshness

        missing = freshness.succeeded(verdict, self.places.project)
        if missing:
            self.run.warn(f"did not make its output {', '.join(missing)}")

    def _try(self, call: Call, rules: Rules, state: TaskState, context: EngineContext) -> None:
        state.ran_out_of_time = False
        timer = _timer(rules.timeout_s, state, self.run)
        try:
            value = run_body(lambda: call.task(context, *call.args, **call.kwargs), state, self.run)
        finally:
            if timer is not None:
                timer.cancel()
        self.values[call.task] = state.value = value
        if call.task.autoprint and state.was_asked_for and state.is_good:
            summary.print_out(f"{value}\n")


def _forget(verdict: Verdict) -> None:
    from . import freshness

    freshness.begin(verdict)


def ask(function: Callable[..., Any], context: Any) -> Any:
    """Call a function of the user's, with the context when it takes one."""
    return function(context) if inspect.signature(function).parameters else function()


def with_hooks(work: Callable[[], None], state: TaskState, run: Run) -> None:
    """Do a task's tries between its enter and exit hooks; what one of these raises fails the task."""
    try:
        for enter in hooks.enter_task:
            enter(state)
    except Exception as error:  # noqa: BLE001 - the task is not run, and its exit hooks see why
        fail(error, state, run)
    else:
        work()
    for leave in hooks.exit_task:
        try:
            leave(state)
        except Exception as error:  # noqa: BLE001 - the others are still called, and it is on record
            fail(error, state, run)


def _timer(limit_s: float | None, state: TaskState, run: Run) -> threading.Timer | None:
    """Stops the programs of a task when its time is over; its Python goes on, for no thread can be ended."""
    if limit_s is None:
        return None

    def end() -> None:
        state.ran_out_of_time = True
        run.stop_children(state)

    timer = threading.Timer(limit_s, end)
    timer.daemon = True
    timer.start()
    return timer
