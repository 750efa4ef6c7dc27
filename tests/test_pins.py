"""Which versions a lock should hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import config, pins
from aim_lib.model import Locked, Present, Status, Wanted

from .fakes import host

Flat = dict[tuple[str, str], Locked]


def wanted(name: str, folder: str = "f", request: str = "*", **more: object) -> Wanted:
    return Wanted(kind="pipx", name=name, request=request, folder=folder, **more)  # type: ignore[arg-type]


def present(*names: str, version: str = "2.0", flaw: str = "") -> dict[str, Present]:
    return {f"pipx:{name}": Present(kind="pipx", name=name, version=version, flaw=flaw) for name in names}


def entry(name: str, version: str = "1.0", request: str = "*", **more: object) -> Locked:
    return Locked(kind="pipx", name=name, request=request, version=version, **more)  # type: ignore[arg-type]


def flat(*entries: Locked, folder: str = "f") -> Flat:
    return {(folder, each.id): each for each in entries}


def entries_of(items: tuple[Wanted, ...], found: dict[str, Present], before: Flat) -> list[Locked | None]:
    return [choice.entry for choice in pins.choose(items, found, before)]


def test_what_is_present_is_pinned_where_it_is_declared() -> None:
    """In the lock of the folder that declared it."""
    items = (wanted("a", "one"), wanted("b", "two", ">=1"))

    books = pins.books(pins.choose(items, present("a", "b", "undeclared"), {}), {}, {})

    assert books == {"one": (entry("a", "2.0"),), "two": (entry("b", "2.0", ">=1"),)}


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({}, "it is not installed"),
        (present("a", flaw="its package files are gone"), "its package files are gone"),
        (present("a", version=""), "its version cannot be told"),
        (present("a", version="9.0"), "9.0 is there, <9 is wanted"),
    ],
)
def test_what_cannot_be_locked_keeps_its_entry_and_says_why(found: dict[str, Present], why: str) -> None:
    """A lock is not forgotten because a tool is missing or broken today."""
    (choice,) = pins.choose((wanted("a", request="<9"),), found, flat(entry("a", request="<9")))

    assert (choice.entry, choice.why) == (entry("a", request="<9"), why)
    assert pins.left_alone(choice).status is Status.WARNED
    assert "the lock keeps 1.0" in pins.left_alone(choice).detail


def test_a_companion_stays_with_the_same_version() -> None:
    """What was locked is not locked again; another version has no companion yet."""
    old = entry("a", "2.0", file="aim.lock.d/pipx/a", sha256="ab")

    assert entries_of((wanted("a"),), present("a"), flat(old)) == [old]
    assert entries_of((wanted("a"),), present("a", version="3.0"), flat(old)) == [entry("a", "3.0")]
    assert entries_of((wanted("a", request=">=1"),), present("a"), flat(old)) == [entry("a", "2.0", ">=1")]


@pytest.mark.parametrize("found", [present("a"), {}, present("a", flaw="its interpreter is gone")])
def test_a_companion_for_other_packages_is_made_again(found: dict[str, Present]) -> None:
    """Also of what is absent or broken, at the version it has in the lock: it cannot be installed before."""
    old = entry("a", "2.0", file="aim.lock.d/pipx/a", sha256="ab", extras=("hat",))

    (same,) = pins.choose((wanted("a", extras=("hat",)),), present("a"), flat(old))
    (choice,) = pins.choose((wanted("a", extras=("hat", "six")),), found, flat(old))

    assert same.entry == old
    assert (choice.entry, choice.why) == (entry("a", "2.0"), "")


def test_what_nobody_declares_goes_and_other_systems_tools_stay() -> None:
    """A lock made on one system does not lose what was locked on another."""
    before = flat(entry("a"), entry("gone"), entry("elsewhere"))
    choices = pins.choose((wanted("a"),), present("a"), before)

    books = pins.books(choices, before, {"f": frozenset({"pipx:a", "pipx:elsewhere"})})

    assert books == {"f": (entry("a", "2.0"), entry("elsewhere"))}


def test_a_folder_that_declares_nothing_any_more_is_emptied() -> None:
    """Its lock is read for nobody."""
    assert pins.books((), flat(entry("a")), {"f": frozenset()}) == {"f": ()}


def test_the_newest_is_locked_when_it_was_resolved() -> None:
    """Without it being there; what is there when nothing newer may come; and a trouble is told."""
    items = (wanted("a"), wanted("b"), wanted("c"))
    newest = {"pipx:a": ("3.0", ""), "pipx:b": ("", ""), "pipx:c": ("", "the index does not answer")}

    choices = pins.choose(items, present("b"), flat(entry("a"), entry("c")), newest)

    assert [(choice.version, choice.why) for choice in choices] == [
        ("3.0", ""),
        ("2.0", ""),
        ("1.0", "the index does not answer"),
    ]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("/somewhere/tool", "it is built from a folder"),
        ("git+https://ada:secret@host/x.git", "its source holds a credential"),
    ],
)
def test_some_sources_cannot_be_locked(source: str, why: str) -> None:
    """A folder has no version that comes back; a credential is no thing to commit."""
    (choice,) = pins.choose((wanted("a", source=source),), present("a"), {})

    assert choice.entry is None
    assert choice.why.startswith(why)
    assert "secret" not in pins.left_alone(choice).detail


def test_a_source_is_part_of_the_entry() -> None:
    """So that the plan knows that the lock answers what is asked."""
    item = wanted("a", source="git+https://host/x.git")

    assert entries_of((item,), present("a"), {}) == [entry("a", "2.0", source="git+https://host/x.git")]


def test_removing_names_leaves_the_rest() -> None:
    """By name or id; of every folder that has it."""
    before = {**flat(entry("a"), entry("b")), **flat(entry("a"), folder="g")}

    left, gone = pins.without(("pipx:a", "unknown"), before)

    assert left == {"f": (entry("b"),), "g": ()}
    assert gone == (("f", entry("a")), ("g", entry("a")))


def test_records_say_what_moves() -> None:
    """Added, moved and removed entries, changed requests, and what is mended."""
    before = (entry("a"), entry("b"), entry("c"))
    after = (entry("a", "2.0"), entry("c", request=">=1"), entry("d"))

    record = pins.record("f", before, after, ["pipx:e 1.0: its companion is missing"])

    assert record.status is Status.CHANGED
    assert record.detail.splitlines() == [
        "pipx:a 1.0 → 2.0",
        "pipx:b 1.0 → removed",
        "pipx:c 1.0: now for >=1",
        "pipx:d absent → 1.0",
        "pipx:e 1.0: its companion is missing",
    ]


def test_nothing_to_say_is_up_to_date() -> None:
    """And an order that a merge left is put right."""
    assert pins.record("f", (entry("a"),), (entry("a"),), ()).detail == "up to date"
    assert pins.record("f", (entry("b"), entry("a")), (entry("a"), entry("b")), ()).detail == "put in order"


def test_everything_declared_counts_whatever_the_system(tmp_path: Path) -> None:
    """Tools of other platforms, and all members of groups, by the folder of their file."""
    (tmp_path / "aim.toml").write_text(
        '[tools.pipx]\nruff = "1.0"\n[tools.winget]\n"Git.Git" = { platforms = ["windows"] }\n'
        '[first_of.x]\nnpm = ["@a/b", "c"]\n',
        encoding="utf-8",
    )

    declared = pins.declared(config.load_config(host(home=tmp_path)))

    assert declared[str(tmp_path)] == {"pipx:ruff", "winget:Git.Git", "npm:@a/b", "npm:c"}
