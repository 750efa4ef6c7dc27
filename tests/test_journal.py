"""The journal tells the next run what a killed one was in the middle of."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from aim_lib.journal import JOURNAL, OWNED, Installed, Journal, Unfinished
from aim_lib.model import Change, Lane


def change(identity: str) -> Change:
    kind, _, name = identity.partition(":")
    lane = Lane(name=kind)
    return Change(id=identity, kind=kind, name=name, have="", want="1", reason="missing", do=(), undo=(), lane=lane)


def test_a_run_that_ended_left_nothing(tmp_path: Path) -> None:
    """Neither a file nor anything to tell."""
    journal = Journal(tmp_path)
    journal.begin("aim install", "noon")
    assert journal.is_open()

    journal.end()

    assert not journal.is_open()
    assert journal.unfinished() is None
    assert list(tmp_path.iterdir()) == []


def test_a_killed_run_tells_what_it_was_in(tmp_path: Path) -> None:
    """What was begun and not done, and which of its children still live."""
    journal = Journal(tmp_path)
    journal.begin("aim install", "noon")
    for identity in ("npm:a", "npm:b", "npm:b"):
        journal.start(change(identity))
    journal.done(change("npm:a"))
    journal.child(os.getpid(), psutil.Process().create_time())
    journal.child(os.getpid(), psutil.Process().create_time() - 100)

    left = Journal(tmp_path).unfinished()

    assert left == Unfinished(command="aim install", since="noon", changes=("npm:b",), children=(os.getpid(),))


@pytest.mark.parametrize("cut", range(1, 40, 7))
def test_a_half_written_line_is_passed_over(tmp_path: Path, cut: int) -> None:
    """The run may have been killed while it wrote."""
    journal = Journal(tmp_path)
    journal.begin("aim install", "noon")
    journal.start(change("npm:a"))
    path = tmp_path / JOURNAL
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]

    path.write_bytes(whole + last.replace(b"npm:a", b"npm:z")[:cut])

    left = journal.unfinished()
    assert left is not None
    assert left.changes == ("npm:a",)


def test_a_new_run_forgets_the_last(tmp_path: Path) -> None:
    """What is begun is a journal of its own."""
    journal = Journal(tmp_path)
    journal.begin("aim install", "noon")
    journal.start(change("npm:a"))

    journal.begin("aim bootstrap", "later")

    left = journal.unfinished()
    assert left is not None
    assert (left.command, left.changes) == ("aim bootstrap", ())


def test_the_journal_is_private(tmp_path: Path) -> None:
    """Nobody else need know what is installed here."""
    Journal(tmp_path / "state").begin("aim install", "noon")

    assert (tmp_path / "state" / JOURNAL).stat().st_mode & 0o777 == 0o600


def test_what_we_installed_is_remembered(tmp_path: Path) -> None:
    """Added and removed ids, across runs."""
    journal = Journal(tmp_path)
    journal.own(["npm:a", "npm:b"], [])

    journal.own(["npm:c"], ["npm:a"])

    assert Journal(tmp_path).owned() == {"npm:b", "npm:c"}


@pytest.mark.parametrize("text", ["", "{", '{"a": 1}', "[1]"])
def test_a_damaged_list_of_ours_means_nothing_is(tmp_path: Path, text: str) -> None:
    """Then nothing is pruned, which is safe."""
    (tmp_path / OWNED).write_text(text, encoding="utf-8")

    assert Journal(tmp_path).owned() == frozenset()


def test_nothing_new_is_not_written(tmp_path: Path) -> None:
    """A run that changed nothing leaves no file."""
    Journal(tmp_path).own([], ["npm:a"])

    assert list(tmp_path.iterdir()) == []


def test_what_a_run_left_is_known_until_it_is_removed(tmp_path: Path) -> None:
    """Its version then, when, and by which command; other things keep theirs."""
    journal = Journal(tmp_path)

    journal.note({"pipx:ruff": "0.14.1", "npm:prettier": "3.6.2"}, "noon", "aim install")
    journal.note({"pipx:ruff": "0.14.2", "npm:prettier": ""}, "evening", "aim sync-versions")

    assert journal.installed() == {"pipx:ruff": Installed(version="0.14.2", when="evening", run="aim sync-versions")}


def test_a_damaged_list_of_what_was_installed_is_none(tmp_path: Path) -> None:
    """It only explains: nothing depends on it."""
    (tmp_path / "installed.json").write_text("[1")

    assert Journal(tmp_path).installed() == {}
