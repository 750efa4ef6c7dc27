"""What there is to run and what a run would do: told, and nothing is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from invoke import Collection, call

from aim_lib.engine import introspection, safe, task
from aim_lib.engine.catalogue import Catalogue
from aim_lib.engine.places import Places
from aim_lib.errors import BadConfig
from tests.fakes import host


def catalogue(*tasks: Any) -> Catalogue:
    root = Collection()
    for each in tasks:
        root.add_task(each)
    return Catalogue(root)


def as_task(made: Any) -> Any:
    """Ours makes a Task and says only that it can be called."""
    return made


@task
def fetch(c: Any) -> None:
    raise AssertionError("nothing may run")


@task(pre=[fetch], help={"level": "how hard to try"}, aliases=("make",), resources=("cpu",), timeout_s=5)
def build(c: Any, target: str, level: int = 2, fast: bool = False) -> None:
    """Build it.

    In full.
    """
    raise AssertionError("nothing may run")


@task
def tidy(c: Any) -> None:
    raise AssertionError("nothing may run")


@task(pre=[call(build, target="x"), safe(fetch)], post=[tidy], finally_=[tidy])
def release(c: Any) -> None:
    raise AssertionError("nothing may run")


ALL = (fetch, build, tidy, release)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(project=tmp_path, folder=tmp_path / "state")


def test_a_task_is_described_whole() -> None:
    """Its arguments with types, defaults and help; its references; the options of the run are none of them."""
    described = next(
        each for each in introspection.list_tasks(catalogue(*ALL)).body["tasks"] if each["name"] == "build"
    )

    arguments = {each["name"]: each for each in described["arguments"]}
    assert list(arguments) == ["target", "level", "fast"]
    assert arguments["target"] | {"flags": 0} == {
        "name": "target",
        "flags": 0,
        "type": "str",
        "default": None,
        "help": "",
        "positional": True,
        "required": True,
        "repeatable": False,
    }
    assert (arguments["level"]["type"], arguments["level"]["default"]) == ("int", 2)
    assert arguments["level"]["help"] == "how hard to try"
    assert arguments["fast"]["type"] == "bool"
    assert (described["summary"], described["aliases"], described["pre"]) == ("Build it.", ["make"], ["fetch"])
    assert (described["resources"], described["timeout_s"]) == (["cpu"], 5)


def test_references_are_told_with_what_they_are() -> None:
    """What may fail has its question mark."""
    described = introspection.list_tasks(catalogue(*ALL)).body["tasks"][-1]

    found = (described["pre"], described["post"], described["finally"])
    assert found == (["build", "?fetch"], ["tidy"], ["tidy"])


def test_a_plan_is_in_order_and_runs_nothing(places: Places) -> None:
    """Each task once, with the arguments it would get."""
    said = introspection.plan(catalogue(*ALL), "release", places, host("linux"))

    steps = [(step["name"], step["action"]) for step in said.body["steps"]]
    assert steps == [("fetch", "run"), ("build", "run"), ("release", "run"), ("tidy", "run")]
    assert said.body["steps"][1]["arguments"]["target"] == "x"
    assert said.body["steps"][3]["always"]


def test_a_plan_says_what_is_left_out(places: Places) -> None:
    """A settled condition with its reason; one that is a function is open, for it is not asked."""

    @task(when=(False, "only on Mondays"))
    def settled(c: Any) -> None: ...

    @task(when=lambda: pytest.fail("it was asked"))
    def open_(c: Any) -> None: ...

    @task(pre=[settled, open_])
    def top(c: Any) -> None: ...

    said = introspection.plan(catalogue(settled, open_, top), "top", places, host("linux"))

    found = [(step["action"], step["reason"]) for step in said.body["steps"]]
    assert found[0] == ("skip", "only on Mondays")
    assert found[1][0] == "depends"
    assert found[2][0] == "run"


def test_a_plan_knows_that_a_prerequisite_may_change_the_inputs(places: Places) -> None:
    """What is up to date now may not be when its turn comes."""

    @task
    def generate(c: Any) -> None: ...

    @task(pre=[generate], inputs="*.txt")
    def pack(c: Any) -> None: ...

    said = introspection.plan(catalogue(generate, pack), "pack", places, host("linux"))

    assert said.body["steps"][1]["action"] == "depends"
    assert "generate runs before it" in said.body["steps"][1]["reason"]


def test_an_input_that_is_missing_is_foreseen(places: Places) -> None:
    """The plan says so instead of failing."""

    @task(inputs="absent.txt")
    def pack(c: Any) -> None: ...

    said = introspection.plan(catalogue(pack), "pack", places, host("linux"))

    assert said.body["steps"][0]["reason"] == "it may fail: input 'absent.txt' is missing"


def test_a_name_that_is_none_is_refused(places: Places) -> None:
    """With the nearest one."""
    with pytest.raises(BadConfig, match="no task 'biuld'; did you mean 'build'"):
        introspection.plan(catalogue(*ALL), "biuld", places, host("linux"))


def test_a_tree_shows_what_stands_below_once() -> None:
    """What is mentioned again has no branches the second time."""
    said = introspection.tree(catalogue(*ALL), "release")

    assert said.text.splitlines() == [
        "release",
        "├── build",
        "│   └── fetch",
        "├── ?fetch",
        "├── tidy (post)",
        "└── tidy (finally)",
    ]


def test_upstream_shows_who_refers_to_a_task() -> None:
    """Also through others."""
    said = introspection.tree(catalogue(*ALL), "fetch", is_upstream=True)

    assert said.text.splitlines() == ["fetch", "├── build", "│   └── release", "└── release"]


def test_a_mermaid_graph_names_every_task_once() -> None:
    """Names that Mermaid would stumble over are only labels."""
    root = Collection()
    group = Collection("end")
    group.add_task(as_task(fetch))
    root.add_collection(group)
    root.add_task(as_task(build))

    lines = introspection.tree(Catalogue(root), "build", is_mermaid=True).text.splitlines()

    assert lines == [
        "graph TD",
        '    t_build["build"]',
        "    t_build --> t_end_2e_fetch",
        '    t_end_2e_fetch["end.fetch"]',
    ]


def test_the_trees_of_all_begin_with_what_nobody_refers_to() -> None:
    """Every task is in one of them."""
    said = introspection.tree(catalogue(*ALL))

    assert said.body["roots"] == ["release"]
    assert {edge["to"].removeprefix("?") for edge in said.body["edges"]} == {"build", "fetch", "tidy"}


def test_a_long_chain_has_a_tree() -> None:
    """Thousands of levels need no recursion."""
    made: list[Any] = []
    for place in range(3000):

        def body(c: Any) -> None: ...

        body.__name__ = f"t{place}"
        made.append(task(pre=made[-1:])(body))

    said = introspection.tree(catalogue(*made), "t2999")

    assert len(said.text.splitlines()) == 3000


def test_explain_names_what_has_changed(places: Places, tmp_path: Path) -> None:
    """Before the first success everything is new."""
    (tmp_path / "a.txt").write_text("a", encoding="utf-8")

    @task(inputs="*.txt", outputs="out", env=("CFLAGS",))
    def pack(c: Any) -> None: ...

    said = introspection.explain(catalogue(pack), "pack", places, host("linux"))

    assert said.text.splitlines()[0] == "pack would run: no success is on record"
    assert said.body["changed"] == ["a.txt"]
