"""What was migrated as lines of an `aim.toml`, new or somebody's own."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from aim_lib.errors import BadConfig
from aim_lib.migrate_document import Carried
from aim_lib.migrate_toml import draft

RUFF = Carried(
    path=("tools", "pipx", "ruff"), value="0.14.1", origins=("old.json: PipxApps", "old.json: Pins.pipx.ruff")
)
JOBS = Carried(path=("health", "required_commands"), value=["git"], origins=("old.json: a.b",), note="changed")


def values(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


def test_a_new_file_says_where_each_value_came_from() -> None:
    """By file and key, and what was done to it."""
    made = draft("", [RUFF, JOBS], "aim.toml")

    assert 'ruff = "0.14.1"  # old.json: PipxApps, Pins.pipx\n' in made.text
    assert 'required_commands = ["git"]  # old.json: a.b (changed)\n' in made.text
    assert values(made.text)["schema_version"] == 1


def test_what_somebody_wrote_stays() -> None:
    """Also where the old file says something else, which is told."""
    mine = '# mine\n[tools.pipx]\nruff = "1.0" # so\n'

    made = draft(mine, [RUFF, JOBS], "aim.toml")

    assert made.text.startswith(mine)
    assert values(made.text)["tools"]["pipx"] == {"ruff": "1.0"}
    assert ([each.path for each in made.added], [each.path for each in made.kept]) == ([JOBS.path], [RUFF.path])


def test_a_table_that_is_there_grows() -> None:
    """The lines after it stay where they are."""
    mine = '[tools.pipx]\nblack = "*"\n\n# about health\n[health]\nrequired_commands = ["git"]\n'

    made = draft(mine, [RUFF, JOBS], "aim.toml")

    assert made.text.index("ruff") < made.text.index("# about health")
    assert values(made.text)["tools"]["pipx"] == {"black": "*", "ruff": "0.14.1"}
    assert made.kept == ()


def test_what_is_there_already_is_not_said_again() -> None:
    """A second run changes no byte."""
    once = draft("", [RUFF, JOBS], "aim.toml").text

    assert draft(once, [RUFF, JOBS], "aim.toml").text == once


def test_line_ends_are_kept() -> None:
    """Of a file from Windows every line ends as before, and the new ones alike."""
    made = draft('[tools.pipx]\r\nblack = "*"\r\n', [RUFF], "aim.toml")

    assert made.text.count("\n") == made.text.count("\r\n") > 2


def test_a_member_of_a_group_is_not_declared_twice() -> None:
    """The group that somebody wrote has it already."""
    made = draft('[first_of.lint]\npipx = ["ruff", "flake8"]\n', [RUFF], "aim.toml")

    assert (made.added, made.kept) == ((), (RUFF,))


def test_a_file_that_cannot_be_added_to_is_left_with_the_lines_to_write() -> None:
    """An inline table holds no tables behind it."""
    with pytest.raises(BadConfig, match="cannot be added to") as caught:
        draft('tools = { npm = { eslint = "*" } }\n', [RUFF], "aim.toml")

    assert any("ruff" in line for line in caught.value.details)


def test_a_comment_is_one_line_whatever_a_key_holds() -> None:
    """A key of an old file may hold anything, a new line too."""
    odd = Carried(path=("secrets", "names", "A"), value="x", origins=("old.json: a\nb = 1\x7f",))

    assert values(draft("", [odd], "aim.toml").text) == {"schema_version": 1, "secrets": {"names": {"A": "x"}}}
