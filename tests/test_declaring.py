"""Tools put into an aim.toml that somebody wrote: the rest of it stays as it is."""

from __future__ import annotations

import tomllib

import pytest

from aim_lib import declaring
from aim_lib.errors import BadConfig
from aim_lib.manifests import Entry

RUFF, SEMVER = Entry(kind="pipx", name="ruff", request="0.14.1"), Entry(kind="npm", name="@x/semver", request="^7")


def test_a_tool_goes_into_the_table_of_its_kind() -> None:
    """At its end, before the empty line; comments and spaces of the others live."""
    text = '# mine\n[tools.pipx]\nblack   = "25.9.0"  # old\n# a comment at the end\n\n[health]\nmin_python = "3.11"\n'

    new = declaring.with_tools(text, [RUFF], "aim.toml")

    assert new == (
        '# mine\n[tools.pipx]\nblack   = "25.9.0"  # old\n# a comment at the end\nruff = "0.14.1"\n'
        '\n[health]\nmin_python = "3.11"\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "schema_version = 1",
        '[tools.pipx]\nblack = "1"\n',
        '[tools]\npipx.black = "1"\n',
        '[tools]\npipx = { black = "1" }\n',
        'tools.pipx.black = "1"\n',
        'tools = { pipx = { black = "1" } }\n',
        '[tools.pipx.black]\nversion = "1"\n\n[tools.npm]\nx = "1"\n',
        '[tools.npm]\nx = "1"\n[health]\nmin_python = "3.11"\n[tools.pipx]\nblack = "1"\n',
        "[tools.npm]\n[tools.pipx]\n",
        "[tools]\n",
        '[ tools . "pipx" ]\nblack = "1"\n',
        "[tools.pipx]\nblack = '''1'''\n\n\n# the end\n",
        '[tools.pipx]\nblack = { version = "1", with = [\n  "a", # one\n  "b",\n] }\n',
    ],
)
def test_however_the_file_is_written(text: str) -> None:
    """It says what it said, and the new tools; each of its lines is still there."""
    new = declaring.with_tools(text, [RUFF, SEMVER], "aim.toml")

    expected = tomllib.loads(text)
    tools = expected.setdefault("tools", {})
    tools.setdefault("pipx", {})["ruff"] = "0.14.1"
    tools.setdefault("npm", {})["@x/semver"] = "^7"
    assert tomllib.loads(new) == expected
    assert [line for line in text.splitlines() if "#" in line and line not in new] == []


def test_line_ends_of_windows_stay() -> None:
    """No line of the file ends in another way than the others."""
    new = declaring.with_tools('[tools.pipx]\r\nblack = "1"\r\n', [RUFF], "aim.toml")

    assert new == '[tools.pipx]\r\nblack = "1"\r\nruff = "0.14.1"\r\n'


def test_what_cannot_be_added_to_says_the_lines() -> None:
    """A kind that is no table: nothing is written, and what to write is in the details."""
    with pytest.raises(BadConfig, match=r"aim.toml is written in a way that cannot be added to") as caught:
        declaring.with_tools("[[tools.pipx]]\nx = 1\n", [RUFF], "aim.toml")

    assert caught.value.details == ("[tools.pipx]", 'ruff = "0.14.1"')


def test_everything_about_a_tool_is_declared() -> None:
    """In one line; a request alone is the short form."""
    entry = Entry(
        kind="pipx", name="a.b", request="*", python="3.12", extras=("c", "d>=1"), platforms=("linux",), optional=True
    )

    text = declaring.new_tables([entry], {"pipx": "Applications."})

    assert text == (
        '\n# Applications.\n[tools.pipx]\n"a.b" = {version = "*", python = "3.12", with = ["c", "d>=1"], '
        'platforms = ["linux"], optional = true}\n'
    )
