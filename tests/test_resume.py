"""`--resume`: what an unfinished run has done is not done again, unless it is not what it was; real kills; the file."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from invoke import Collection, call

from aim_lib.engine import safe, task
from aim_lib.engine.fingerprint import Fingerprint
from aim_lib.engine.places import digest_of, places_of
from aim_lib.engine.resume import Memory, read
from aim_lib.engine.run import current_run
from aim_lib.errors import Failed, LockHeld
from aim_lib.host import current
from tests.properties.dags import Outcome, execute

ROOT = Path(__file__).parents[1]
POSIX = pytest.mark.skipif(os.name != "posix", reason="kills by SIGKILL, or asks for permission bits")
DEADLINE_S = 60


# --- in this process -------------------------------------------------------------------------------------------------


@dataclass
class Build:
    """A project whose tasks note their names in `ran`; those in `broken` fail."""

    folder: Path
    ran: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def task(self, name: str, **settings: Any) -> Any:
        def body(c: Any) -> None:
            self.work(name)

        body.__name__ = name
        return task(name=name, **settings)(body)

    def work(self, name: str) -> None:
        self.ran.append(name)
        if name in self.broken:
            raise Failed(f"{name} broke")

    def run(self, *tasks: Any, resume: bool = True, **options: Any) -> Outcome:
        """Run the last task; `ran` is of this run alone."""
        self.ran.clear()
        root = Collection()
        root.loaded_from = str(self.folder)
        for each in tasks:
            root.add_task(each)
        return execute(root, tasks[-1].name, resume=resume, **options)

    def fail_first(self, *tasks: Any) -> None:
        """A run that does everything but the last task."""
        self.broken = {tasks[-1].name}
        assert self.run(*tasks, resume=False).code == 1
        self.broken = set()

    @property
    def state_files(self) -> list[Path]:
        return places_of(self.folder, current()).all_unfinished()

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def build(tmp_path: Path) -> Build:
    folder = tmp_path / "project"
    folder.mkdir()
    return Build(folder)


def reasons(outcome: Outcome) -> dict[str, str]:
    return {state.key: re.sub(r"\d{4}-\S+Z", "TIME", state.reason) for state in outcome.states}


def test_what_is_done_is_skipped_and_says_since_when(build: Build) -> None:
    """The rest says that it was not done; after success there is nothing to resume."""
    tasks = (build.task("fetch"), build.task("compile", pre=["fetch"]), build.task("pack", pre=["compile"]))
    build.fail_first(*tasks)

    outcome = build.run(*tasks)

    done = "done by the run of TIME"
    assert build.ran == ["pack"]
    assert reasons(outcome) == {"fetch": done, "compile": done, "pack": "was not done"}
    assert (outcome.code, build.state_files) == (0, [])


def test_without_resume_everything_runs_again(build: Build) -> None:
    """And the new run's file begins anew."""
    tasks = (build.task("fetch"), build.task("pack", pre=["fetch"]))
    build.fail_first(*tasks)

    outcome = build.run(*tasks, resume=False)

    assert build.ran == ["fetch", "pack"]
    assert reasons(outcome) == {"fetch": "", "pack": ""}


def test_with_nothing_on_record_nothing_is_explained(build: Build) -> None:
    """A first run with --resume is a run like others."""
    outcome = build.run(build.task("fetch"), build.task("pack", pre=["fetch"]))

    assert build.ran == ["fetch", "pack"]
    assert reasons(outcome) == {"fetch": "", "pack": ""}


Change = Callable[[Build], Any]


def other_code(build: Build) -> Any:
    def body(c: Any) -> None:
        build.work("fetch")
        build.work("fetch")

    return task(name="fetch")(body)


def other_default(build: Build, word: str) -> Any:
    def body(c: Any, word: str = word) -> None:
        build.work("fetch")

    return task(name="fetch")(body)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (lambda build: build.task("fetch"), other_code, "its code has changed"),
        (
            lambda build: build.task("fetch", resume_key=lambda: "release 1"),
            lambda build: build.task("fetch", resume_key=lambda: "release 2"),
            "what it depends on has changed",
        ),
        (
            lambda build: build.task("fetch", resume_key=lambda c: "1"),
            lambda build: build.task("fetch", pre=["more"], resume_key=lambda c: "1"),
            "a prerequisite is not as it was",
        ),
    ],
    ids=["code", "resume_key", "prerequisites"],
)
def test_what_is_not_as_it_was_runs_again(build: Build, before: Change, after: Change, reason: str) -> None:
    """With the reason; and so does what waits for it."""
    more, pack = build.task("more"), build.task("pack", pre=["fetch"])
    ship = build.task("ship", pre=["pack"])
    build.fail_first(more, before(build), pack, ship)

    outcome = build.run(more, after(build), pack, ship)

    assert "fetch" in build.ran
    assert build.ran[-2:] == ["pack", "ship"]
    assert reasons(outcome)["fetch"] == reason
    assert reasons(outcome)["pack"] == "a prerequisite is not as it was"


def test_another_default_is_another_argument(build: Build) -> None:
    """The call looks the same on the command line; its task is given something else."""
    pack = build.task("pack", pre=["fetch"])
    build.fail_first(other_default(build, "debug"), pack)

    outcome = build.run(other_default(build, "release"), pack)

    assert build.ran == ["fetch", "pack"]
    assert reasons(outcome)["fetch"] == "its code has changed"


def test_other_arguments_are_another_call(build: Build) -> None:
    """One that was never done."""

    @task(name="fetch")
    def fetch(c: Any, word: str = "") -> None:
        build.work(f"fetch {word}")

    build.fail_first(fetch, build.task("pack", pre=[call(fetch, word="debug")]))

    outcome = build.run(fetch, build.task("pack", pre=[call(fetch, word="release")]))

    assert build.ran == ["fetch release", "pack"]
    assert reasons(outcome)["fetch(word='release')"] == "was not done"


def test_another_environment_runs_again(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the variables that the task names; others do not matter."""
    tasks = (build.task("fetch", env=("MIRROR",)), build.task("list"), build.task("pack", pre=["fetch", "list"]))
    build.fail_first(*tasks)
    monkeypatch.setenv("MIRROR", "elsewhere")

    outcome = build.run(*tasks)

    assert build.ran == ["fetch", "pack"]
    assert reasons(outcome)["fetch"] == "its environment has changed"


def test_other_inputs_run_again(build: Build) -> None:
    """The content counts, and what waits for it runs again too."""
    build.write("a.txt", "one")
    tasks = (build.task("fetch", inputs="*.txt"), build.task("pack", pre=["fetch"]), build.task("ship", pre=["pack"]))
    build.fail_first(*tasks)
    build.write("a.txt", "two")

    outcome = build.run(*tasks)

    assert build.ran == ["fetch", "pack", "ship"]
    assert reasons(outcome)["fetch"] == "its inputs have changed"


def test_a_touched_input_is_the_same_input(build: Build) -> None:
    """Only its time has changed."""
    build.write("a.txt", "one")
    tasks = (build.task("fetch", inputs="*.txt"), build.task("pack", pre=["fetch"]))
    build.fail_first(*tasks)
    os.utime(build.folder / "a.txt", (1, 1))

    build.run(*tasks)

    assert build.ran == ["pack"]


def test_a_lost_output_is_made_again(build: Build) -> None:
    """Though the file of the unfinished run says that its task is done."""
    build.write("a.txt", "one")

    @task(name="fetch", inputs="a.txt", outputs="b.txt")
    def fetch(c: Any) -> None:
        build.work("fetch")
        build.write("b.txt", "made")

    tasks = (fetch, build.task("pack", pre=["fetch"]))
    build.fail_first(*tasks)
    (build.folder / "b.txt").unlink()

    outcome = build.run(*tasks)

    assert build.ran == ["fetch", "pack"]
    assert reasons(outcome)["fetch"] == "b.txt is missing"


def test_what_follows_a_done_task_is_not_lost(build: Build) -> None:
    """The run broke between a task and its `post`: the post runs, the task does not."""
    tasks = (build.task("notify"), build.task("deploy", post=["notify"]))
    build.broken = {"notify"}
    build.run(*tasks, resume=False)
    build.broken = set()

    outcome = build.run(*tasks)

    assert build.ran == ["notify"]
    assert outcome.by_key == {"deploy": "skipped", "notify": "ok"}


def test_what_ends_a_done_task_runs_again(build: Build) -> None:
    """A `finally_` belongs to the run, not to what it has done."""
    tasks = (
        build.task("stop"),
        build.task("start", finally_=["stop"]),
        build.task("pack", pre=["start"]),
    )
    build.fail_first(*tasks)

    outcome = build.run(*tasks)

    assert build.ran == ["stop", "pack"]
    assert outcome.by_key == {"start": "skipped", "stop": "ok", "pack": "ok"}


def test_what_was_made_without_a_tolerated_task_is_made_again_with_it(build: Build) -> None:
    """The lint that failed now passes: the report on it is another."""
    lint, report = build.task("lint"), build.task("report", pre=[safe("lint")])
    tasks = (lint, report, build.task("pack", pre=["report"]))
    build.broken = {"lint", "pack"}
    build.run(*tasks, resume=False)
    build.broken = set()

    build.run(*tasks)

    assert build.ran == ["lint", "report", "pack"]


def test_an_older_success_does_not_outlive_a_newer_failure(build: Build) -> None:
    """The task as it was is written anew, for its successor has left its work half done."""
    fetch, pack = build.task("fetch"), build.task("pack", pre=["fetch"])
    build.fail_first(fetch, pack)
    build.broken = {"fetch"}
    build.run(other_code(build), pack)
    build.broken = set()

    build.run(fetch, pack)

    assert build.ran == ["fetch", "pack"]


def test_what_is_skipped_by_a_condition_is_asked_again(build: Build) -> None:
    """Today it may hold."""
    holds: list[bool] = []
    tasks = (build.task("fetch", when=lambda: bool(holds)), build.task("pack", pre=["fetch"]))
    build.fail_first(*tasks)
    holds.append(True)

    build.run(*tasks)

    assert build.ran == ["fetch", "pack"]


def test_a_dry_run_leaves_the_record_alone(build: Build) -> None:
    """What an unfinished run has done is still there for --resume afterwards."""
    tasks = (build.task("fetch"), build.task("pack", pre=["fetch"]))
    build.fail_first(*tasks)
    before = [(path, path.read_bytes()) for path in build.state_files]

    build.run(*tasks, resume=False, dry_run=True)

    assert before
    assert [(path, path.read_bytes()) for path in build.state_files] == before


def test_a_success_of_other_tasks_leaves_the_record_alone(build: Build) -> None:
    """Who runs something else in between can still resume."""
    fetch, other = build.task("fetch"), build.task("other", pre=["fetch"])
    tasks = (fetch, build.task("pack", pre=["fetch"]))
    build.fail_first(*tasks)
    build.run(fetch, other, resume=False)

    build.run(*tasks)

    assert build.ran == ["pack"]


def test_a_failure_in_between_counts(build: Build) -> None:
    """A task that was done, and has since failed in a run of its own, is not done."""
    fetch, pack = build.task("fetch"), build.task("pack", pre=["fetch"])
    build.fail_first(fetch, pack)
    build.broken = {"fetch"}
    build.run(fetch, resume=False)
    build.broken = set()

    build.run(fetch, pack)

    assert build.ran == ["fetch", "pack"]


def test_a_failure_in_between_counts_behind_a_torn_line_too(build: Build) -> None:
    """The unfinished run was killed while it wrote."""
    fetch, pack = build.task("fetch"), build.task("pack", pre=["fetch"])
    build.fail_first(fetch, pack)
    with build.state_files[0].open("ab") as file:
        file.write(b'{"key":"0123')
    build.broken = {"fetch"}
    build.run(fetch, resume=False)
    build.broken = set()

    build.run(fetch, pack)

    assert build.ran == ["fetch", "pack"]


def test_one_task_may_be_resumed_too(build: Build) -> None:
    """The request decides, not how much there is to do."""
    outcome = build.run(build.task("fetch"))

    assert (outcome.code, build.ran, build.state_files) == (0, ["fetch"], [])


def test_a_run_inside_a_task_does_not_disturb_the_outer_one(build: Build) -> None:
    """In the same process: the outer task goes on as itself, and its success is on record."""
    inner_first, inner = build.task("inner_first"), build.task("inner", pre=["inner_first"])

    @task(name="outer")
    def outer(c: Any) -> None:
        build.broken = {"inner"}
        root = Collection(inner_first, inner)
        root.loaded_from = str(build.folder)
        code = execute(root, "inner").code
        build.ran.append(f"inner ended with {code} in {current_run().current}")
        current_run().may_start_programs()

    outcome = build.run(outer, build.task("pack", pre=["outer"]), resume=False)

    assert build.ran == ["inner_first", "inner", "inner ended with 1 in outer", "pack"]
    assert outcome.by_key == {"outer": "ok", "pack": "ok"}
    assert outcome.code == 0


# --- the file --------------------------------------------------------------------------------------------------------


@POSIX
def test_the_file_is_its_owners_alone(build: Build) -> None:
    """0600, in a folder of 0700."""
    build.fail_first(build.task("fetch"), build.task("pack", pre=["fetch"]))

    (path,) = build.state_files
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_no_value_of_an_argument_is_on_disk(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the file nor anywhere else that the engine writes; nor that of a variable or a resume key."""
    secrets = ("hunter2-as-argument", "hunter2-as-variable", "hunter2-as-key", "hunter2-as-default", "hunter2-again")
    monkeypatch.setenv("PLACE", secrets[1])

    @task(name="login", env=("PLACE",), resume_key=lambda: secrets[2])
    def login(c: Any, word: str = "", other: str = secrets[3]) -> None:
        build.work("login")

    calls = [call(login, word=secrets[0]), call(login, word=secrets[4])]
    build.fail_first(login, build.task("pack", pre=calls))

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    texts = [path.read_text(encoding="utf-8") for path in files]
    assert build.state_files[0] in files
    assert not [text for text in texts if "hunter2" in text]


def test_the_file_is_lines_of_digests(build: Build) -> None:
    """The form, then one line for each task; all but the times are hexadecimal."""
    build.fail_first(build.task("fetch"), build.task("compile", pre=["fetch"]), build.task("pack", pre=["compile"]))

    first, *lines = [json.loads(line) for line in build.state_files[0].read_text(encoding="utf-8").splitlines()]
    assert first.keys() == {"version", "began"}
    assert [line["key"] for line in lines] == [digest_of("fetch"), digest_of("compile")]
    texts = [text for line in lines for text in (line["key"], *line["fingerprint"].values())]
    assert all(re.fullmatch("([0-9a-f]{32})?", text) for text in texts)


@pytest.mark.parametrize("text", ["", "{", '{"version":99,"began":"x"}\n', "[]\n", "\n\n", "\x00\x00"])
def test_a_file_of_another_form_is_as_none(build: Build, text: str) -> None:
    """Everything is done, without a word about it."""
    tasks = (build.task("fetch"), build.task("pack", pre=["fetch"]))
    build.fail_first(*tasks)
    (path,) = build.state_files
    done = path.read_text(encoding="utf-8").partition("\n")[2]
    path.write_text(text + done if text.endswith("\n") else text, encoding="utf-8")

    outcome = build.run(*tasks)

    assert build.ran == ["fetch", "pack"]
    assert (outcome.code, reasons(outcome)["fetch"]) == (0, "")


def test_a_file_cut_at_any_byte_holds_the_lines_before_the_cut(tmp_path: Path) -> None:
    """And never anything else: what is torn was not done."""
    keys = [f"task-{number}" for number in range(4)]
    memory = Memory(tmp_path / "state.jsonl", "2026-01-02T03:04:05.678Z")
    memory.begin(resume=False)
    for key in keys:
        memory.add(key, Fingerprint(source=digest_of("source", key)))
    memory.end(succeeded=False)
    whole = (tmp_path / "state.jsonl").read_bytes()
    digests = [digest_of(key) for key in keys]

    for cut in range(len(whole) + 1):
        (tmp_path / "cut.jsonl").write_bytes(whole[:cut])
        lines = whole[:cut].count(b"\n")
        assert list(read(tmp_path / "cut.jsonl")) == digests[: max(lines - 1, 0)]


def test_a_torn_file_is_whole_again_after_the_next_begin(tmp_path: Path) -> None:
    """What is written behind the tear can be read."""
    path = tmp_path / "state.jsonl"
    first = Memory(path, "2026-01-01T00:00:00.000Z")
    first.begin(resume=False)
    first.add("a", Fingerprint(source="1"))
    first.end(succeeded=False)
    path.write_bytes(path.read_bytes() + b'{"key":"0123')

    second = Memory(path, "2026-01-02T00:00:00.000Z")
    second.begin(resume=True)
    second.add("b", Fingerprint(source="2"))
    second.end(succeeded=False)

    began = {key: done.began[:10] for key, done in read(path).items()}
    assert began == {digest_of("a"): "2026-01-01", digest_of("b"): "2026-01-02"}


def test_only_one_run_holds_the_record(tmp_path: Path) -> None:
    """Another one goes without; with --resume it is refused, and nothing that is on record is lost by either."""
    path = tmp_path / "state.jsonl"
    first, second, third = (Memory(path, f"2026-01-0{day}T00:00:00.000Z") for day in (1, 2, 3))
    first.begin(resume=False)
    first.add("a", Fingerprint())

    second.begin(resume=False)
    second.add("b", Fingerprint())
    with pytest.raises(LockHeld) as refused:
        third.begin(resume=True)
    second.end(succeeded=True)

    assert (first.is_on, second.is_on) == (True, False)
    assert list(read(path)) == [digest_of("a")]
    assert refused.value.remedy
    first.end(succeeded=True)
    assert not path.exists()


# --- real processes --------------------------------------------------------------------------------------------------

TASKS = """
import os, signal, sys, time
from pathlib import Path
from aim_lib.engine import task

LOG = Path(__file__).with_name("log")

def say(text):
    with LOG.open("a", encoding="utf-8") as log:
        log.write(text + "\\n")

def work(name):
    say(f"begin {name}")
    if os.environ.get("KILLED") == name:
        os.kill(os.getpid(), signal.SIGKILL)
    if os.environ.get("WAITS") == name:
        deadline = time.monotonic() + 60
        while not LOG.with_name("go").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    say(f"end {name}")

@task
def tidy(c): work("tidy")
@task
def fetch(c): work("fetch")
@task(pre=[fetch])
def configure(c): work("configure")
@task
def index(c): work("index")
@task(pre=[fetch], post=[index])
def docs(c): work("docs")
@task(pre=[configure], finally_=[tidy])
def compile(c): work("compile")
@task(pre=[compile, docs])
def release(c): work("release")
@task(pre=[fetch])
def inner(c): work("inner")
@task
def outer(c):
    work("outer")
    c.run([sys.executable, "-m", "invoke", "inner"])
@task(pre=[outer])
def both(c): work("both")
@task
def again(c): c.run([sys.executable, "-m", "invoke", "nested", "--resume"])
@task(pre=[again])
def nested(c): work("nested")
"""
EVERYTHING = ["fetch", "configure", "compile", "docs", "index", "release", "tidy"]


@dataclass
class Project:
    """A project on disk and the stock `invoke` in it."""

    folder: Path
    env: dict[str, str]

    def start(self, *argv: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "invoke", *argv],
            cwd=self.folder,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *argv: str, **env: str) -> tuple[int, str]:
        """Exit code and stderr."""
        process = self.start(*argv, **env)
        _, said = process.communicate(timeout=DEADLINE_S)
        return process.returncode, said

    def log(self) -> list[str]:
        path = self.folder / "log"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def ended(self) -> list[str]:
        return [line.removeprefix("end ") for line in self.log() if line.startswith("end ")]

    def wait_for(self, line: str) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while line not in self.log():
            assert time.monotonic() < deadline, f"{line!r} did not come"
            time.sleep(0.02)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    folder = tmp_path / "real"
    folder.mkdir()
    (folder / "tasks.py").write_text(TASKS, encoding="utf-8")
    (folder / "invoke.yaml").write_text(
        "tasks:\n  executor_class: aim_lib.engine.executor.GraphExecutor\n", encoding="utf-8"
    )
    path = os.defpath if os.name == "posix" else ""
    env = {"HOME": str(tmp_path / "home"), "PATH": path, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    yield Project(folder, env)
    (folder / "go").touch()


@POSIX
@pytest.mark.parametrize("jobs", ["1", "4"])
@pytest.mark.parametrize("killed", EVERYTHING)
def test_after_a_kill_in_any_task_the_rest_is_done(project: Project, killed: str, jobs: str) -> None:
    """Killed by SIGKILL in its middle, resumed: nothing that had ended is done again but what must be."""
    code, _ = project.run("release", "--jobs", jobs, KILLED=killed)
    assert code == -signal.SIGKILL
    before = project.ended()

    code, said = project.run("release", "--jobs", jobs, "--resume")

    after = project.ended()[len(before) :]
    assert (code, "Build succeeded." in said) == (0, True)
    assert sorted({*before, *after}) == sorted(EVERYTHING)
    assert killed in after
    if jobs == "1":  # else another task may have ended in the moment of the kill
        assert set(before) & set(after) <= {"tidy"}
        assert said.count("done by the run of") == len(set(before) - {"tidy"})


@POSIX
def test_killed_twice_is_resumed_twice(project: Project) -> None:
    """What the first run has done is still done for the third."""
    project.run("release", KILLED="configure")
    project.run("release", "--resume", KILLED="release")

    code, _ = project.run("release", "--resume")

    ended = [name for name in project.ended() if name != "tidy"]
    assert code == 0
    assert sorted(ended) == sorted(set(EVERYTHING) - {"tidy"})


@POSIX
@pytest.mark.parametrize("between", ["fetch", "configure"])
def test_a_kill_in_between_counts(project: Project, between: str) -> None:
    """A task that was done, and has since been killed half-way in a run of its own, is done again."""
    project.run("release", KILLED="release")
    project.run(between, KILLED=between)
    before = project.ended()

    code, _ = project.run("release", "--resume")

    assert code == 0
    assert between in project.ended()[len(before) :]


@POSIX
def test_a_second_run_that_resumes_is_refused_while_the_first_goes_on(project: Project) -> None:
    """Code 9, and nothing is run; the first one ends as if nothing had been."""
    first = project.start("release", WAITS="compile")
    project.wait_for("begin compile")
    log = project.log()

    code, said = project.run("release", "--resume")

    assert (code, project.log()) == (9, log)
    assert "fix: wait for it to end, then --resume again" in said
    (project.folder / "go").touch()
    assert first.communicate(timeout=DEADLINE_S) is not None
    assert first.returncode == 0
    assert sorted(project.ended()) == sorted(EVERYTHING)


@POSIX
def test_a_second_run_of_the_same_tasks_goes_without_a_record(project: Project) -> None:
    """And leaves that of the first alone: it can be resumed when that one is killed."""
    first = project.start("release", WAITS="release")
    project.wait_for("begin release")
    code, _ = project.run("release")
    assert code == 0
    first.kill()
    first.communicate(timeout=DEADLINE_S)
    before = project.ended()

    code, _ = project.run("release", "--resume")

    assert code == 0
    assert set(project.ended()[len(before) :]) == {"release", "tidy"}


@POSIX
def test_a_run_inside_a_task_of_another_run_works(project: Project) -> None:
    """It has a record of its own."""
    code, said = project.run("both")

    assert (code, project.ended()) == (0, ["outer", "fetch", "inner", "both"]), said


@POSIX
def test_a_run_that_would_resume_the_one_it_is_in_is_refused(project: Project) -> None:
    """It says so instead of waiting for itself, and the outer run fails with its child's code on record."""
    code, said = project.run("nested")

    assert code == 4
    assert "another run of the same tasks is not finished" in said
    assert project.ended() == []
