"""What to do next: which remarks come first, and which two commands follow from them."""

from __future__ import annotations

import pytest

from aim_lib import namespace
from aim_lib.advice import DOES, MOST, Scene, advise
from aim_lib.cli import translate


def titles(scene: Scene) -> list[str]:
    return [record.title for record in advise(scene).remarks]


@pytest.mark.parametrize(
    ("scene", "remarks", "commands"),
    [
        (Scene(is_first=True, counts={"missing": 7}), ["config", "tools"], ("aim bootstrap", "aim init")),
        (Scene(counts={"missing": 7}), ["config", "tools"], ("aim init", "aim install")),
        (Scene("aim.toml", counts={"ok": 3}), ["all well"], ("aim status", "aim update")),
        (Scene("aim.toml", counts={"drift": 1}), ["tools"], ("aim install", "aim plan")),
        (Scene("aim.toml", is_first=True, counts={"missing": 1}), ["tools"], ("aim bootstrap", "aim plan")),
        (
            Scene("aim.toml", is_first=True, counts={"missing": 1}, absent=("KEY",)),
            ["tools", "secrets"],
            ("aim bootstrap", "aim plan"),
        ),
        (Scene("aim.toml", is_locked=False, counts={"ok": 1}), ["lock"], ("aim pin", "aim status")),
        (Scene("aim.toml", absent=("KEY",)), ["secrets"], ("aim secrets ensure", "aim status")),
        (Scene("aim.toml", is_trusted=False), ["consent"], ("aim config trust", "aim status")),
        (Scene("aim.toml", is_interrupted=True), ["last run"], ("aim install", "aim status")),
        (Scene("aim.toml", unread=("the lock is broken", "aim pin")), ["tools"], ("aim pin", "aim status")),
    ],
)
def test_each_scene_has_its_commands(scene: Scene, remarks: list[str], commands: tuple[str, ...]) -> None:
    """The first command answers the gravest remark."""
    assert titles(scene) == remarks
    assert advise(scene).commands == commands


def test_mistakes_in_the_configuration_come_alone() -> None:
    """Nothing else can be judged while they are there."""
    told = advise(Scene("aim.toml", problems=("tools.pip: unknown", "and another"), counts={"missing": 2}))

    assert [record.detail for record in told.remarks] == ["tools.pip: unknown (and 1 more)"]
    assert told.commands[0] == "aim config validate"


def test_there_are_three_remarks_at_most() -> None:
    """However much is amiss, the gravest are said."""
    scene = Scene(
        "aim.toml", is_interrupted=True, is_trusted=False, is_locked=False, counts={"missing": 1}, absent=("KEY",)
    )

    assert titles(scene) == ["last run", "consent", "tools"]
    assert len(advise(scene).remarks) == MOST


def test_many_missing_secrets_are_not_all_named() -> None:
    """A line stays a line."""
    told = advise(Scene("aim.toml", absent=("A", "B", "C", "D")))

    assert told.remarks[0].detail == "missing: A, B, C, …"


@pytest.mark.parametrize("command", sorted(DOES))
def test_what_is_advised_is_a_command(command: str) -> None:
    """Each can be typed as it stands, and its line fits on a narrow screen."""
    words = translate(command.split()[1:], namespace())

    assert len(words) == 1
    assert len(f"next: {command:20}{DOES[command]}") <= 80
