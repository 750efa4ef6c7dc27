"""Tasks by name, references resolved, arguments bound; what the decorator makes of a function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from invoke import Collection, Context, Exit, call

from aim_lib.engine import given, namespace, safe, task
from aim_lib.engine.catalogue import Catalogue
from aim_lib.engine.decorator import Rules
from aim_lib.engine.graph import Reference
from aim_lib.errors import BadConfig


def as_task(made: Any) -> Any:
    """Ours makes a Task and says only that it can be called."""
    return made


@task(aliases=("b",))
def build(c: Any, target: str = "debug", level: int = 1) -> None: ...


@task(default=True)
def check(c: Any) -> None: ...


@pytest.fixture
def known() -> Catalogue:
    root, group = Collection(), Collection("health")
    root.add_task(as_task(build))
    group.add_task(as_task(check))
    root.add_collection(group)
    return Catalogue(root)


@pytest.mark.parametrize(("said", "name"), [("build", "build"), ("b", "build"), ("health", "health.check")])
def test_every_name_leads_to_the_full_one(known: Catalogue, said: str, name: str) -> None:
    """Aliases, and groups that have a default."""
    assert known.reference(said, "").name == name


@pytest.mark.parametrize(
    ("target", "arguments"),
    [
        (build, ""),
        (call(as_task(build), target="debug"), ""),
        (call(as_task(build), "debug", 1), ""),
        (call(as_task(build), target="release"), "target='release'"),
        (call(as_task(build), "release"), "target='release'"),
    ],
)
def test_a_call_is_known_by_what_is_no_default(known: Catalogue, target: Any, arguments: str) -> None:
    """However its arguments were given."""
    assert known.reference(target, "") == Reference(name="build", arguments=arguments)


@pytest.mark.parametrize("target", [safe(build), "?build", safe("build"), safe("?build")])
def test_a_safe_reference_is_one_however_it_is_written(known: Catalogue, target: Any) -> None:
    """By function, or with a question mark."""
    assert known.reference(target, "").is_safe


def test_a_name_that_is_no_task_is_refused_with_its_place(known: Catalogue) -> None:
    """And with the nearest one that is."""
    with pytest.raises(BadConfig) as refused:
        known.reference("biuld", "tasks.py:7")

    assert str(refused.value) == "there is no task 'biuld'; did you mean 'build'?"
    assert refused.value.details == ("tasks.py:7: it is referred to here",)


def test_an_argument_is_passed_on() -> None:
    """From the referring task to the one it refers to."""

    @task(pre=[call(as_task(build), target=given("target"))])
    def test(c: Any, target: str = "debug") -> None: ...

    root = Collection()
    root.add_task(as_task(build))
    root.add_task(as_task(test))
    known = Catalogue(root)

    spec = known.spec(known.reference(call(as_task(test), target="release"), ""))

    assert spec.pre == (Reference(name="build", arguments="target='release'"),)


def test_an_argument_that_is_not_there_cannot_be_passed_on() -> None:
    """The message names it."""

    @task(pre=[call(as_task(build), target=given("goal"))])
    def test(c: Any, target: str = "debug") -> None: ...

    root = Collection()
    root.add_task(as_task(test))
    known = Catalogue(root)

    with pytest.raises(BadConfig, match=r"given\('goal'\)"):
        known.spec(known.reference(test, ""))


def test_a_task_puts_itself_into_the_chain_of_another() -> None:
    """Before it and after it, and safely where it says so."""

    @task(before="build", after="?check")
    def plugin(c: Any) -> None: ...

    root = Collection()
    for each in (build, check, plugin):
        root.add_task(as_task(each))
    known = Catalogue(root)

    before, after = (known.spec(known.reference(name, "")) for name in ("build", "check"))

    assert before.pre == (Reference(name="plugin"),)
    assert after.post == (Reference(name="plugin", is_safe=True),)


def write_tasks(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Load a tasks module of that text, under a name of its own."""
    import importlib

    name = f"tasks_of_{folder.name}"
    (folder / f"{name}.py").write_text(f"from aim_lib.engine import namespace, task\n{text}", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    return importlib.import_module(name)


@pytest.mark.parametrize(
    "text",
    [
        "@task\ndef build(c): ...\n@task\ndef build(c): ...\n",
        "@task\ndef build(c): ...\n@task(name='build')\ndef other(c): ...\n",
    ],
)
def test_a_task_defined_twice_is_refused(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With both places, in order; Invoke keeps the last and says nothing."""
    module = write_tasks(tmp_path, text, monkeypatch)

    with pytest.raises(BadConfig, match="task 'build' is defined twice") as refused:
        Catalogue(Collection.from_module(module)).refuse_duplicates()

    assert refused.value.details == (f"{module.__file__}:2", f"{module.__file__}:4")


@pytest.mark.parametrize(
    "text",
    [
        "from invoke import Collection\n@task(name='build')\ndef docs_build(c): ...\n@task(name='build')\n"
        "def build(c): ...\nns = Collection(build)\ndocs = Collection('docs', docs_build)\nns.add_collection(docs)\n",
        "@task\ndef _build(c): ...\n@task(pre=[_build])\ndef build(c): ...\n",
        "@task\ndef build(c): ...\nagain = build\n",
    ],
)
def test_tasks_of_one_name_in_two_places_are_fine(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In two groups, or as a hidden one that is referred to."""
    module = write_tasks(tmp_path, text, monkeypatch)

    known = Catalogue(Collection.from_module(module))

    known.refuse_duplicates()


def test_a_namespace_has_a_modules_own_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not those it has imported, which Invoke would list as well; and the group that tells about them."""
    module = write_tasks(tmp_path, "from tests.test_catalogue import build\n@task\ndef pack(c): ...\n", monkeypatch)

    names = namespace(module).task_names

    assert "pack" in names
    assert "build" not in names
    assert {"tasks.list", "tasks.plan", "tasks.explain", "tasks.tree"} <= set(names)


def test_rules_are_what_the_decorator_was_told() -> None:
    """One name or a list of them is the same to it."""

    @task(when=(False, "never"), inputs="*.c", resources="cpu", env=["CC"], retries=2)
    def pack(c: Any) -> None: ...

    rules = as_task(pack).rules
    assert rules == Rules(when=(False, "never"), inputs="*.c", resources=("cpu",), env=("CC",), retries=2)
    assert rules.is_off


def test_a_keyword_that_is_none_is_refused() -> None:
    """As Python refuses an unknown argument."""
    with pytest.raises(TypeError, match="unexpected keyword argument 'timeout'"):
        task(timeout=5)(lambda c: None)


def test_types_come_from_annotations() -> None:
    """Where there is no default to take them from."""

    @task
    def pack(
        c: Any, count: int, ratio: float, names: list[str], path: Path | None = None, deep: bool = False
    ) -> None: ...

    kinds = {each.name: each.kind for each in as_task(pack).get_arguments()}

    assert [kinds[name] for name in ("count", "ratio", "names", "path", "deep")] == [int, float, list, Path, bool]


def test_words_of_any_number_reach_the_body() -> None:
    """`*names` is an option to be given again and again."""
    seen: list[Any] = []

    @task
    def pack(c: Any, *names: str, deep: bool = False) -> None:
        seen.append((names, deep))

    as_task(pack)(Context(), names=["a", "b"], deep=True)

    assert seen == [(("a", "b"), True)]


def test_a_task_without_the_executor_says_what_is_missing() -> None:
    """The options of the run reach the body only when nobody takes them away."""
    with pytest.raises(Exit, match=r"invoke\.yaml") as refused:
        as_task(check)(Context(), dry_run=False)

    assert refused.value.code == 2
