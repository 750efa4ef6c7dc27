"""What `--help` and `--list` print, on a narrow screen."""

from __future__ import annotations

import pytest

from aim_lib import namespace
from aim_lib.collect import collection
from aim_lib.engine.catalogue import dotted_names
from aim_lib.manual import FIRST, listing, of_command, overview
from aim_lib.reports import Look

LOOK = Look(width=80)
OPTIONS = [("-l [STRING], --list[=STRING]", "List."), ("--yes", "yes"), ("--jobs=INT", "how many"), ("--json", "JSON")]


def test_every_command_has_one_line() -> None:
    """Each as it is typed, with its other names, and none is wider than the screen."""
    lines = listing(namespace(), LOOK).splitlines()

    shown = {" ".join(line.partition("(")[0].split()) for line in lines if line.startswith("  ")}
    for name, _ in dotted_names(namespace()):
        assert any(each.startswith(name.replace(".", " ")) for each in shown), name
    assert max(map(len, lines)) <= 80


def test_a_group_can_be_listed_alone() -> None:
    """Under its name, its default first."""
    group = namespace().collections["secrets"]

    assert listing(group, LOOK, "secrets").splitlines()[:2] == [
        "secrets",
        "  secrets status (secrets)  Which secrets are required, which are present and w…",
    ]


def test_a_summary_ends_with_a_clause() -> None:
    """Where one has room; the rest is in the command's own help."""
    text = listing(namespace(), LOOK)

    assert "  version pin                      Record exact versions, and what gives the…" not in text
    assert "Work on AIM" not in text
    assert "  bootstrap (setup)  Set everything up: prepare, secrets, install, pin, verify\n" in text


def test_nothing_to_list_is_no_table() -> None:
    """An empty collection has no heading."""
    assert listing(collection({}), LOOK).splitlines() == ["", "", "aim COMMAND --help says more of each"]


def test_help_begins_with_where_to_begin() -> None:
    """Then our options, then those of a run, then Invoke's own."""
    text = overview(OPTIONS, LOOK)

    headings = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert headings == [
        "usage: aim [options] COMMAND [words] [options]",
        "where to begin",
        "options of every command",
        "options of a run of tasks",
        "Invoke's own",
    ]
    assert text.index("--json") < text.index("--yes") < text.index("--jobs") < text.index("--list[=STRING]")
    assert max(map(len, text.splitlines())) <= 80
    assert all(f"  {command}" in text for command, _ in FIRST)


@pytest.mark.parametrize(
    ("name", "words", "usage"),
    [("plan", "", "usage: aim plan [options]"), ("secrets.set", "NAME", "usage: aim secrets set NAME [options]")],
)
def test_a_command_is_called_as_it_is_typed(name: str, words: str, usage: str) -> None:
    """With its words, and its groups apart."""
    text = of_command(name, "What it does.\n\n  More of it.", [("--all", "x")], words, LOOK)

    assert text.startswith(f"{usage}\n\nWhat it does.\n\nMore of it.\n\noptions\n  --all  x\n")


def test_a_command_without_options_says_so_by_not_listing_them() -> None:
    """No empty table."""
    assert "options\n" not in of_command("plan", "", [], "", LOOK)
