"""What has states and not versions goes through the same planning, applying and undoing."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from aim_lib.apply import apply
from aim_lib.arranged import Arranged
from aim_lib.errors import AimError
from aim_lib.model import Change, Delete, Lane, Present, Run, Status, Write
from aim_lib.states import state_of
from aim_lib.steps import Doer
from tests.fakes import stub
from tests.properties.things import doer


def note(path: Path) -> Arranged:
    """A kind of which there is one thing: a file."""

    def look() -> tuple[Present, ...]:
        return (Present(kind="note", name="hello", version=state_of(path.read_bytes())),) if path.exists() else ()

    return Arranged("note", look)


def written(path: Path, text: str, want: str) -> Change:
    return Change(
        id="note:hello",
        kind="note",
        name="hello",
        have="",
        want=want,
        reason="missing",
        do=(Write(path=str(path), text=text),),
        undo=(Delete(path=str(path)),),
        lane=Lane(name="note", width=1),
        topic="note",
    )


def of(root: Path) -> Doer:
    return doer(root, resources={"note": note(root / "hello")}, ecosystems={})


def test_a_state_that_came_about_is_changed_and_logged_under_its_own_topic(tmp_path: Path) -> None:
    """No version rules are asked: the state is the wanted one, and the log says what kind of thing was changed."""
    (record,) = apply([written(tmp_path / "hello", "hi", state_of("hi"))], of(tmp_path))

    assert record.status is Status.CHANGED
    assert '"note.changed"' in (tmp_path / "logs" / "audit.jsonl").read_text()


def test_a_program_that_fails_is_quoted_with_its_last_words(tmp_path: Path) -> None:
    """Not with its exit code, which says less."""
    broken = stub(tmp_path, "broken", "echo first >&2; echo 'the disk is full' >&2; exit 3")
    change = msgspec.structs.replace(written(tmp_path / "hello", "hi", "x"), do=(Run(argv=(str(broken),)),))

    with pytest.raises(AimError, match="the disk is full"):
        apply([change], of(tmp_path))


def test_another_state_than_the_wanted_one_fails_and_is_undone(tmp_path: Path) -> None:
    """What is on disk afterwards decides, not that the steps ended well."""
    with pytest.raises(AimError, match="is there, not"):
        apply([written(tmp_path / "hello", "something else", state_of("hi"))], of(tmp_path))

    assert not (tmp_path / "hello").exists()
