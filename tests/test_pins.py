"""Which versions a lock should hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import lock, pins
from aim_lib.model import Locked, Present, Status, Wanted


def wanted(name: str, folder: Path, request: str = "*") -> Wanted:
    return Wanted(kind="pipx", name=name, request=request, folder=str(folder))


def present(*names: str, version: str = "2.0", flaw: str = "") -> dict[str, Present]:
    return {f"pipx:{name}": Present(kind="pipx", name=name, version=version, flaw=flaw) for name in names}


def entry(name: str, version: str = "1.0", request: str = "*") -> Locked:
    return Locked(kind="pipx", name=name, request=request, version=version)


def test_what_is_present_is_pinned(tmp_path: Path) -> None:
    """In the lock of the folder that declared it."""
    items = (wanted("a", tmp_path / "one"), wanted("b", tmp_path / "two", ">=1"))

    books = pins.proposed(items, present("a", "b", "undeclared"))

    assert books == {
        str(tmp_path / "one"): (entry("a", "2.0"),),
        str(tmp_path / "two"): (entry("b", "2.0", ">=1"),),
    }


@pytest.mark.parametrize("found", [{}, present("a", flaw="broken"), present("a", version="")])
def test_what_is_absent_or_broken_keeps_its_entry(tmp_path: Path, found: dict[str, Present]) -> None:
    """A lock is not forgotten because a tool is missing today; one that nobody declares is."""
    lock.write(tmp_path, [entry("a"), entry("gone")])

    books = pins.proposed((wanted("a", tmp_path), wanted("never", tmp_path)), found)

    assert books == {str(tmp_path): (entry("a"),)}


def test_only_the_named_are_pinned(tmp_path: Path) -> None:
    """By name or id; the others keep what they had."""
    lock.write(tmp_path, [entry("a"), entry("b"), entry("c")])
    items = tuple(wanted(name, tmp_path) for name in "abc")

    books = pins.proposed(items, present("a", "b", "c"), only=("a", "pipx:c"))

    assert [item.version for item in books[str(tmp_path)]] == ["2.0", "1.0", "2.0"]


def test_what_does_not_fit_its_request_is_not_pinned(tmp_path: Path) -> None:
    """A tool that has drifted from its declaration is no version to record."""
    books = pins.proposed((wanted("a", tmp_path, "1.0"),), present("a", version="2.0"))

    assert books == {str(tmp_path): ()}


def test_records_say_what_moves(tmp_path: Path) -> None:
    """Added, moved and removed entries, before anything is written."""
    lock.write(tmp_path, [entry("a"), entry("b")])
    books = {str(tmp_path): (entry("a", "2.0"), entry("c"))}

    (record,) = pins.records(books)

    assert record.status is Status.CHANGED
    assert record.detail.splitlines() == [
        "pipx:a 1.0 → 2.0",
        "pipx:b 1.0 → removed",
        "pipx:c absent → 1.0",
    ]
    assert [item.name for item in lock.read(tmp_path)] == ["a", "b"]


def test_saving_writes_what_was_said(tmp_path: Path) -> None:
    """And a second time there is nothing to say."""
    books = {str(tmp_path): (entry("b"), entry("a"))}

    said = pins.save(books)

    assert said[0].status is Status.CHANGED
    assert lock.read(tmp_path) == (entry("a"), entry("b"))
    assert [(record.status, record.detail) for record in pins.save(books)] == [(Status.OK, "up to date")]


def test_a_changed_request_is_a_change(tmp_path: Path) -> None:
    """The entry answers another question now, though with the same version."""
    lock.write(tmp_path, [entry("a")])

    (record,) = pins.records({str(tmp_path): (entry("a", request=">=1"),)})

    assert (record.status, record.detail) == (Status.CHANGED, "requests changed")
