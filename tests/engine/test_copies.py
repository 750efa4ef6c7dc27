"""Invoke copies what a module's namespace holds: ours costs little, and each copy is as good as the first."""

from __future__ import annotations

import copy
from typing import Any

from invoke import Collection

from aim_lib.engine import task
from aim_lib.engine.groups import Group


@task(help={"name": "whom to greet"})
def greet(c: Any, name: str = "you") -> None:
    """Say hello."""


def test_what_one_copy_has_shown_the_other_still_knows() -> None:
    """Invoke takes the help of an option out of a task when it shows it."""
    first = copy.deepcopy(greet)
    for each in (first, greet, copy.deepcopy(first)):
        (argument, *_) = [one for one in each.get_arguments() if "name" in one.names]

        assert argument.help == "whom to greet"


def test_a_copy_is_the_same_task() -> None:
    """It stands for the same work, with all that is known of it."""
    other = copy.deepcopy(greet)

    assert other == greet
    assert other is not greet
    assert (other.rules, other.where, other.__doc__) == (greet.rules, greet.where, greet.__doc__)


def test_a_copied_group_has_the_same_tasks() -> None:
    """As when Invoke loads the module that has it."""
    group = Group("words")
    group.add_task(greet)
    root = Collection()
    root.add_collection(copy.deepcopy(group))

    assert list(root.task_names) == ["words.greet"]
    assert root["words.greet"] == greet
