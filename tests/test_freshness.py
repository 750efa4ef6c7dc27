"""Incremental tasks: what makes one stale, what does not, what is written down when, and how odd its files may be."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from invoke import Collection, Task, call

from aim_lib.engine import task
from aim_lib.engine.fingerprint import arguments_digest, environment_digest, source_digest
from aim_lib.engine.patterns import files_of
from aim_lib.engine.places import places_of
from aim_lib.errors import Failed
from aim_lib.host import current
from tests.properties.dags import execute

ROOT = Path(__file__).parents[1]
POSIX = pytest.mark.skipif(os.name != "posix", reason="such names of files are possible on POSIX only")
LONG_AGO = 1_500_000_000


@dataclass
class Project:
    """A folder with incremental tasks; `ran` are the inputs that each body was given since the last `run`."""

    folder: Path
    ran: list[tuple[str, ...]] = field(default_factory=list)

    def write(self, name: str, text: str = "x", *, is_old: bool = False) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if is_old:
            os.utime(path, (LONG_AGO, LONG_AGO))
        return path

    def task(self, name: str = "made", makes: Callable[[Any], None] = lambda _c: None, **settings: Any) -> Task[Any]:
        def body(c: Any) -> None:
            self.ran.append(c.inputs)
            makes(c)

        body.__name__ = name
        made: Task[Any] = task(name=name, **settings)(body)
        return made

    def run(self, made: Any, **options: Any) -> tuple[str, str]:
        """Run one task; its state and the reason."""
        self.ran.clear()
        name = made.name
        root = Collection()
        root.loaded_from = str(self.folder)
        root.add_task(made)
        (state,) = (state for state in execute(root, name, **options).states if state.name == root.transform(name))
        return state.state, state.reason

    @property
    def is_untouched(self) -> bool:
        """Whether nothing at all is on record of this project."""
        return not places_of(self.folder, current()).folder.exists()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Project(folder)


FRESH = ("up-to-date", "nothing has changed")


# --- inputs -----------------------------------------------------------------------------------------------------------


def test_after_a_success_it_is_up_to_date(project: Project) -> None:
    """The first run says that there was none."""
    project.write("a.txt")
    made = project.task(inputs="*.txt")

    first, second = project.run(made), project.run(made)

    assert first == ("ok", "no success is on record")
    assert (second, project.ran) == (FRESH, [])


def test_a_touched_input_is_as_it_was(project: Project) -> None:
    """Content decides, not time."""
    path = project.write("a.txt")
    made = project.task(inputs="*.txt")
    project.run(made)
    os.utime(path, (LONG_AGO, LONG_AGO))

    assert project.run(made) == FRESH


def test_changed_content_is_named(project: Project) -> None:
    """And how many more there are."""
    for name in ("a.txt", "b.txt", "c.txt"):
        project.write(name)
    made = project.task(inputs="*.txt")
    project.run(made)
    project.write("b.txt", "other")
    one = project.run(made)
    project.write("a.txt", "others")
    project.write("c.txt", "others")

    two = project.run(made)

    assert one == ("ok", "b.txt changed")
    assert two == ("ok", "a.txt and 1 more changed")
    assert project.ran == [("a.txt", "b.txt", "c.txt")]


def test_a_change_that_leaves_size_and_time_is_seen_while_the_file_is_young(project: Project) -> None:
    """Within two seconds of a change another may leave both as they are."""
    path = project.write("a.txt", "one")
    made = project.task(inputs="a.txt")
    project.run(made)
    before = path.stat()
    path.write_text("two", encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert project.run(made) == ("ok", "a.txt changed")


def test_an_input_that_is_gone_counts(project: Project) -> None:
    """What was made of it must go too."""
    project.write("a.txt")
    path = project.write("b.txt")
    made = project.task(inputs="*.txt")
    project.run(made)
    path.unlink()

    assert project.run(made) == ("ok", "b.txt is no longer an input")


def test_a_new_input_counts(project: Project) -> None:
    """Also one whose content is that of another."""
    project.write("a.txt")
    made = project.task(inputs="*.txt")
    project.run(made)
    project.write("b.txt")

    state, reason = project.run(made)

    assert state == "ok"
    assert reason.startswith("b.txt ")
    assert reason.endswith("new")


def test_a_renamed_input_counts(project: Project) -> None:
    """Its content is not all that there is to it."""
    path = project.write("a.txt")
    made = project.task(inputs="*.txt")
    project.run(made)
    path.rename(path.with_name("b.txt"))

    assert project.run(made)[0] == "ok"


def test_two_files_that_swap_their_contents_count(project: Project) -> None:
    """The set of contents is the same."""
    project.write("a.txt", "one")
    project.write("b.txt", "two")
    made = project.task(inputs="*.txt")
    project.run(made)
    project.write("a.txt", "two")
    project.write("b.txt", "one")

    assert project.run(made) == ("ok", "a.txt and 1 more changed")


@pytest.mark.parametrize("excluded", ["!b.txt", "!b*", "!./b.txt", "!{folder}/b.txt", "!sub/../b.txt"])
def test_what_is_excluded_does_not_count(project: Project, excluded: str) -> None:
    """However its name is written, and wherever it stands in the list."""
    project.write("sub/c.txt")
    project.write("a.txt")
    project.write("b.txt")
    made = project.task(inputs=[excluded.format(folder=project.folder), "*.txt"])
    project.run(made)
    given = project.ran[0]
    project.write("b.txt", "other")

    state = project.run(made)

    assert given == ("a.txt",)
    assert state == FRESH


def test_an_excluded_folder_is_excluded_with_all_below(project: Project) -> None:
    """As an included one is included with all below, hidden files too."""
    for name in ("src/a.py", "src/.hidden", "src/deep/er/b.py", "src/cache/c.py", "src/cache/deep/d.py"):
        project.write(name)
    made = project.task(inputs=["src", "!src/cache"])

    project.run(made)

    assert project.ran == [("src/.hidden", "src/a.py", "src/deep/er/b.py")]


def test_globs_go_deep_with_two_stars(project: Project) -> None:
    """And say each file once, whatever matches it, in order."""
    for name in ("src/b.py", "src/a.py", "src/deep/c.py", "src/deep/d.txt"):
        project.write(name)
    made = project.task(inputs=["src/deep/*.py", "src/**/*.py", "src/a.py"])

    project.run(made)

    assert project.ran == [("src/a.py", "src/b.py", "src/deep/c.py")]


def test_files_outside_of_the_project_are_inputs_too(project: Project, tmp_path: Path) -> None:
    """By absolute path, as a text, a Path or a glob."""
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("a.h", "b.h", "c.txt"):
        (outside / name).write_text("x", encoding="utf-8")
    made = project.task(inputs=[str(outside / "a.h"), outside / "c.txt", f"{outside}/*.h"])
    project.run(made)
    given = project.ran[0]
    (outside / "b.h").write_text("other", encoding="utf-8")

    state, reason = project.run(made)

    assert given == tuple((outside / name).as_posix() for name in ("a.h", "b.h", "c.txt"))
    assert (state, reason) == ("ok", f"{(outside / 'b.h').as_posix()} changed")


def test_a_listed_input_that_is_not_there_fails_the_task(project: Project) -> None:
    """Before its body is called; the remedy names the file."""
    made = project.task(inputs=["a.txt"])

    assert project.run(made) == ("failed", "input 'a.txt' is missing")
    assert project.ran == []


@pytest.mark.parametrize("inputs", [[], "*.txt", ["*.txt", "!a.*"], "empty", lambda: (), lambda: None, lambda c: []])
def test_without_input_there_is_nothing_to_do(project: Project, inputs: Any) -> None:
    """No file matches, the folder is empty, or the function gives none."""
    (project.folder / "empty").mkdir()

    assert project.run(project.task(inputs=inputs)) == ("skipped", "no input")
    assert project.ran == []


def test_inputs_may_be_told_by_a_function(project: Project) -> None:
    """Of the context or of nothing; its order is kept, for it may mean something."""
    project.write("a.txt")
    project.write("b.txt")

    project.run(project.task(inputs=lambda: ["b.txt", Path("a.txt")]))
    by_list = project.ran[0]
    project.run(project.task("other", inputs=lambda c: (name for name in ("b.txt", "a.txt") if c)))

    assert by_list == ("b.txt", "a.txt")
    assert project.ran == [("b.txt", "a.txt")]


ODD = [
    "ü — 漢字.txt",
    "a b.txt",
    "a[1].txt",
    "[ab].txt",
    "it's {braced}.txt",
    pytest.param('"quoted".txt', marks=POSIX),
    pytest.param("new\nline.txt", marks=POSIX),
    pytest.param("star*.txt", marks=POSIX),
    pytest.param("what?.txt", marks=POSIX),
    pytest.param("back\\slash.txt", marks=POSIX),
    pytest.param(os.fsdecode(b"caf\xe9.txt") if os.name == "posix" else "", marks=POSIX),
    "-n.txt",
    "~.txt",
    " .txt",
]


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("way", ["by name", "by glob", "by function"])
def test_a_file_of_any_name_can_be_an_input(project: Project, name: str, way: str) -> None:
    """It is given to the task as it is, is up to date afterwards, and its change is seen."""
    project.write(name)
    made = project.task(inputs={"by name": name, "by glob": "*.txt", "by function": lambda: [Path(name)]}[way])
    first, given = project.run(made), project.ran[0]
    second = project.run(made)
    project.write(name, "other")

    third = project.run(made)

    assert (first[0], given) == ("ok", (name,))
    assert second == FRESH
    assert third == ("ok", f"{name} changed")


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("way", ["by name", "by glob"])
def test_a_file_of_any_name_can_be_an_output(project: Project, name: str, way: str) -> None:
    """It is found afterwards, and missed when it is gone."""
    made = project.task(
        makes=lambda _c: (project.write(f"out/{name}"), None)[1],
        outputs=f"out/{name}" if way == "by name" else "out/*",
    )
    first, second = project.run(made), project.run(made)
    (project.folder / "out" / name).unlink()
    project.write("out/a1.txt")  # what `a[1].txt` would match as a pattern

    third = project.run(made)

    assert [first[0], second, third] == ["ok", FRESH, ("ok", f"out/{name} is missing")]


def test_a_name_with_brackets_is_no_pattern_when_there_is_such_a_file(project: Project) -> None:
    """Nor does another file that it would match count."""
    project.write("a[1].txt")
    project.write("a1.txt")
    made = project.task(inputs="a[1].txt")
    project.run(made)
    given = project.ran[0]
    project.write("a1.txt", "other")

    assert given == ("a[1].txt",)
    assert project.run(made) == FRESH


@POSIX
def test_links_count_as_what_they_lead_to(project: Project, tmp_path: Path) -> None:
    """One that leads nowhere, or to itself, is no file."""
    target = tmp_path / "target"
    target.write_text("x", encoding="utf-8")
    (project.folder / "a.txt").symlink_to(target)
    (project.folder / "b.txt").symlink_to(tmp_path / "nothing")
    (project.folder / "c.txt").symlink_to("c.txt")
    made = project.task(inputs="*.txt")
    project.run(made)
    given = project.ran[0]
    target.write_text("other", encoding="utf-8")

    assert given == ("a.txt",)
    assert project.run(made) == ("ok", "a.txt changed")


# --- outputs ----------------------------------------------------------------------------------------------------------


def test_a_missing_output_is_made_again(project: Project) -> None:
    """Though no input has changed."""
    project.write("a.txt")
    made = project.task(makes=lambda _c: (project.write("out/a"), None)[1], inputs="a.txt", outputs="out/a")
    project.run(made)
    before = project.run(made)
    (project.folder / "out/a").unlink()

    assert (before, project.run(made)) == (FRESH, ("ok", "out/a is missing"))


def test_every_file_that_a_glob_has_found_must_stay(project: Project) -> None:
    """One of two that were made is gone: the pattern still finds the other."""

    def make(_c: Any) -> None:
        project.write("out/a")
        project.write("out/b")

    made = project.task(makes=make, outputs="out/*")
    project.run(made)
    (project.folder / "out/b").unlink()

    assert project.run(made) == ("ok", "out/b is missing")


def test_a_folder_can_be_an_output(project: Project) -> None:
    """With the files that were made in it; another one that comes later does not matter."""
    made = project.task(makes=lambda _c: (project.write("dist/pack/a"), None)[1], outputs="dist")
    project.run(made)
    project.write("dist/other")
    fresh = project.run(made)
    (project.folder / "dist/pack/a").unlink()

    assert (fresh, project.run(made)) == (FRESH, ("ok", "dist/pack/a is missing"))


def test_outputs_may_be_told_by_a_function(project: Project) -> None:
    """Of nothing or of the context; a Path or several."""
    for place, outputs in enumerate((lambda: Path("out"), lambda c: ["out"] if c else [])):
        made = project.task(f"made{place}", makes=lambda _c: (project.write("out"), None)[1], outputs=outputs)
        project.run(made)
        assert project.run(made) == FRESH


def test_who_does_not_make_its_output_is_not_up_to_date(project: Project) -> None:
    """It succeeds with a warning, and runs again next time."""
    project.write("a.txt")
    made = project.task(inputs="a.txt", outputs=["out/a", "out/*.o"])

    first, second = project.run(made), project.run(made)

    assert first == ("ok", "no success is on record")
    assert second == ("ok", "no success is on record")


# --- success and failure ----------------------------------------------------------------------------------------------


def test_a_failed_task_is_stale_though_its_output_is_there(project: Project) -> None:
    """And so is one that had succeeded before, with the very same inputs."""
    fails: list[bool] = []

    def make(_c: Any) -> None:
        project.write("out", "half")
        if fails:
            raise Failed("broke half-way")

    path = project.write("a.txt", "one")
    made = project.task(makes=make, inputs="a.txt", outputs="out")
    project.run(made)
    fails.append(True)
    path.write_text("two", encoding="utf-8")
    failed = project.run(made)
    fails.clear()
    path.write_text("one", encoding="utf-8")

    again = project.run(made)

    assert failed == ("failed", "broke half-way")
    assert again == ("ok", "no success is on record")


def test_an_input_that_changes_while_the_task_runs_counts_next_time(project: Project) -> None:
    """What was read is what it was before."""
    path = project.write("a.txt", "one")
    made = project.task(makes=lambda _c: (path.write_text("two", encoding="utf-8"), None)[1], inputs="a.txt")
    project.run(made)

    assert project.run(made) == ("ok", "a.txt changed")


def test_force_runs_what_is_up_to_date(project: Project) -> None:
    """With all of its inputs; afterwards it is up to date again."""
    project.write("a.txt")
    made = project.task(inputs="*.txt")
    project.run(made)

    forced, given = project.run(made, force=True), list(project.ran)

    assert (forced, given) == (("ok", "forced"), [("a.txt",)])
    assert project.run(made) == FRESH


def test_a_dry_run_writes_nothing_down(project: Project) -> None:
    """Neither that it was done nor that it was not."""
    project.write("a.txt")
    made = project.task(inputs="*.txt")

    project.run(made, dry_run=True)

    assert project.is_untouched
    assert project.run(made) == ("ok", "no success is on record")


def test_a_dry_run_forgets_nothing(project: Project) -> None:
    """What is stale stays so, what is up to date too."""
    project.write("a.txt", "one")
    made = project.task(inputs="*.txt")
    project.run(made)
    project.write("a.txt", "two")
    project.run(made, dry_run=True)
    project.write("a.txt", "one")

    assert project.run(made) == FRESH


def test_a_record_that_cannot_be_read_is_as_none(project: Project) -> None:
    """Another version's, or a torn one."""
    project.write("a.txt")
    made = project.task(inputs="*.txt")
    project.run(made)
    (record,) = (places_of(project.folder, current()).folder / "successes").iterdir()
    whole = record.read_text(encoding="utf-8")

    for text in ("", whole[:-5], "[]", "null", whole.replace('"version": 1', '"version": 99').replace(":1,", ":99,")):
        record.write_text(text, encoding="utf-8")
        assert text != whole
        assert project.run(made) == ("ok", "no success is on record")


@POSIX
def test_the_record_is_its_owners_alone_and_holds_digests(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """No value of an argument or a variable."""
    monkeypatch.setenv("PLACE", "hunter2-as-variable")

    @task(name="made", inputs="*.txt", env=("PLACE",))
    def made(c: Any, word: str = "hunter2-as-default") -> None:
        return

    project.write("a.txt", "hunter2-as-content")

    project.run(made)

    (record,) = (places_of(project.folder, current()).folder / "successes").iterdir()
    assert record.stat().st_mode & 0o777 == 0o600
    assert "hunter2" not in record.read_text(encoding="utf-8")


# --- what else is in the key ------------------------------------------------------------------------------------------


def run_with(project: Project, made: Any, **arguments: Any) -> str:
    """Run a task with arguments, as a prerequisite; its state."""
    top = task(name="top", pre=[call(made, **arguments)])(lambda c: None)
    root = Collection(made, top)
    root.loaded_from = str(project.folder)
    return execute(root, "top").states[0].state


def test_arguments_are_in_the_key(project: Project) -> None:
    """Calls that make the same output undo each other; those that make none are remembered apart."""

    @task(name="same", inputs="a.txt", outputs="out")
    def same(c: Any, level: int = 0) -> None:
        project.write("out", str(level))

    @task(name="none", inputs="a.txt")
    def none(c: Any, level: int = 0) -> None:
        return

    project.write("a.txt")
    levels = (1, 1, 2, 2, 1)

    assert [run_with(project, same, level=level) for level in levels] == ["ok", "up-to-date", "ok", "up-to-date", "ok"]
    assert [run_with(project, none, level=level) for level in levels] == [
        "ok",
        "up-to-date",
        "ok",
        "up-to-date",
        "up-to-date",
    ]


def test_named_variables_are_in_the_key(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are not; an empty one is not the same as none."""
    project.write("a.txt")
    made = project.task(inputs="a.txt", env=("CFLAGS",))
    project.run(made)
    reasons = []
    for variable, value in (("CFLAGS", ""), ("CFLAGS", "-O2"), ("CFLAGS", "-O2"), ("LDFLAGS", "-s")):
        monkeypatch.setenv(variable, value)
        reasons.append(project.run(made)[1])

    changed = "its environment has changed"
    assert reasons == [changed, changed, "nothing has changed", "nothing has changed"]


def test_a_variable_cannot_pass_for_two() -> None:
    """Names and values are kept apart."""
    digests = [
        environment_digest(("A", "B"), {"A": "1", "B": "2"}),
        environment_digest(("A", "B"), {"A": "1B=2"}),
        environment_digest(("A", "B"), {"A": "1", "B": ""}),
        environment_digest(("A", "B"), {"A": "1"}),
        environment_digest(("B", "A"), {"A": "1"}),
    ]

    assert len(set(digests)) == 4
    assert digests[3] == digests[4]


def function(source: str, **names: Any) -> Callable[..., Any]:
    """The function `t` that the source defines."""
    space: dict[str, Any] = dict(names)
    exec(compile(source, "tasks.py", "exec"), space)  # noqa: S102 - its source is a test's
    made: Callable[..., Any] = space["t"]
    return made


@pytest.mark.parametrize(
    "other",
    [
        "def t(c):\n    # says why\n    c.run('make')\n",
        "\n\n\ndef t(c):\n\n    c.run(\n        'make'\n    )\n",
        "def t(c: object) -> None:\n    c.run('make')  # noqa\n",
        'def t(c):\n    c.run("make")\n',
    ],
)
def test_comments_and_places_do_not_count(other: str) -> None:
    """Nor do annotations, quotes and line breaks."""
    assert source_digest(function(other)) == source_digest(function("def t(c):\n    c.run('make')\n"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def t(c): c.run('make')", "def t(c): c.run('make all')"),
        ("def t(c): c.run('make')", "def t(c): c.sudo('make')"),
        ("def t(c): return 1", "def t(c): return True"),
        ("def t(c): return 1", "def t(c): return 1.0"),
        ("def t(c): return 0.0", "def t(c): return -0.0"),
        ("def t(c): return 'a'", "def t(c): return b'a'"),
        ("def t(c, a=1): return a", "def t(c, a=2): return a"),
        ("def t(c, *, a=1): return a", "def t(c, *, a=2): return a"),
        ("def t(c, a, b): c.move(a, b)", "def t(c, b, a): c.move(b, a)"),
        ("def t(c): return c in {'a', 'b'}", "def t(c): return c in {'a', 'c'}"),
        ("def t(c): return [lambda: 1]", "def t(c): return [lambda: 2]"),
        ("def t(c): return (1, (2, 3))", "def t(c): return (1, (2, 4))"),
        (
            "def t(c):\n    try:\n        a()\n        b()\n    except E:\n        d()\n",
            "def t(c):\n    try:\n        a()\n    except E:\n        d()\n    else:\n        b()\n",
        ),
    ],
)
def test_what_a_function_does_counts(one: str, other: str) -> None:
    """Its constants with their types, names, defaults, inner functions, and what is inside a `try`."""
    assert source_digest(function(one)) == source_digest(function(one))
    assert source_digest(function(one)) != source_digest(function(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "b"),
        (1, 2),
        (("a", 1), ("a", 2)),
        (["a"], ["b"]),
        ({"a": 1}, {"a": 2}),
        ({"a"}, {"b"}),
        (frozenset("a"), frozenset("b")),
        (Path("a"), Path("b")),
        (None, False),
        (lambda: 1, lambda: 2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_generated_tasks_differ_by_what_they_have_closed_over(one: Any, other: Any) -> None:
    """They share all of their code."""
    made = [make(value) for value in (one, one, other)]

    assert source_digest(made[0]) == source_digest(made[1])
    assert source_digest(made[0]) != source_digest(made[2])


def make(value: Any) -> Callable[..., Any]:
    def t(c: Any) -> Any:
        return value

    return t


def test_a_function_that_has_closed_over_itself_has_a_digest() -> None:
    """As every recursive inner function has."""

    def t(c: Any, depth: int = 0) -> Any:
        return t(c, depth + 1) if depth < 3 else depth

    assert source_digest(t) == source_digest(t)


def test_arguments_are_kept_apart() -> None:
    """By name and type, also when their texts run together."""
    digests = {
        arguments_digest(arguments)
        for arguments in (
            {"a": "1"},
            {"a": 1},
            {"a": True},
            {"a": None},
            {"a": "None"},
            {"a": ["1"]},
            {"a": "1", "b": ""},
            {"a": "1b=''"},
            {"a": ["1,2"]},
            {"a": ["1", "2"]},
            {"a": ("1", "2")},
            {"b": "1"},
        )
    }

    assert len(digests) == 12


HASHED = """
from invoke import Collection, call
from aim_lib.engine import task

class Thing:
    pass

def generated(name, steps):
    @task(name=name, inputs="a.txt")
    def body(c):
        return steps
    return body

@task(inputs="a.txt")
def constant(c):
    return "beta" in {"alpha", "beta", "gamma", "delta", "epsilon"}

@task(inputs="a.txt")
def default(c, words=frozenset(("alpha", "beta", "gamma", "delta")), thing=Thing()):
    return words

@task(inputs="a.txt")
def argument(c, words=None):
    return words

members = generated("members", (Thing(), frozenset(("alpha", "beta", "gamma")), print))

@task(pre=[constant, default, members, call(argument, words=frozenset(("alpha", "beta", "gamma", "delta")))])
def everything(c):
    return

ns = Collection(constant, default, argument, members, everything)
"""


def test_a_new_process_knows_the_success_of_another(project: Project, tmp_path: Path) -> None:
    """Whatever the order of its sets, and wherever its objects lie."""
    project.write("a.txt")
    project.write("tasks.py", HASHED)
    project.write("invoke.yaml", "tasks:\n  executor_class: aim_lib.engine.executor.GraphExecutor\n")
    said = []
    for seed in ("1", "2", "3"):
        env = {"HOME": str(tmp_path / "home"), "PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        argv = [sys.executable, "-m", "invoke", "everything"]
        done = subprocess.run(argv, cwd=project.folder, env=env, capture_output=True, text=True, check=True)
        said.append(done.stderr)

    assert [text.count("no success is on record") for text in said] == [4, 0, 0]
    assert [text.count("nothing has changed") for text in said] == [0, 4, 4]


# --- each -------------------------------------------------------------------------------------------------------------


@dataclass
class Pairs:
    """A task that makes an `.o` of every `.c`, one after the other, until it comes to one in `broken`."""

    project: Project
    broken: set[str] = field(default_factory=set)

    def task(self, **settings: Any) -> Any:
        declared = {"inputs": "*.c", "outputs": lambda path: path.with_suffix(".o"), "each": True, **settings}
        return self.project.task("compile", self.compile, **declared)

    def compile(self, c: Any) -> None:
        assert len(c.inputs) == len(c.outputs)
        for source, made in zip(c.inputs, c.outputs, strict=True):
            if source in self.broken:
                raise Failed(f"{source} broke")
            self.project.write(made, f"made of {source}")


@pytest.fixture
def pairs(project: Project) -> Pairs:
    for name in ("a.c", "b.c", "d.c"):
        project.write(name, name)
    return Pairs(project)


def test_only_the_changed_one_is_made_again(pairs: Pairs) -> None:
    """The first time all are."""
    made = pairs.task()
    first, given = pairs.project.run(made), pairs.project.ran[0]
    pairs.project.write("b.c", "other")

    second = pairs.project.run(made)

    assert (first, given) == (("ok", "3 of 3 stale: no success is on record"), ("a.c", "b.c", "d.c"))
    assert (second, pairs.project.ran) == (("ok", "1 of 3 stale: b.c changed"), [("b.c",)])
    assert pairs.project.run(made) == FRESH


def test_a_lost_output_of_a_pair_is_made_again(pairs: Pairs) -> None:
    """It alone."""
    made = pairs.task()
    pairs.project.run(made)
    (pairs.project.folder / "d.o").unlink()

    assert pairs.project.run(made) == ("ok", "1 of 3 stale: d.c has no output")
    assert pairs.project.ran == [("d.c",)]


def test_a_new_input_of_pairs_is_made_alone(pairs: Pairs) -> None:
    """And said to be new."""
    made = pairs.task()
    pairs.project.run(made)
    pairs.project.write("c.c", "c.c")

    state, reason = pairs.project.run(made)

    assert (state, pairs.project.ran) == ("ok", [("c.c",)])
    assert reason.startswith("1 of 4 stale: c.c ")
    assert reason.endswith("new")


def test_a_removed_input_of_pairs_leaves_the_others(pairs: Pairs) -> None:
    """There is nothing to make; when it comes back there is."""
    made = pairs.task()
    pairs.project.run(made)
    (pairs.project.folder / "b.c").unlink()
    gone = pairs.project.run(made)
    pairs.project.write("b.c", "another")

    back = pairs.project.run(made)

    assert gone == FRESH
    assert (back[0], pairs.project.ran) == ("ok", [("b.c",)])


def test_pairs_may_be_two_lists(pairs: Pairs) -> None:
    """Of one length, by place; the order of the inputs is kept."""
    made = pairs.task(inputs=["d.c", "a.c"], outputs=["out/first", "out/second"])
    pairs.project.run(made)
    given = pairs.project.ran[0]
    pairs.project.write("a.c", "other")

    state = pairs.project.run(made)

    assert (given, state[0], pairs.project.ran) == (("d.c", "a.c"), "ok", [("a.c",)])
    assert (pairs.project.folder / "out/first").read_text(encoding="utf-8") == "made of d.c"
    assert (pairs.project.folder / "out/second").read_text(encoding="utf-8") == "made of a.c"


def test_two_lists_of_different_length_fail_the_task(pairs: Pairs) -> None:
    """Before its body is called."""
    state, reason = pairs.project.run(pairs.task(inputs=["a.c", "b.c"], outputs=["a.o"]))

    assert (state, pairs.project.ran) == ("failed", [])
    assert "there are 2 inputs and 1 outputs" in reason


def test_all_pairs_are_stale_when_the_task_itself_has_changed(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each was made by what it was before."""
    made = pairs.task(env=("CFLAGS",))
    pairs.project.run(made)
    monkeypatch.setenv("CFLAGS", "-O2")

    assert pairs.project.run(made) == ("ok", "3 of 3 stale: its environment has changed")
    assert pairs.project.ran == [("a.c", "b.c", "d.c")]


def test_what_a_failed_run_was_to_make_stays_stale(pairs: Pairs) -> None:
    """Also what it had made before it broke; the others are as up to date as before."""
    made = pairs.task()
    pairs.project.run(made)
    pairs.project.write("a.c", "other")
    pairs.project.write("d.c", "other")
    pairs.broken = {"d.c"}
    failed = pairs.project.run(made)
    pairs.broken = set()

    again = pairs.project.run(made)

    assert failed == ("failed", "d.c broke")
    assert (again[0], again[1][:12], pairs.project.ran) == ("ok", "2 of 3 stale", [("a.c", "d.c")])
    assert pairs.project.run(made) == FRESH


def test_a_change_that_is_taken_back_after_a_failure_leaves_it_stale(pairs: Pairs) -> None:
    """For its output may be that of the change."""
    made = pairs.task()
    pairs.project.run(made)
    pairs.project.write("a.c", "other")
    pairs.broken = {"a.c"}
    pairs.project.run(made)
    pairs.broken = set()
    pairs.project.write("a.c", "a.c")

    state = pairs.project.run(made)

    assert (state[0], pairs.project.ran) == ("ok", [("a.c",)])


def test_force_makes_all_pairs(pairs: Pairs) -> None:
    """Also when one of them is stale anyway."""
    made = pairs.task()
    pairs.project.run(made)
    pairs.project.write("b.c", "other")

    state = pairs.project.run(made, force=True)

    assert (state[0], pairs.project.ran) == ("ok", [("a.c", "b.c", "d.c")])


def test_pairs_of_odd_names_are_pairs(pairs: Pairs) -> None:
    """Brackets are no pattern there either."""
    pairs.project.write("e[1].c")
    made = pairs.task(inputs=["e[1].c", "a.c"])
    pairs.project.run(made)
    fresh = pairs.project.run(made)
    (pairs.project.folder / "e[1].o").unlink()

    state = pairs.project.run(made)

    assert (fresh, state[0], pairs.project.ran) == (FRESH, "ok", [("e[1].c",)])


# --- how much is read -------------------------------------------------------------------------------------------------

_opened: list[str] = []
_is_counting = False


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _is_counting and event == "open" and isinstance(arguments[0], str):
        _opened.append(arguments[0])


@contextmanager
def counted_opens(folder: Path) -> Iterator[list[str]]:
    """The files of `folder` that are opened inside, one entry for each time."""
    global _is_counting
    if not _opened:
        sys.addaudithook(_hear)
    _opened[:] = [""]
    _is_counting = True
    found: list[str] = []
    try:
        yield found
    finally:
        _is_counting = False
        found += [path for path in _opened if path.startswith(str(folder))]


def test_what_is_settled_is_not_read_again(project: Project) -> None:
    """Two thousand old files are read once; size and time tell the rest."""
    for number in range(2000):
        project.write(f"src/{number}.txt", is_old=True)
    made = project.task(inputs="src")

    with counted_opens(project.folder) as first:
        project.run(made)
    with counted_opens(project.folder) as second:
        state = project.run(made)

    assert (len(first), len(second)) == (2000, 0)
    assert state == FRESH


def test_what_was_touched_is_read_once(project: Project) -> None:
    """After a checkout there and back the next run reads, and the one after it does not."""
    paths = [project.write(f"src/{number}.txt", is_old=True) for number in range(20)]
    made = project.task(inputs="src")
    project.run(made)
    for path in paths[:5]:
        os.utime(path, (LONG_AGO + 1, LONG_AGO + 1))

    with counted_opens(project.folder) as first:
        project.run(made)
    with counted_opens(project.folder) as second:
        state = project.run(made)

    assert (len(first), len(second)) == (5, 0)
    assert state == FRESH


def test_what_was_young_is_read_until_it_has_settled(project: Project) -> None:
    """Then its content is known, and it is not read any longer."""
    path = project.write("a.txt")
    made = project.task(inputs="a.txt")
    project.run(made)
    with counted_opens(project.folder) as young:
        project.run(made)
    past = time.time_ns() - 10_000_000_000
    os.utime(path, ns=(past, past))
    project.run(made)

    with counted_opens(project.folder) as settled:
        state = project.run(made)

    assert (len(young), len(settled), state) == (1, 0, FRESH)


def test_an_excluded_file_is_not_read(project: Project) -> None:
    """Nor is one that no pattern names."""
    for name in ("src/a.c", "src/b.c", "other.c"):
        project.write(name)

    with counted_opens(project.folder) as opened:
        project.run(project.task(inputs=["src/*", "!src/b.c"]))

    assert [Path(path).name for path in opened] == ["a.c"]


# --- patterns by themselves -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a.txt", ["a.txt"]),
        ("./a.txt", ["a.txt"]),
        ("sub/../a.txt", ["a.txt"]),
        ("sub", ["sub/.hidden", "sub/b.txt", "sub/deep/c.txt"]),
        ("sub/", ["sub/.hidden", "sub/b.txt", "sub/deep/c.txt"]),
        (".", ["a.txt", "sub/.hidden", "sub/b.txt", "sub/deep/c.txt"]),
        ("*", ["a.txt"]),
        ("*/*.txt", ["sub/b.txt"]),
        ("**/*.txt", ["a.txt", "sub/b.txt", "sub/deep/c.txt"]),
        ("[!b].txt", ["a.txt"]),
        ("nothing", []),
        ("nothing/*", []),
    ],
)
def test_a_pattern_means_files(tmp_path: Path, pattern: str, found: list[str]) -> None:
    """By their paths from the folder, sorted, each written in one way."""
    for name in ("a.txt", "sub/b.txt", "sub/.hidden", "sub/deep/c.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert files_of(pattern, tmp_path) == found
