"""The first aim.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

from aim_lib.config import load_config
from aim_lib.kinds import tool_kinds
from aim_lib.manifests import Entry
from aim_lib.starter import COMMENTS, HEADER, from_default, from_entries
from tests.fakes import host


def test_the_starter_says_what_no_file_says(tmp_path: Path) -> None:
    """The same tools and settings as the built-in default, as a file that can be read."""
    without = load_config(host(home=tmp_path)).config

    (tmp_path / "aim.toml").write_text(from_default(), encoding="utf-8")

    assert load_config(host(home=tmp_path)).config == without
    assert "as soon as your" not in from_default().lower()


def test_each_kind_has_its_table_under_a_comment() -> None:
    """Sorted, and readable as a configuration."""
    text = from_entries(
        [Entry(kind="pipx", name="ruff", request="0.14.1"), Entry(kind="npm", name="@x/y", request="1.0.0")]
    )

    assert text.removeprefix(HEADER) == (
        '\n# Commands from npm packages.\n[tools.npm]\n"@x/y" = "1.0.0"\n'
        '\n# Python applications, installed by pipx.\n[tools.pipx]\nruff = "0.14.1"\n'
    )


def test_every_kind_has_a_comment() -> None:
    """Also one that comes after these."""
    assert set(tool_kinds()) <= set(COMMENTS)


def test_nothing_installed_is_a_valid_start() -> None:
    """A file that only has its version."""
    assert tomllib.loads(from_entries([])) == {"schema_version": 1}
