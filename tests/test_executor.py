"""The engine's executor: each task once, the first failure ends the run, every end has its code."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from invoke import Collection, Config, Exit, call
from invoke.exceptions import UnexpectedExit
from invoke.runners import Result as CommandResult

from aim_lib.engine import task
from aim_lib.engine.catalogue import dotted_names
from aim_lib.engine.executor import GraphExecutor
from aim_lib.engine.run import current_run
from aim_lib.errors import LockHeld
from aim_lib.model import Record, Result, Status


def collection(*tasks: Any) -> Collection:
    root = Collection()
    for each in tasks:
        root.add_task(each)
    return root


def as_task(made: Any) -> Any:
    """Ours makes a Task and says only that it can be called."""
    return made


def execute(root: Collection, *names: str) -> int:
    """Run the tasks; the run's exit code."""
    try:
        GraphExecutor(root, Config()).execute(*((name, {}) for name in names))
    except Exit as ended:
        return int(ended.code)
    return 0


def test_a_task_that_several_need_runs_once() -> None:
    """Also when it is asked for by itself."""
    ran: list[str] = []

    @task
    def ground(c: Any) -> None:
        ran.append("ground")

    @task(pre=[ground])
    def left(c: Any) -> None:
        ran.append("left")

    @task(pre=[ground, left], post=[ground])
    def top(c: Any) -> None:
        ran.append("top")

    code = execute(collection(ground, left, top), "top", "ground")

    assert code == 0
    assert ran == ["ground", "left", "top"]


def test_other_arguments_are_another_call() -> None:
    """And a default that is spelled out is the same one."""
    ran: list[str] = []

    @task
    def build(c: Any, target: str = "debug") -> None:
        ran.append(target)

    @task(pre=[build, call(as_task(build), target="debug"), call(as_task(build), target="release")])
    def everything(c: Any) -> None:
        return

    execute(collection(build, everything), "everything")

    assert ran == ["debug", "release"]


def test_the_first_failure_ends_the_run() -> None:
    """What comes after it is said to have not run."""

    @task
    def breaks(c: Any) -> None:
        raise LockHeld("held", remedy="wait")

    @task(pre=[breaks])
    def after(c: Any) -> None:
        raise AssertionError("must not run")

    code = execute(collection(breaks, after), "after")

    states = [(state.name, state.state, state.reason, state.remedy) for state in current_run().states]
    assert code == 9
    assert states == [("breaks", "failed", "held", "wait"), ("after", "blocked", "by breaks, which failed", "")]


def interrupt() -> None:
    raise KeyboardInterrupt


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def fail(error: BaseException) -> Callable[[], None]:
    def raise_it() -> None:
        raise error

    return raise_it


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (fail(LockHeld("held")), 9),
        (interrupt, 130),
        (terminate, 130),
        (fail(Exit("enough", 3)), 3),
        (fail(UnexpectedExit(CommandResult(command="false", exited=17))), 4),
        (fail(SystemExit(6)), 6),
        (fail(SystemExit("text")), 1),
        (fail(SystemExit(None)), 0),
    ],
)
def test_every_end_has_its_code(end: Callable[[], None], code: int) -> None:
    """Our errors, signals, a command that failed, and tasks that leave by themselves."""

    @task
    def ends(c: Any) -> None:
        end()

    assert execute(collection(ends), "ends") == code


def test_what_nobody_caught_is_one_message_and_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a task of the user's own: code 1; the traceback is in the file that the remedy names."""
    monkeypatch.setenv("AIM_LOG_DIR", str(tmp_path))

    @task
    def ends(c: Any) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    code = execute(collection(ends), "ends")

    said = capsys.readouterr().err.splitlines()
    assert code == 1
    assert said[0] == "error: ends: ZeroDivisionError: nobody foresaw this"
    assert said[1].startswith(f"  at {__file__}:")
    assert said[2] == f"fix: read the traceback in {tmp_path / 'bug-report.md'}"
    assert "Traceback" in (tmp_path / "bug-report.md").read_text(encoding="utf-8")


def test_what_nobody_caught_in_a_command_of_ours_is_our_bug(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Code 70, and a file to report."""
    monkeypatch.setenv("AIM_LOG_DIR", str(tmp_path))

    @task(is_command=True)
    def ends(c: Any) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    code = execute(collection(ends), "ends")

    assert code == 70
    assert capsys.readouterr().err.splitlines() == [
        "error: this is a bug in AIM: ZeroDivisionError: nobody foresaw this",
        f"fix: report it with the file {tmp_path / 'bug-report.md'}",
    ]


def test_the_worst_result_is_the_code() -> None:
    """A task may fail by what it returns to the run, without raising."""

    @task
    def five(c: Any) -> None:
        current_run().results.append(Result(exit_code=5))

    assert execute(collection(five), "five") == 5


@pytest.mark.parametrize(("status", "state"), [(Status.OK, "ok"), (Status.CHANGED, "changed"), (Status.WARNED, "ok")])
def test_a_task_is_as_its_records_are(status: Status, state: str) -> None:
    """The run's states say what happened in each."""

    @task
    def says(c: Any) -> None:
        current_run().results.append(Result(records=(Record(id="x", status=status, title="x"),)))

    execute(collection(says), "says")

    assert current_run().states[0].state == state


def test_shared_options_reach_the_whole_chain() -> None:
    """`--dry-run` on the last task is known to the first."""
    seen: list[bool] = []

    @task
    def first(c: Any) -> None:
        seen.append(current_run().options.dry_run)

    @task(pre=[first])
    def last(c: Any) -> None:
        seen.append(current_run().options.dry_run)

    GraphExecutor(collection(first, last), Config()).execute(("last", {"dry_run": True, "json": True}))

    assert seen == [True, True]
    assert current_run().options.format == "json"


def test_a_tasks_own_option_stays_its_own() -> None:
    """A task that has a `--format` of its own is given it."""
    seen: list[str] = []

    @task
    def export(c: Any, format: str = "") -> None:  # noqa: A002 - the option's name
        seen.append(format)

    GraphExecutor(collection(export), Config()).execute(("export", {"format": "csv"}))

    assert seen == ["csv"]
    assert current_run().options.format == "terminal"


def test_sigterm_is_as_before_afterwards() -> None:
    """The handler of the run does not outlive it."""

    @task
    def nothing(c: Any) -> None:
        return

    before = signal.getsignal(signal.SIGTERM)
    execute(collection(nothing), "nothing")

    assert signal.getsignal(signal.SIGTERM) is before


def test_names_are_dotted_through_groups() -> None:
    """As a command line would say them."""

    @task
    def some_task(c: Any) -> None:
        return

    root = Collection()
    group = Collection("some_group")
    group.add_task(as_task(some_task))
    root.add_collection(group)

    assert [name for name, _ in dotted_names(root)] == ["some-group.some-task"]


def test_tasks_that_wait_for_each_other_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything runs, with the circle in words and code 2; stock Invoke ends in a RecursionError."""
    ran: list[str] = []

    @task
    def egg(c: Any) -> None:
        ran.append("egg")

    @task(pre=[egg])
    def hen(c: Any) -> None:
        ran.append("hen")

    as_task(egg).pre = [hen]

    code = execute(collection(egg, hen), "hen")

    assert (code, ran) == (2, [])
    assert "error: tasks wait for each other: hen → egg → hen\n" in capsys.readouterr().err
