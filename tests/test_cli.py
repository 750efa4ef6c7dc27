"""The spaced grammar; the properties try many lines, the scenarios the whole program."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import namespace
from aim_lib.cli import is_known, translate
from aim_lib.collect import project_tasks
from aim_lib.errors import BadConfig


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", ""),
        ("plan", "plan"),
        ("secrets status", "secrets.status"),
        ("secrets.status", "secrets.status"),
        ("version report", "version.report"),
        ("setup --dry-run", "setup --dry-run"),
        ("health --json", "health --json"),
        ("health check --only paths --strict", "health.check --only paths --strict"),
        ("install ruff black", "install --name ruff --name black"),
        ("install ruff --manager pipx black", "install --name ruff --manager pipx --name black"),
        ("install --manager=npm eslint", "install --manager=npm --name eslint"),
        ("install ruff --version 1.0 --format json", "install --name ruff --version 1.0 --format json"),
        ("install --name ruff", "install --name ruff"),
        ("pin ruff", "pin --name ruff"),
        ("install ruff --help", "--help install"),
        ("health -h", "--help health"),
    ],
)
def test_words_become_a_task(typed: str, meant: str) -> None:
    """The longest run of words that is a command; bare words after it go to its repeatable argument."""
    assert translate(typed.split(), namespace()) == meant.split()


@pytest.mark.parametrize(
    ("typed", "remedy"),
    [
        ("pln", "did you mean `aim plan`?"),
        ("secrets stats", "did you mean `aim secrets status`?"),
        ("helth check", "did you mean `aim health check`?"),
        ("instal ruff", "did you mean `aim install`?"),
        ("xyzzy", "aim --list shows every command"),
        ("xyzzy plugh --json", "aim --list shows every command"),
    ],
)
def test_an_unknown_command_is_answered_with_the_nearest(typed: str, remedy: str) -> None:
    """Code 2."""
    with pytest.raises(BadConfig) as caught:
        translate(typed.split(), namespace())

    assert caught.value.exit_code == 2
    assert caught.value.remedy == remedy


@pytest.mark.parametrize(
    ("word", "known"), [("plan", True), ("setup", True), ("health", True), ("secrets.status", True), ("hello", False)]
)
def test_a_word_of_ours_is_known(word: str, known: bool) -> None:
    """Only for others is a project's tasks.py looked at."""
    assert is_known(word, namespace()) is known


def test_the_nearest_tasks_file_upward_is_the_projects(tmp_path: Path) -> None:
    """From a subfolder too."""
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "tasks.py").write_text("from invoke import task\n", encoding="utf-8")

    assert project_tasks(deep) == tmp_path / "tasks.py"


def test_another_programs_tasks_file_is_not_run(tmp_path: Path) -> None:
    """Celery has such files too."""
    (tmp_path / "tasks.py").write_text("from celery import Celery\n", encoding="utf-8")

    assert project_tasks(tmp_path) is None


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        (["secrets", "set", "KEY"], ["secrets.set", "KEY"]),
        (["secrets", "set", "KEY", "sk-1"], ["secrets.set", "KEY", "--value=sk-1"]),
        (["secrets", "set", "--profile", "work", "KEY"], ["secrets.set", "--profile", "work", "KEY"]),
        (["run", "A", "B", "--", "cmd", "C"], ["run", "--name", "A", "--name", "B", "--", "cmd", "C"]),
    ],
)
def test_bare_words_go_where_a_command_wants_them(typed: list[str], given: list[str]) -> None:
    """Behind the positional ones into the options that it names; what follows `--` is not looked at."""
    assert translate(typed, namespace()) == given


def test_a_word_too_many_may_be_a_secret() -> None:
    """Somebody has not quoted a value: it is not repeated."""
    with pytest.raises(BadConfig) as caught:
        translate(["secrets", "set", "KEY", "my", "pass-phrase"], namespace())

    assert "pass-phrase" not in f"{caught.value.message}{caught.value.remedy}"
