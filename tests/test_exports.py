"""What is exported for a shell, a file or a CI is read back there as the same values."""

from __future__ import annotations

import io
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from aim_lib import exports
from aim_lib.errors import BadConfig

NASTY = (
    "plain-sk-123/abc+def==",
    "it's",
    '"quoted" and \\back\\slashed\\',
    "$HOME ${HOME} $(id) `id` %PATH% !x!",
    "two\nlines\n\nand a blank one\n",
    "\u2018curly\u2019 \u201cquotes\u201d",
    " blanks at both ends ",
    "#no comment",
    "tab\there",
    "ключ-🔑",
    "\\'",
    "-n",
)
PRINT = {
    "bash": ("bash", "-c", 'source "$0"; for i in "$@"; do printf "%s\\0" "${!i}"; done'),
    "zsh": ("zsh", "-f", "-c", 'source "$0"; for i in "$@"; do printf "%s\\0" "${(P)i}"; done'),
    "fish": ("fish", "--no-config", "-c", 'source $argv[1]; for i in $argv[2..]; printf "%s\\0" $$i; end'),
}
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)
awkward = st.text(st.sampled_from("'\"\\$`%!\n\t ;&|<>(){}[]*?#~=-\u2018\u2019é"), min_size=1, max_size=12)


def named(values: list[str] | tuple[str, ...]) -> dict[str, str]:
    return {f"SECRET_{number}": value for number, value in enumerate(values)}


def in_shell(shell: str, values: dict[str, str], folder: Path) -> dict[str, str]:
    """What a real shell has in its variables after it has read the export."""
    script = folder / "export"
    script.write_bytes(exports.render(shell, values).encode())
    program = found(shell)
    if program is None:
        pytest.skip(f"there is no {shell} to ask")
    argv = [str(program), *PRINT[shell][1:], str(script), *values]
    said = subprocess.run(argv, capture_output=True, check=True, env={"HOME": str(folder), "LC_ALL": "C.UTF-8"})
    return dict(zip(values, said.stdout.decode().split("\0"), strict=False))


def found(shell: str) -> Path | None:
    places = (Path(folder) / shell for folder in ("/bin", "/usr/bin", "/usr/local/bin"))
    return next((place for place in places if place.exists()), None)


@pytest.mark.parametrize("shell", sorted(PRINT))
def test_a_shell_reads_back_what_was_exported(shell: str, tmp_path: Path) -> None:
    """Quotes, dollar signs, backslashes and several lines are no shell text."""
    assert in_shell(shell, named(NASTY), tmp_path) == named(NASTY)


@settings(max_examples=25, deadline=None)
@given(values=st.lists(awkward | text, min_size=1, max_size=20))
def test_any_value_survives_bash(values: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever characters it has."""
    assert in_shell("bash", named(values), tmp_path_factory.mktemp("bash")) == named(values)


@given(value=awkward | text)
def test_any_value_survives_dotenv(value: str) -> None:
    """As the library reads it that most programs use."""
    read = dotenv_values(stream=io.StringIO(exports.render("dotenv", {"NAME": value})), interpolate=False)

    assert read == {"NAME": value}


@given(value=awkward | text)
def test_any_value_survives_json(value: str) -> None:
    """Also unpaired quotes and lines."""
    assert json.loads(exports.render("json", {"NAME": value})) == {"NAME": value}


@given(value=awkward | text)
def test_powershell_sees_one_text(value: str) -> None:
    """A grammar finds one assignment of one verbatim text, in which only quotes are doubled."""
    tree_sitter = pytest.importorskip("tree_sitter", reason="the grammar is a dev dependency")
    grammar = pytest.importorskip("tree_sitter_powershell", reason="the grammar is a dev dependency")

    script = exports.render("pwsh", {"NAME": value}).encode()
    root = tree_sitter.Parser(tree_sitter.Language(grammar.language())).parse(script).root_node

    texts = list(leaves(root, "verbatim_string_characters"))
    said = script.decode().removeprefix("$env:NAME = '").removesuffix("'\n")
    assert re.sub("(['\u2018\u2019\u201a\u201b])\\1", r"\1", said) == value
    assert len(texts) == 1


def leaves(node: Any, kind: str) -> list[Any]:
    return ([node] if node.type == kind else []) + [one for child in node.children for one in leaves(child, kind)]


def test_cmd_doubles_percent_signs() -> None:
    """A batch file reads two as one; the quotes keep the rest from being commands."""
    assert exports.render("cmd", {"NAME": "a&b|c%PATH%^>"}) == '@set "NAME=a&b|c%%PATH%%^>"\r\n'


@pytest.mark.parametrize("value", ['a"b', "a\nb", "a\rb"])
def test_what_cmd_cannot_be_told_is_refused(value: str) -> None:
    """With the name and without the value."""
    with pytest.raises(BadConfig) as caught:
        exports.render("cmd", {"NAME": value})

    assert "NAME has a quote or several lines" in caught.value.message
    assert value not in f"{caught.value.message}{caught.value.remedy}"


def test_a_value_cannot_end_its_block_for_github() -> None:
    """The delimiter is another one each time."""
    first, second = (exports.render("github", {"NAME": "x\nEVIL=1"}) for _ in range(2))

    delimiter = first.splitlines()[0].removeprefix("NAME<<")
    assert first == f"NAME<<{delimiter}\nx\nEVIL=1\n{delimiter}\n"
    assert delimiter not in second


@pytest.mark.parametrize("name", ["NODE_OPTIONS", "GITHUB_TOKEN", "PATH", "LD_PRELOAD"])
def test_github_is_told_nothing_that_would_change_its_steps(name: str) -> None:
    """These would be refused by it, or run code in each later step."""
    with pytest.raises(BadConfig):
        exports.render("github", {name: "x"})


def test_masks_hide_each_line() -> None:
    """GitHub looks at single lines, and a percent sign would begin an escape."""
    said = exports.masks({"KEY": "first-100%\nsecond"})

    assert said.splitlines() == ["::add-mask::first-100%25%0Asecond", "::add-mask::first-100%25", "::add-mask::second"]


@pytest.mark.parametrize(
    ("form", "values", "told"),
    [
        ("csv", {"NAME": "x"}, "'csv' is no form"),
        ("json", {"my-key": "x"}, "'my-key' cannot be the name"),
        ("bash", {"NAME": "a\0b"}, "NAME has a NUL"),
    ],
)
def test_what_no_variable_can_be_is_refused(form: str, values: dict[str, str], told: str) -> None:
    """With something to do about it."""
    with pytest.raises(BadConfig, match=re.escape(told)) as caught:
        exports.render(form, values)

    assert caught.value.remedy
