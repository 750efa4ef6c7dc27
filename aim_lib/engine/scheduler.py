"""Takes the ready tasks of a graph in order of definition and runs them, one by one or side by side."""

from __future__ import annotations

import bisect
import contextvars
import queue
import threading
from collections.abc import Callable

from ..errors import Interrupted, OurBug
from ..signals import signals_handled
from . import summary
from .graph import Graph, Node
from .run import BLOCKED, CANCELLED, FAILED, SKIPPED, WAITING, Run, TaskState
from .sinks import Sink, routed_output, writing_to
from .topology import Edge

# A signal that comes just before a wait without a limit would be heeded only when something ends.
TICK_S = 0.2
GRAVITY = (FAILED, BLOCKED, CANCELLED, WAITING)
STOPPED = "the run was stopped before"


class Scheduler:
    """Runs every node of a graph once, or says why not. `perform` runs one and raises nothing."""

    def __init__(
        self,
        whole: Graph,
        run: Run,
        perform: Callable[[Node, TaskState], None],
        resources: Callable[[Node], tuple[str, ...]],
    ) -> None:
        self._graph = whole
        self._run = run
        self._perform = perform
        self._resources = resources
        self._states = {state.key: state for state in run.states}
        self._nodes = {node.key: node for node in whole.nodes}
        self._order = {node.key: place for place, node in enumerate(whole.nodes)}
        self._open = {node.key: len(node.needs) for node in whole.nodes}
        self._followers: dict[str, list[Node]] = {node.key: [] for node in whole.nodes}
        for node in whole.nodes:
            for edge in node.needs:
                self._followers[edge.before].append(node)
        self._ready = [node for node in whole.nodes if not node.needs]
        self._begun: set[str] = set()
        self._active: dict[str, Node] = {}
        self._busy: set[str] = set()
        self._ended: queue.SimpleQueue[Node | None] = queue.SimpleQueue()  # None: a signal came
        self.code = 0

    def run_all(self) -> int:
        """Run everything; returns the exit code.

        After Ctrl-C nothing more starts but what must run; after a second one nothing is waited for any longer.
        """
        try:
            if self._run.options.jobs > 1:
                # A signal is a message here: raised as an exception it could come between any two steps.
                with routed_output(), signals_handled(lambda *_: self._ended.put(None)):
                    self._side_by_side(self._run.options.jobs)
            else:
                self._one_by_one()
        except KeyboardInterrupt:
            self._run.stop_children(all_of_them=True)
        if not self._run.is_stopping and any(state.state == WAITING for state in self._run.states):
            self.code = self.code or OurBug.exit_code  # never seen; but it must not look like success
        self.cancel_the_rest()
        return self.code

    def cancel_the_rest(self) -> None:
        """Settle what has not been run, or not been waited for."""
        for state in self._run.states:
            if state.key in self._active:
                state.state, state.reason = CANCELLED, "was not waited for"
            elif state.state == WAITING:
                state.state, state.reason = CANCELLED, STOPPED

    def _interrupt(self) -> None:
        self._run.is_stopping = True
        self.code = Interrupted.exit_code
        self._run.stop_children()
        if self._active:
            names = ", ".join(node.name for node in self._active.values())
            summary.print_err(f"interrupted; waiting for {names} (again: not waiting)\n")

    # --- one worker ----------------------------------------------------------------------------------------------

    def _one_by_one(self) -> None:
        try:
            self._take_turns()
        except KeyboardInterrupt:  # between two tasks; one that comes inside a task ends that
            self._interrupt()
            self._take_turns()

    def _take_turns(self) -> None:
        for node in self._graph.nodes:
            state = self._states[node.key]
            if state.state == WAITING:
                if self._may_start(node):
                    self._begun.add(node.key)
                    self._perform(node, state)
                self._note(state)

    def _may_start(self, node: Node) -> bool:
        """Whether `node` is to run now; else its state says why not."""
        state = self._states[node.key]
        blockers = [self._states[edge.before] for edge in node.needs if self._blocks(edge)]
        blocker = min(blockers, key=lambda one: GRAVITY.index(one.state), default=None)
        if blocker is not None:
            state.state = CANCELLED if blocker.state == CANCELLED else BLOCKED
            state.reason = f"by {blocker.name}, which {_how(blocker)}"
        elif self._run.is_stopping and not (node.must_run and self._has_something_begun(node)):
            state.state, state.reason = CANCELLED, STOPPED
        elif node.follows and all(self._is_left_out(key) for key in node.follows):
            state.state, state.reason = SKIPPED, f"{self._states[node.follows[0]].name} was skipped"
        return state.state == WAITING

    def _is_left_out(self, key: str) -> bool:
        return self._states[key].state == SKIPPED and not self._states[key].was_done

    def _blocks(self, edge: Edge) -> bool:
        return not edge.is_tolerant and not self._states[edge.before].is_good

    def _has_something_begun(self, node: Node) -> bool:
        """Whether a task that `node` ends, or what that waits for, was begun: then there may be something to end."""
        stack, seen = list(node.ends), set(node.ends)
        while stack:
            key = stack.pop()
            if key in self._begun:
                return True
            new = [edge.before for edge in self._nodes[key].needs if edge.before not in seen]
            seen.update(new)
            stack += new
        return False

    def _note(self, state: TaskState) -> None:
        """What a task's end means for the run."""
        if not state.is_failure or state.is_tolerated:
            return
        self.code = self.code or state.exit_code
        if state.exit_code == Interrupted.exit_code:
            self.code = Interrupted.exit_code
            self._run.is_stopping = True
        self._run.is_stopping |= not self._run.options.keep_going

    # --- several workers -------------------------------------------------------------------------------------------

    def _side_by_side(self, jobs: int) -> None:
        while self._ready or self._active:
            self._start(jobs)
            if not self._active:
                continue
            try:
                node = self._ended.get(timeout=TICK_S)
            except queue.Empty:
                continue
            if node is not None:
                self._end(node)
            elif self.code == Interrupted.exit_code:
                raise KeyboardInterrupt
            else:
                self._interrupt()

    def _start(self, jobs: int) -> None:
        """Start what can be started, in order of definition; settle what cannot run at all."""
        while len(self._active) < jobs:
            node = next((one for one in self._ready if not self._busy & set(self._resources(one))), None)
            if node is None:
                return
            self._ready.remove(node)
            if self._may_start(node):
                self._busy |= set(self._resources(node))
                self._begin(node)
            else:
                self._settle(node)

    def _begin(self, node: Node) -> None:
        self._begun.add(node.key)
        self._active[node.key] = node
        # A daemon: at a second Ctrl-C we leave without those whose Python cannot be ended.
        threading.Thread(
            target=contextvars.copy_context().run, args=(self._work, node), name=node.name, daemon=True
        ).start()

    def _work(self, node: Node) -> None:
        state = self._states[node.key]
        sink = Sink(state.label, as_block=self._run.options.output == "group")
        try:
            with writing_to(sink):
                self._perform(node, state)
            sink.close(summary.heading(state, self._run), summary.closing(self._run))
        finally:
            self._ended.put(node)

    def _end(self, node: Node) -> None:
        del self._active[node.key]
        self._busy -= set(self._resources(node))
        was_stopping = self._run.is_stopping
        self._settle(node)
        if self._run.is_stopping and not was_stopping:
            self._run.stop_children()

    def _settle(self, node: Node) -> None:
        self._note(self._states[node.key])
        for follower in self._followers[node.key]:
            self._open[follower.key] -= 1
            if not self._open[follower.key]:
                bisect.insort(self._ready, follower, key=lambda one: self._order[one.key])


def _how(state: TaskState) -> str:
    return {FAILED: "failed", BLOCKED: "was blocked", CANCELLED: "was cancelled"}.get(state.state, state.state)
