"""Random graphs of tasks: as values for `graph.build`, and as real engine tasks that keep a log of what they did."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import strategies as st
from invoke import Collection, Config, Exit, Task, call

from aim_lib.engine import safe, task
from aim_lib.engine.executor import GraphExecutor
from aim_lib.engine.graph import Reference, Spec
from aim_lib.engine.run import TaskState, current_run
from aim_lib.errors import AimError, CommandFailed, Failed, TookTooLong

ERRORS: tuple[type[AimError], ...] = (Failed, CommandFailed, TookTooLong)
OFF, SKIPS = "off", "skips"
DEFAULT = "x"


@dataclass(frozen=True)
class Mention:
    """A reference to a task by its place in the graph, with the word it is called with."""

    place: int
    is_safe: bool = False
    word: str = DEFAULT

    @property
    def reference(self) -> Reference:
        arguments = "" if self.word == DEFAULT else f"word={self.word!r}"
        return Reference(name=name_of(self.place), arguments=arguments, is_safe=self.is_safe)

    @property
    def key(self) -> str:
        return self.reference.key


@dataclass(frozen=True)
class Plan:
    """What one task of a random graph declares, and how its body ends. `condition` is OFF, SKIPS or ""."""

    pre: tuple[Mention, ...] = ()
    post: tuple[Mention, ...] = ()
    finally_: tuple[Mention, ...] = ()
    is_ordered: bool = False
    condition: str = ""
    error: type[AimError] | None = None

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """What it refers to, all of it left out when it is settled that it will not run."""
        return () if self.condition == OFF else (*self.pre, *self.post, *self.finally_)


@dataclass(frozen=True)
class Dag:
    """A graph of tasks, and those that the command line names."""

    plans: tuple[Plan, ...]
    requested: tuple[int, ...]

    @property
    def roots(self) -> tuple[Reference, ...]:
        return tuple(Mention(place).reference for place in self.requested)

    def plan(self, key: str) -> Plan:
        return self.plans[int(key.partition("(")[0].removeprefix("t"))]

    def spec(self, reference: Reference) -> Spec:
        """What `graph.build` is told of a task."""
        plan = self.plan(reference.key)
        return Spec(
            key=reference.key,
            name=reference.name,
            where="tasks.py:1",
            pre=tuple(mention.reference for mention in plan.pre),
            post=tuple(mention.reference for mention in plan.post),
            finally_=tuple(mention.reference for mention in plan.finally_),
            is_ordered=plan.is_ordered,
            is_off=plan.condition == OFF,
        )

    def reached(self, *, only_unsafe: bool = False) -> set[str]:
        """The keys of all that the requested tasks lead to; with `only_unsafe` without passing a safe mention."""
        found: set[str] = set()
        open_keys = [reference.key for reference in self.roots]
        while open_keys:
            key = open_keys.pop()
            if key not in found:
                found.add(key)
                mentions = self.plan(key).mentions
                open_keys += [one.key for one in mentions if not (only_unsafe and one.is_safe)]
        return found


def name_of(place: int) -> str:
    return f"t{place}"


# --- strategies ------------------------------------------------------------------------------------------------------


def _mentions(places: list[int], size: int) -> st.SearchStrategy[tuple[Mention, ...]]:
    if not places:
        return st.just(())
    one = st.builds(
        Mention,
        place=st.sampled_from(places),
        is_safe=st.sampled_from((False, False, True)),
        word=st.sampled_from((DEFAULT, DEFAULT, DEFAULT, "y")),
    )
    return st.lists(one, max_size=size, unique_by=lambda mention: mention.key).map(tuple)


@st.composite
def dags(draw: st.DrawFn, *, size: int = 9, may_fail: bool = True, may_skip: bool = True) -> Dag:
    """Graphs without circles: prerequisites stand before a task, what follows it behind."""
    count = draw(st.integers(1, size))
    plans = []
    for place in range(count):
        pre = tuple(sorted(draw(_mentions(list(range(place)), 3)), key=lambda mention: mention.place))
        behind = list(range(place + 1, count))
        plans.append(
            Plan(
                pre=pre,
                post=(*draw(_mentions(behind, 2)), *(pre[:1] if draw(st.booleans()) else ())),
                finally_=draw(_mentions(behind, 1)),
                is_ordered=draw(st.booleans()),
                condition=draw(st.sampled_from(("", "", "", "", SKIPS, OFF))) if may_skip else "",
                error=draw(st.sampled_from((None, None, None, *ERRORS))) if may_fail else None,
            )
        )
    requested = draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=3))
    return Dag(plans=tuple(plans), requested=tuple(requested))


@st.composite
def any_graphs(draw: st.DrawFn) -> Dag:
    """Graphs with whatever references: many have circles."""
    count = draw(st.integers(1, 6))
    places = list(range(count))
    plans = [
        Plan(
            pre=draw(_mentions(places, 2)),
            post=draw(_mentions(places, 1)),
            finally_=draw(_mentions(places, 1)),
            is_ordered=draw(st.booleans()),
            condition=draw(st.sampled_from(("", "", OFF))),
        )
        for _ in places
    ]
    return Dag(plans=tuple(plans), requested=tuple(draw(st.lists(st.sampled_from(places), min_size=1, max_size=2))))


# --- real tasks ------------------------------------------------------------------------------------------------------


@dataclass
class Log:
    """What bodies did, in order: ("begin" or "end", key). `at_begin` is called when one begins; `broken` names fail."""

    events: list[tuple[str, str]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    at_begin: Callable[[str], None] = lambda _key: None
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def add(self, event: str, key: str) -> None:
        with self._mutex:
            self.events.append((event, key))

    def all(self, event: str) -> list[str]:
        return [key for what, key in self.events if what == event]


def _body(name: str, error: type[AimError] | None, log: Log) -> Callable[..., None]:
    def body(c: Any, word: str = DEFAULT) -> None:
        key = name if word == DEFAULT else f"{name}(word={word!r})"
        log.add("begin", key)
        log.at_begin(key)
        if error is not None or name in log.broken:
            raise (error or Failed)(f"{name} broke")
        log.add("end", key)

    body.__name__ = name
    return body


def as_collection(dag: Dag, log: Log, folder: Path) -> Collection:
    """Real engine tasks of the project in `folder`. Half of the references are by name, half by task."""
    conditions: dict[str, Any] = {OFF: {"when": (False, "off")}, SKIPS: {"when": lambda: (False, "not today")}}
    made: list[Task[Any]] = [
        task(name=name_of(place), **conditions.get(plan.condition, {}))(_body(name_of(place), plan.error, log))
        for place, plan in enumerate(dag.plans)
    ]
    root = Collection()
    root.loaded_from = str(folder)
    for one, plan in zip(made, dag.plans, strict=True):
        pre, post, finally_ = (tuple(_said(each, made) for each in m) for m in (plan.pre, plan.post, plan.finally_))
        one.pre, one.post = list(pre), list(post)
        rules = one.rules  # type: ignore[attr-defined]
        one.rules = rules._replace(finally_=finally_, ordered=plan.is_ordered)  # type: ignore[attr-defined]
        root.add_task(one)
    return root


def _said(mention: Mention, made: list[Task[Any]]) -> Any:
    name = name_of(mention.place)
    if mention.word != DEFAULT:
        said: Any = call(made[mention.place], word=mention.word)
        return safe(said) if mention.is_safe else said
    if mention.place % 2:
        return f"?{name}" if mention.is_safe else name
    # The default spelled out is the same call as the task alone.
    said = call(made[mention.place], word=DEFAULT) if mention.is_safe else made[mention.place]
    return safe(said) if mention.is_safe else said


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its exit code, and each task's state in the order of the graph."""

    code: int
    states: tuple[TaskState, ...]

    @property
    def by_key(self) -> dict[str, str]:
        return {state.key: state.state for state in self.states}


def execute(root: Collection, *names: str, **options: Any) -> Outcome:
    """Run tasks as the command line would, with options of the whole run."""
    code = 0
    try:
        GraphExecutor(root, Config()).execute(*((name, dict(options)) for name in names))
    except Exit as ended:
        code = int(ended.code)
    return Outcome(code=code, states=tuple(current_run().states))


def run_dag(dag: Dag, folder: Path, log: Log, **options: Any) -> Outcome:
    return execute(as_collection(dag, log, folder), *map(name_of, dag.requested), **options)


@contextmanager
def project() -> Iterator[Path]:
    """A folder of its own for one example."""
    with TemporaryDirectory() as folder:
        yield Path(folder)
