"""What was just installed is asked for a sign of life, where the configuration says with which words."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from aim_lib.apply import apply
from aim_lib.errors import CommandFailed
from aim_lib.model import Present, Wanted
from aim_lib.plan import make_plan
from aim_lib.smoke import see_it_answer
from tests.fakes import stub
from tests.properties.things import Things, doer, programs, world


class WithCommand(Things):
    """Things that bring a command of their name."""

    def find(self) -> tuple[Present, ...]:
        return tuple(msgspec.structs.replace(present, commands=(present.name,)) for present in super().find())


def wanted(*smoke: str, is_chosen: bool = True) -> Wanted:
    return Wanted(kind="thing", name="tool", request="2.0", version="2.0", smoke=smoke, is_smoke_chosen=is_chosen)


def things(root: Path, script: str) -> WithCommand:
    programs(root)
    stub(root / "bin", "tool", script)
    return WithCommand("thing", root)


@pytest.mark.parametrize(("is_chosen", "script"), [(True, '[ "$1" = live ]'), (False, "exit 1")])
def test_only_chosen_words_are_said_right_after_installing(is_chosen: bool, script: str, tmp_path: Path) -> None:
    """What everybody else's command says to --version is left to `aim verify`."""
    resource = things(tmp_path, script)
    plan = make_plan([wanted("live", is_chosen=is_chosen)], world(resource))

    records = apply(plan.changes, doer(tmp_path, resource))

    assert [record.status for record in records] == ["changed"]


def test_what_does_not_answer_is_undone(tmp_path: Path) -> None:
    """The installer succeeded, the tool does not work: that is a failure."""
    resource = things(tmp_path, "echo no module named pyaudioop >&2; exit 1")
    plan = make_plan([wanted("--version")], world(resource))

    with pytest.raises(CommandFailed) as caught:
        apply(plan.changes, doer(tmp_path, resource))

    assert caught.value.message == "tool was installed, but `tool --version` ended with exit 1"
    assert "no module named pyaudioop" in caught.value.details
    assert resource.find() == ()


def test_its_own_folders_are_first_on_path(tmp_path: Path) -> None:
    """A script from npm starts `node`, which must be the one it was installed with."""
    resource = things(tmp_path, "exec helper")
    stub(tmp_path / "bin", "helper")
    (change,) = make_plan([wanted("--version")], world(resource)).changes

    see_it_answer(
        change, Present(kind="thing", name="tool", version="2.0", commands=("tool",)), doer(tmp_path, resource)
    )

    assert change.smoke == ("--version",)
