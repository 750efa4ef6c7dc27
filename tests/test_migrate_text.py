"""The predecessors' files as people really left them."""

from __future__ import annotations

import json

import pytest

from aim_lib.errors import BadConfig
from aim_lib.migrate_text import read_tables


@pytest.mark.parametrize(
    "text",
    [
        '\ufeff{"a": "b"}',
        '{"a": "b",}',
        '{\n  // why\n  "a": "b" /* so\n that */\n}',
        '{"a": "b", // , }\n}',
        '{"a"\r\n: "b"\r\n}\r\n',
    ],
)
def test_marks_comments_and_commas_do_no_harm(text: str) -> None:
    """A byte order mark, comments of both kinds, a comma too many, line ends of Windows."""
    assert read_tables(text, "x.json") == {"a": "b"}


@pytest.mark.parametrize("value", ["http://x/y", "/* no */", "a,]", "\\\\server\\x", '"//"', ",}"])
def test_what_looks_alike_within_a_text_stays(value: str) -> None:
    """A URL is no comment."""
    assert read_tables(json.dumps({"a": [value]}), "x.json") == {"a": [value]}


def test_a_mistake_is_told_with_its_line() -> None:
    """Also behind a comment of several lines."""
    with pytest.raises(BadConfig, match=r"x\.json, line 4: "):
        read_tables('{\n/* one\ntwo */\n"a" "b"}', "x.json")


@pytest.mark.parametrize("text", ["[1]", "3", '"x"', pytest.param("[" * 100_000, id="deep")])
def test_what_is_no_table_is_refused(text: str) -> None:
    """Neither a list nor something that has no end."""
    with pytest.raises(BadConfig):
        read_tables(text, "x.json")


def test_the_flat_yaml_of_aim_is_understood() -> None:
    """Numbers, switches, quoted texts, comments."""
    text = "# c\n---\nenable_aim: true\nretention: 30 # days\npath: \"auto\"\nname: 'x # y'\noff: no\nfree: a b\n\n"

    assert read_tables(text, "x.yaml") == {
        "enable_aim": True,
        "retention": 30,
        "path": "auto",
        "name": "'x",
        "off": False,
        "free": "a b",
    }


def test_yaml_with_more_in_it_is_refused() -> None:
    """Half of it would be a guess."""
    with pytest.raises(BadConfig, match="line 2"):
        read_tables("a: 1\n  b: 2\n", "x.yml")
