"""What a run says and leaves: summary, record, annotations, masked secrets, output of tasks side by side."""

from __future__ import annotations

import json
import logging
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest
from invoke import Collection, Config, Exit

from aim_lib.engine import hooks, task
from aim_lib.engine.executor import GraphExecutor
from aim_lib.engine.options import Options
from aim_lib.engine.redaction import Redaction
from aim_lib.engine.run import current_run
from aim_lib.errors import BadConfig


def execute(tasks: list[Any], *names: str, **options: Any) -> int:
    """Run the tasks with the options of a run; its exit code."""
    root = Collection()
    for each in tasks:
        root.add_task(each)
    config = Config(overrides={"aim_options": options})
    try:
        GraphExecutor(root, config).execute(*((name, {}) for name in names))
    except Exit as ended:
        return int(ended.code)
    return 0


@task
def fine(c: Any) -> None:
    print("fine says this")


@task
def breaks(c: Any) -> None:
    raise ValueError("out of order")


@task(pre=[fine, "?breaks"])
def tolerant(c: Any) -> None: ...


@task(pre=[fine])
def careful(c: Any) -> None:
    c.warn("mind the gap")
    warnings.warn("old style", UserWarning, stacklevel=1)
    logging.getLogger("some.library").warning("disk is %d %% full", 97)
    logging.getLogger("some.library").info("nobody counts this")


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("names", "code", "ending"),
    [
        (["fine"], 0, "Build succeeded. 1 task, 0 errors, 0 warnings, "),
        (["tolerant"], 0, "Build completed with errors. 3 tasks, 1 error, 0 warnings, "),
        (["breaks"], 1, "Build FAILED. 1 task, 1 error, 0 warnings, "),
        (["nobody"], 2, "Build ABORTED. 0 tasks, 1 error, 0 warnings, "),
    ],
)
def test_a_run_ends_in_one_of_five_ways(
    names: list[str], code: int, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last line says which, with the counts."""

    @task(pre=["no-such-task"])
    def nobody(c: Any) -> None: ...

    assert execute([fine, breaks, tolerant, nobody], *names) == code
    assert last_line(capsys).startswith(ending)


def test_warnings_of_every_kind_are_counted_with_their_task(capsys: pytest.CaptureFixture[str]) -> None:
    """And said again at the end; what is below a warning is not."""
    with pytest.warns(UserWarning, match="old style"):
        code = execute([fine, careful], "careful")

    said = capsys.readouterr().err.splitlines()
    state = next(state for state in current_run().states if state.name == "careful")
    assert code == 0
    assert state.warnings == ["mind the gap", "UserWarning: old style", "disk is 97 % full"]
    assert said[-4:-1] == [f"warning: careful: {text}" for text in state.warnings]
    assert said[-1].startswith("Build succeeded with warnings. 2 tasks, 0 errors, 3 warnings, ")


def test_what_tasks_print_has_stdout_for_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Headings, errors and the summary are on stderr."""
    execute([fine, breaks, tolerant], "tolerant")

    assert capsys.readouterr().out == "fine says this\n"


def test_a_very_long_table_shows_what_is_worth_reading(capsys: pytest.CaptureFixture[str]) -> None:
    """The rest is counted."""
    made: list[Any] = []
    for place in range(50):

        def body(c: Any) -> None: ...

        body.__name__ = f"t{place}"
        made.append(task(body))
    everything = [*made, breaks]

    @task(pre=everything)
    def top(c: Any) -> None: ...

    execute([*everything, top], "top")

    lines = capsys.readouterr().err.splitlines()
    table = lines[lines.index("") + 1 : -1]
    assert [line.split()[1:3] for line in table[:2]] == [["breaks", "failed"], ["top", "blocked"]]
    assert table[2] == "  … and 50 more that are fine"


def test_quiet_says_nothing_of_success(capsys: pytest.CaptureFixture[str]) -> None:
    """And of a failure the whole."""
    execute([fine, careful, breaks], "fine", "fine", quiet=True)
    silent = capsys.readouterr().err
    execute([fine, breaks], "fine", "breaks", quiet=True)

    assert silent == ""
    assert last_line(capsys).startswith("Build FAILED.")


def record(folder: Path) -> dict[str, Any]:
    """The one last-run.json below a home."""
    found = list(folder.rglob("last-run.json"))
    assert len(found) == 1
    document: dict[str, Any] = json.loads(found[0].read_text(encoding="utf-8"))
    return document


@pytest.fixture
def state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("AIM_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def test_the_record_has_every_task(state_folder: Path) -> None:
    """Its keys are a contract."""
    execute([fine, breaks, tolerant], "tolerant")

    document = record(state_folder)
    assert list(document) == [
        *("schema_version", "command", "exit_code", "timestamp", "records"),
        *("tasks", "totals", "result", "errors", "warnings"),
    ]
    assert list(document["tasks"][0]) == [
        *("name", "path", "state", "reason", "started", "seconds"),
        *("exit_code", "child_exit_code", "error", "warnings"),
    ]
    assert [(each["name"], each["state"], each["exit_code"]) for each in document["tasks"]] == [
        ("fine", "ok", 0),
        ("breaks", "failed", 1),
        ("tolerant", "ok", 0),
    ]
    assert document["tasks"][1]["error"].startswith("breaks: ValueError: out of order\nat ")
    assert (document["result"], document["exit_code"]) == ("completed with errors", 0)
    assert document["totals"]["tasks"] == 3
    assert document["totals"]["failed"] == document["totals"]["errors"] == 1


def test_the_record_is_private(state_folder: Path) -> None:
    """0600, in a folder of 0700."""
    execute([fine], "fine")

    path = next(state_folder.rglob("last-run.json"))
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_report_goes_where_it_is_wanted(state_folder: Path, tmp_path: Path) -> None:
    """The same document in another place."""
    execute([fine], "fine", report=str(tmp_path / "out/report.json"))

    assert json.loads((tmp_path / "out/report.json").read_text(encoding="utf-8")) == record(state_folder)


def test_a_report_that_cannot_be_written_fails_the_run(
    state_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the option's name and why."""
    (tmp_path / "file").write_text("", encoding="utf-8")

    code = execute([fine], "fine", report=str(tmp_path / "file/report.json"))

    assert code == 7
    assert f"error: --report {tmp_path / 'file/report.json'}: " in capsys.readouterr().err


def test_a_dry_run_leaves_no_record(state_folder: Path, tmp_path: Path) -> None:
    """Nor a report."""
    execute([fine, careful], "fine", "careful", dry_run=True, report=str(tmp_path / "report.json"))

    assert list(tmp_path.rglob("*.json")) == []


def test_json_is_the_only_thing_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    """What tasks print makes room for it."""
    execute([fine, breaks], "fine", "breaks", json=True)

    said = capsys.readouterr()
    assert json.loads(said.out)["result"] == "failed"
    assert "fine says this" in said.err


def test_a_run_in_github_actions_has_groups_and_annotations(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tolerated failure is a warning there; the place is that of the task, from the workspace."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path(__file__).parent))

    execute([fine, breaks, tolerant], "tolerant")
    lines = capsys.readouterr().err.splitlines()

    assert lines[:2] == ["::group::fine", "::endgroup::"]
    annotation = next(line for line in lines if line.startswith("::warning"))
    assert annotation.startswith("::warning file=test_run.py,line=")
    assert ",title=breaks::breaks: ValueError: out of order%0Aat " in annotation


def test_secrets_of_the_environment_are_masked(
    monkeypatch: pytest.MonkeyPatch, state_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In messages, in the table, in the record and in the file with the traceback."""
    monkeypatch.setenv("AIM_LOG_DIR", str(state_folder / "logs"))
    monkeypatch.setenv("DEPLOY_TOKEN", "hunter2-hunter2")

    @task
    def leaks(c: Any) -> None:
        c.warn("it is hunter2-hunter2")
        raise ValueError("with hunter2-hunter2")

    execute([fine, leaks], "fine", "leaks")

    written = "".join(path.read_text(encoding="utf-8") for path in state_folder.rglob("*") if path.is_file())
    said = capsys.readouterr()
    assert "hunter2" not in said.out + said.err + written
    assert "ValueError: with [redacted]" in said.err
    assert "ValueError: with [redacted]" in written


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("OPENAI_API_KEY", True),
        ("GITHUB_TOKEN", True),
        ("DB_PASSWORD", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("npm_config_token", True),
        ("KEYBOARD", False),
        ("AUTHOR", False),
        ("TOKENIZERS_PARALLELISM", False),
        ("PATH", False),
    ],
)
def test_a_variable_is_secret_by_its_name(name: str, is_secret: bool) -> None:
    """As a whole word of it."""
    assert (Redaction({name: "some-value"})("has some-value") == "has [redacted]") is is_secret


def test_a_switch_is_no_secret() -> None:
    """Else every `true` of a log would be masked."""
    assert Redaction({"USE_TOKEN": "disabled"})("disabled") == "disabled"


@pytest.mark.parametrize("stream", ["out", "err"])
def test_side_by_side_each_task_has_its_block(stream: str, capsys: pytest.CaptureFixture[str]) -> None:
    """However their lines came; what threads of their own print is in none."""
    both = threading.Barrier(2, timeout=30)
    streams = {"out": lambda: sys.stdout, "err": lambda: sys.stderr}

    def speaks(c: Any, name: str) -> None:
        for number in range(3):
            both.wait()
            print(f"{name} {number}", file=streams[stream]())

    @task
    def left(c: Any) -> None:
        speaks(c, "left")

    @task
    def right(c: Any) -> None:
        speaks(c, "right")

    execute([left, right], "left", "right", jobs=2)

    said = [line for line in getattr(capsys.readouterr(), stream).splitlines() if line[-1:].isdigit()]
    assert sorted((said[:3], said[3:])) == [[f"{name} {number}" for number in range(3)] for name in ("left", "right")]


def test_side_by_side_with_a_prefix_each_line_is_shown_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """An unfinished line comes at the task's end."""

    @task
    def left(c: Any) -> None:
        print("one\ntwo", end="")

    execute([left], "left", jobs=2, output="prefix")

    assert capsys.readouterr().out == "left | one\nleft | two\n"


@pytest.fixture
def hook_calls() -> Any:
    """Hooks that note their calls, for one test."""
    calls: list[str] = []
    hooks.on_enter_run(lambda run: calls.append("enter run"))
    hooks.on_exit_run(lambda run: calls.append("exit run"))
    hooks.on_enter_task(lambda state: calls.append(f"enter {state.name}"))
    hooks.on_exit_task(lambda state: calls.append(f"exit {state.name} {state.state}"))
    yield calls
    for registered in (hooks.enter_run, hooks.exit_run, hooks.enter_task, hooks.exit_task):
        registered.clear()


def test_hooks_stand_around_runs_and_tasks(hook_calls: list[str]) -> None:
    """Also around a failure; a task that is skipped has none."""

    @task(when=False)
    def skipped(c: Any) -> None: ...

    execute([fine, skipped, breaks], "fine", "skipped", "breaks")

    assert hook_calls == ["enter run", "enter fine", "exit fine ok", "enter breaks", "exit breaks failed", "exit run"]


def test_a_hook_that_fails_fails_the_run(hook_calls: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What enters a run, before anything is run; the exit hooks are called all the same."""

    def fails(run: Any) -> None:
        raise ValueError("no entry")

    hooks.on_enter_run(fails)

    code = execute([fine], "fine")

    assert code == 1
    assert hook_calls == ["enter run", "exit run"]
    assert last_line(capsys).startswith("Build ABORTED. 1 task, 1 error")


def test_a_hook_that_fails_fails_its_task(hook_calls: list[str]) -> None:
    """Its exit hooks see why."""

    def fails(state: Any) -> None:
        raise ValueError("no entry")

    hooks.on_enter_task(fails)

    code = execute([fine], "fine")

    assert code == 1
    assert hook_calls == ["enter run", "enter fine", "exit fine failed", "exit run"]
    assert current_run().states[0].started == ""


@pytest.mark.parametrize(("given", "words"), [({"jobs": 0}, "--jobs 0"), ({"output": "colour"}, "--output 'colour'")])
def test_an_option_that_means_nothing_is_refused(given: dict[str, Any], words: str) -> None:
    """By its name, with what would be right."""
    options = Options()
    options.merge(given)

    with pytest.raises(BadConfig, match=words) as refused:
        options.check()

    assert refused.value.remedy


@pytest.mark.parametrize(("text", "is_on"), [("false", False), ("0", False), ("", False), ("true", True), ("1", True)])
def test_a_switch_written_as_text_means_what_it_says(text: str, is_on: bool) -> None:
    """Invoke takes `INVOKE_…=false` for true."""
    options = Options()

    options.merge({"keep_going": text})

    assert options.keep_going is is_on
