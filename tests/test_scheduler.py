"""The scheduler by itself: how many at once, in which order, on which resources, and what stops what."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from aim_lib.engine import graph
from aim_lib.engine.graph import Node, Reference, Spec
from aim_lib.engine.options import Options
from aim_lib.engine.run import CANCELLED, FAILED, OK, Run, TaskState, running
from aim_lib.engine.scheduler import Scheduler
from tests.fakes import calls_of

LONG_S = 30.0
POSIX = pytest.mark.skipif(os.name != "posix", reason="sends itself SIGINT")
Deed = Callable[[], None]


def spec(
    name: str, pre: str = "", post: str = "", finally_: str = "", tolerant: str = "", *, is_ordered: bool = False
) -> Spec:
    """A task with references by name, separated by spaces."""

    def refs(text: str) -> tuple[Reference, ...]:
        return tuple(Reference(name=one) for one in text.split())

    safe = tuple(Reference(name=one, is_safe=True) for one in tolerant.split())
    return Spec(
        key=name,
        name=name,
        pre=(*refs(pre), *safe),
        post=refs(post),
        finally_=refs(finally_),
        is_ordered=is_ordered,
    )


@dataclass
class Stage:
    """Specs with what each body does; plays them and keeps what happened."""

    deeds: dict[str, Deed] = field(default_factory=dict)
    resources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    peak: int = 0
    run: Run = field(default_factory=Run)
    _now: int = 0
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def play(self, *specs: Spec, roots: str, **options: Any) -> int:
        """Run what `roots` lead to; the exit code."""
        known = {one.name: one for one in specs}
        whole = graph.build([Reference(name=root) for root in roots.split()], lambda one: known[one.name])
        self.run = Run(
            options=Options(quiet=True, **options),
            states=[
                TaskState(
                    name=node.name,
                    key=node.key,
                    label=node.key,
                    must_run=node.must_run,
                    is_tolerated=node.key in whole.tolerated,
                )
                for node in whole.nodes
            ],
        )
        return Scheduler(whole, self.run, self.perform, lambda node: self.resources.get(node.name, ())).run_all()

    def perform(self, node: Node, state: TaskState) -> None:
        with self._mutex:
            self.log.append(node.name)
            self._now += 1
            self.peak = max(self.peak, self._now)
        try:
            with running(state):
                self.deeds.get(node.name, lambda: None)()
            state.state = OK
        except OSError as error:
            state.state, state.exit_code = FAILED, error.errno or 1
        finally:
            with self._mutex:
                self.log.append(f"/{node.name}")
                self._now -= 1

    @property
    def states(self) -> dict[str, str]:
        return {state.name: state.state for state in self.run.states}

    @property
    def begun(self) -> list[str]:
        return [line for line in self.log if not line.startswith("/")]


def fail(code: int = 1) -> Deed:
    def deed() -> None:
        raise OSError(code, "broke")

    return deed


def wait_for(event: threading.Event) -> Deed:
    def deed() -> None:
        assert event.wait(LONG_S), "the other one never came"

    return deed


# --- how many, in which order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [2, 3, 8])
def test_so_many_run_at_once_and_no_more(jobs: int) -> None:
    """Each waits until as many as may run are there."""
    meeting = threading.Barrier(jobs)
    names = [f"t{place}" for place in range(jobs * 3)]
    stage = Stage(deeds={name: lambda: (meeting.wait(LONG_S), None)[1] for name in names})

    code = stage.play(*map(spec, names), roots=" ".join(names), jobs=jobs)

    assert (code, stage.peak) == (0, jobs)
    assert set(stage.states.values()) == {OK}


def test_one_job_takes_the_order_of_the_graph() -> None:
    """In this thread."""
    here = threading.get_ident()
    threads: list[int] = []
    stage = Stage(deeds={"a": lambda: threads.append(threading.get_ident())})

    stage.play(spec("b", post="c"), spec("a", pre="b"), spec("c"), spec("d"), roots="d a", jobs=1)

    assert stage.begun == ["d", "b", "c", "a"]
    assert threads == [here]


def test_the_ready_ones_are_taken_in_the_order_of_the_graph() -> None:
    """While one worker is busy the other takes the rest one by one."""
    last = threading.Event()
    stage = Stage(deeds={"long": wait_for(last), "d": last.set})
    names = "long c a b d"

    stage.play(*map(spec, names.split()), roots=names, jobs=2)

    assert stage.begun == names.split()


def test_what_a_blocked_task_frees_keeps_its_place() -> None:
    """It stands before others in the graph, so it is taken before them."""
    last = threading.Event()
    stage = Stage(deeds={"long": wait_for(last), "a": fail(), "z": last.set})
    specs = (spec("long"), spec("a"), spec("x", pre="a"), spec("d", tolerant="x"), spec("c"), spec("z"))

    stage.play(*specs, roots="long a d c z", jobs=2, keep_going=True)

    assert stage.begun == ["long", "a", "d", "c", "z"]


def test_a_task_starts_as_soon_as_its_own_prerequisites_are_done() -> None:
    """Not when all others of their level are."""
    grandchild = threading.Event()
    stage = Stage(deeds={"slow": wait_for(grandchild), "c": grandchild.set})

    code = stage.play(
        spec("slow"), spec("a"), spec("b", pre="a"), spec("c", pre="b"), spec("all", pre="slow c"), roots="all", jobs=2
    )

    assert code == 0
    assert stage.log[-4:] == ["/c", "/slow", "all", "/all"] or stage.log[-4:] == ["/slow", "/c", "all", "/all"]


def test_ordered_prerequisites_run_one_after_the_other() -> None:
    """However many jobs there are."""
    stage = Stage()

    stage.play(*map(spec, "abc"), spec("t", pre="c a b", is_ordered=True), roots="t", jobs=8)

    assert stage.log == ["c", "/c", "a", "/a", "b", "/b", "t", "/t"]


# --- resources -------------------------------------------------------------------------------------------------------


def test_one_resource_is_used_by_one_task_at_a_time() -> None:
    """Four that name it run one by one, though eight might."""
    names = list("abcd")
    stage = Stage(resources=dict.fromkeys(names, ("npm",)))

    stage.play(*map(spec, names), roots=" ".join(names), jobs=8)

    assert stage.peak == 1
    assert stage.begun == names


def test_a_busy_resource_holds_up_only_those_that_need_it() -> None:
    """Who stands behind in the queue goes ahead; two resources are taken together or not at all."""
    free = threading.Event()
    stage = Stage(
        deeds={"npm": wait_for(free), "other": free.set},
        resources={"npm": ("npm",), "both": ("npm", "pip"), "pip": ("pip",)},
    )

    code = stage.play(*map(spec, ("npm", "both", "pip", "other")), roots="npm both pip other", jobs=2)

    assert code == 0
    assert stage.log.index("/npm") < stage.log.index("both")
    assert stage.begun == ["npm", "pip", "other", "both"]


def test_a_failed_task_gives_its_resource_back() -> None:
    """The next one has it."""
    stage = Stage(deeds={"a": fail()}, resources={"a": ("npm",), "b": ("npm",)})

    stage.play(spec("a"), spec("b"), roots="a b", jobs=4, keep_going=True)

    assert stage.states == {"a": FAILED, "b": OK}


# --- failures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 4])
def test_the_first_failure_is_the_code(jobs: int) -> None:
    """Whatever comes later; what is tolerated is none."""
    stage = Stage(deeds={"tolerated": fail(9), "a": fail(4), "b": fail(8)})

    code = stage.play(
        spec("tolerated"),
        spec("a", tolerant="tolerated"),
        spec("b", tolerant="a"),
        roots="b a",
        jobs=jobs,
        keep_going=True,
    )

    assert code == 4
    assert stage.begun == ["tolerated", "a", "b"]


@dataclass(eq=False)
class Program:
    """Stands for a program that runs until it is killed."""

    ended: threading.Event = field(default_factory=threading.Event)
    was_killed: bool = False

    def kill(self) -> None:
        self.was_killed = True
        self.ended.set()


def test_a_failure_stops_what_has_not_begun() -> None:
    """What runs has its programs ended, and is let come to its end."""
    program, begun = Program(), threading.Event()
    stage = Stage()

    def slow() -> None:
        stage.run.started(program)  # type: ignore[arg-type]
        begun.set()
        wait_for(program.ended)()

    def breaks() -> None:
        wait_for(begun)()
        fail()()

    stage.deeds = {"slow": slow, "breaks": breaks}
    code = stage.play(*map(spec, ("slow", "breaks", "later", "last")), roots="slow breaks later last", jobs=2)

    assert code == 1
    assert stage.states == {"slow": OK, "breaks": FAILED, "later": CANCELLED, "last": CANCELLED}


def test_a_failure_ends_the_programs_of_others() -> None:
    """But not those of a task that must run."""
    ordinary, cleaning = Program(), Program()
    both = threading.Barrier(3)
    stage = Stage()

    def runs(program: Program) -> Deed:
        def deed() -> None:
            stage.run.started(program)  # type: ignore[arg-type]
            both.wait(LONG_S)
            assert program.ended.wait(LONG_S)
            stage.run.ended(program)  # type: ignore[arg-type]

        return deed

    def breaks() -> None:
        both.wait(LONG_S)
        fail()()

    def clean() -> None:
        runs(cleaning)()

    def work() -> None:
        runs(ordinary)()
        cleaning.ended.set()

    stage.deeds = {"work": work, "breaks": breaks, "clean": clean}
    code = stage.play(
        spec("opened", finally_="clean"),
        spec("work"),
        spec("breaks"),
        spec("clean"),
        roots="opened work breaks",
        jobs=4,
    )

    assert code == 1
    assert (ordinary.was_killed, cleaning.was_killed) == (True, False)
    assert stage.states["clean"] == OK


@pytest.mark.parametrize("jobs", [1, 4])
def test_a_finally_task_gets_its_own_prerequisites(jobs: int) -> None:
    """Though the run is being stopped: without them it could not do its work."""
    stage = Stage(deeds={"breaks": fail()})

    stage.play(
        spec("breaks", finally_="close"),
        spec("close", pre="login"),
        spec("login"),
        spec("later"),
        roots="breaks later",
        jobs=jobs,
    )

    assert stage.begun[:1] == ["breaks"]
    assert [name for name in stage.begun if name != "later"] == ["breaks", "login", "close"]
    assert stage.states["close"] == OK


@pytest.mark.parametrize("jobs", [1, 4])
def test_a_finally_task_gets_prerequisites_that_others_have_too(jobs: int) -> None:
    """One that would have been stopped with those others."""
    stage = Stage(deeds={"breaks": fail()})

    stage.play(
        spec("breaks", finally_="close"),
        spec("close", pre="login"),
        spec("login"),
        spec("main", pre="breaks login"),
        roots="main",
        jobs=jobs,
    )

    assert sorted(stage.begun) == ["breaks", "close", "login"]
    assert stage.states["close"] == OK


@pytest.mark.parametrize("jobs", [1, 4])
def test_a_finally_task_gets_what_follows_its_prerequisites(jobs: int) -> None:
    """It waits for that too, as everybody does."""
    stage = Stage(deeds={"breaks": fail()})

    stage.play(
        spec("breaks", finally_="close"),
        spec("close", pre="login"),
        spec("login", post="greet"),
        spec("greet"),
        roots="breaks",
        jobs=jobs,
    )

    assert stage.begun == ["breaks", "login", "greet", "close"]


@pytest.mark.parametrize("jobs", [1, 4])
def test_order_alone_blocks_nobody(jobs: int) -> None:
    """The second of two ordered prerequisites never asked for the first."""
    stage = Stage(deeds={"a": fail()})

    stage.play(spec("a"), spec("b"), spec("t", pre="a b", is_ordered=True), roots="t", jobs=jobs, keep_going=True)

    assert stage.states == {"a": FAILED, "b": OK, "t": "blocked"}


def test_what_was_not_begun_is_not_ended() -> None:
    """The run breaks before a task with a `finally_`, or what that waits for, has its turn."""
    stage = Stage(deeds={"breaks": fail()})

    stage.play(
        spec("breaks"), spec("ready"), spec("start", pre="ready", finally_="close"), spec("close"), roots="breaks start"
    )

    assert stage.begun == ["breaks"]
    assert stage.states["close"] == CANCELLED


@pytest.mark.parametrize("jobs", [1, 4])
def test_what_is_half_begun_is_ended(jobs: int) -> None:
    """A prerequisite of the task with the `finally_` has failed: there may be something to end."""
    stage = Stage(deeds={"ready": fail()})

    stage.play(spec("ready"), spec("start", pre="ready", finally_="close"), spec("close"), roots="start", jobs=jobs)

    assert stage.begun == ["ready", "close"]
    assert stage.states["start"] == "blocked"


def test_a_run_twice_as_long_is_twice_the_work() -> None:
    """With a failure in the middle and much to end; were every task asked of every other it were four times."""
    chain = [spec("t0")] + [spec(f"t{place}", pre=f"t{place - 1}", finally_=f"f{place}") for place in range(1, 2500)]
    ends = [spec(f"f{place}") for place in range(1, 2500)]
    stage = Stage()
    counts = {}

    for size in (1250, 2499):
        stage.log.clear()
        stage.deeds = {f"t{size // 2}": fail()}
        counts[size] = calls_of(lambda n=size: stage.play(*chain, *ends, roots=f"t{n}", jobs=1))  # type: ignore[misc]
        assert len(stage.begun) == size // 2 + 1 + size  # what stands behind the failure is not begun, but ended

    assert counts[2499] < 2.7 * counts[1250]


# --- signals ---------------------------------------------------------------------------------------------------------


def interrupt_ourselves() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@POSIX
@pytest.mark.parametrize("jobs", [1, 3])
def test_ctrl_c_starts_nothing_more_but_what_must_run(jobs: int) -> None:
    """Code 130; what was begun is ended by its `finally_`."""
    was_told = threading.Event()
    program = Program()
    stage = Stage()

    def work() -> None:
        stage.run.started(program)  # type: ignore[arg-type]
        interrupt_ourselves()
        if jobs > 1:
            assert program.ended.wait(LONG_S)
            was_told.set()
        stage.run.ended(program)  # type: ignore[arg-type]

    def interrupted() -> None:
        try:
            work()
        except KeyboardInterrupt:
            raise OSError(130, "interrupted") from None

    stage.deeds = {"work": interrupted}
    code = stage.play(
        spec("work", finally_="close"), spec("close"), spec("next", pre="work"), roots="work next", jobs=jobs
    )

    assert code == 130
    assert was_told.is_set() == (jobs > 1)
    assert stage.begun == ["work", "close"]
    assert stage.states["next"] in (CANCELLED, "blocked")


@POSIX
def test_a_second_ctrl_c_waits_for_nothing() -> None:
    """Though a task goes on that cannot be ended; it is said to be cancelled."""
    again, released = threading.Event(), threading.Event()

    def deaf() -> None:
        interrupt_ourselves()
        assert again.wait(LONG_S)
        interrupt_ourselves()
        released.wait(LONG_S)

    class Told(Program):
        def kill(self) -> None:
            again.set()

    stage = Stage()
    program = Told()

    def start() -> None:
        stage.run.started(program)  # type: ignore[arg-type]
        deaf()

    stage.deeds = {"deaf": start}

    code = stage.play(spec("deaf"), spec("next", pre="deaf"), roots="next", jobs=2)

    assert code == 130
    assert "/deaf" not in stage.log
    assert stage.states == {"deaf": CANCELLED, "next": CANCELLED}
    released.set()


@POSIX
def test_handlers_and_streams_are_as_before_afterwards() -> None:
    """Also after a run that was interrupted."""
    before = (signal.getsignal(signal.SIGINT), sys.stdout, sys.stderr)
    program, stage = Program(), Stage()

    def work() -> None:
        stage.run.started(program)  # type: ignore[arg-type]
        interrupt_ourselves()
        wait_for(program.ended)()

    stage.deeds = {"a": work}

    stage.play(spec("a"), roots="a", jobs=2)

    assert (signal.getsignal(signal.SIGINT), sys.stdout, sys.stderr) == before


# --- output ----------------------------------------------------------------------------------------------------------


def chatter(name: str, meeting: threading.Barrier) -> Deed:
    def deed() -> None:
        for line in range(5):
            meeting.wait(LONG_S)
            print(f"{name} {line}")

    return deed


def test_tasks_side_by_side_show_their_lines_as_one_block_each(capsys: pytest.CaptureFixture[str]) -> None:
    """Though they print in turns."""
    meeting = threading.Barrier(3)
    stage = Stage(deeds={name: chatter(name, meeting) for name in "abc"})

    stage.play(*map(spec, "abc"), roots="a b c", jobs=3)

    lines = capsys.readouterr().out.splitlines()
    blocks = [tuple(lines[place : place + 5]) for place in range(0, 15, 5)]
    assert sorted(blocks) == [tuple(f"{name} {line}" for line in range(5)) for name in "abc"]


def test_with_prefixes_every_line_says_whose_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """As it comes, whole lines only."""
    meeting = threading.Barrier(3)
    stage = Stage(deeds={name: chatter(name, meeting) for name in "abc"})

    stage.play(*map(spec, "abc"), roots="a b c", jobs=3, output="prefix")

    lines = capsys.readouterr().out.splitlines()
    for name in "abc":
        assert [line for line in lines if line.startswith(name)] == [f"{name} | {name} {line}" for line in range(5)]
    assert len(lines) == 15
