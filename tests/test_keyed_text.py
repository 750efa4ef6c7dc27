"""One key of a settings file is set and removed; every other byte stays."""

from __future__ import annotations

import json

import pytest

from aim_lib import keyed_text

ENV = ("env", "OFF")

JSON = [
    ('{"a":1}', '{"env": {"OFF": "1"}, "a":1}'),
    ('{\n  "a": 1\n}\n', '{\n  "env": {\n    "OFF": "1"\n  },\n  "a": 1\n}\n'),
    ('{\n\t"env": {\n\t\t"X": "}"\n\t}\n}', '{\n\t"env": {\n\t\t"OFF": "1",\n\t\t"X": "}"\n\t}\n}'),
    ('{"env": {"X": "1"}}', '{"env": {"OFF": "1", "X": "1"}}'),
    ("{}", '{\n  "env": {\n    "OFF": "1"\n  }\n}'),
    (
        '{\n  // why\n  "env": {"X": "a//b"}, /* so */\n  "z": [1,\n 2,],\n}\n',
        '{\n  // why\n  "env": {"OFF": "1", "X": "a//b"}, /* so */\n  "z": [1,\n 2,],\n}\n',
    ),
    ('{\n  // first\n  "a": 1\n}\n', '{\n  "env": {\n    "OFF": "1"\n  },\n  // first\n  "a": 1\n}\n'),
]


@pytest.mark.parametrize(("before", "after"), JSON)
def test_a_key_is_added_and_nothing_else_changes(before: str, after: str) -> None:
    """In the file's own indentation, beside comments and trailing commas."""
    assert keyed_text.with_value(before, "json", ENV, "1") == after


@pytest.mark.parametrize(("before", "after"), JSON)
def test_removing_what_was_added_gives_the_former_bytes(before: str, after: str) -> None:
    """Also the table that came with the key."""
    made = keyed_text.depth(keyed_text.read(before, "json"), ENV)

    back = keyed_text.without(after, "json", ENV[: made + 1])

    assert keyed_text.read(back, "json") == keyed_text.read(before, "json")
    assert back == before


def test_an_empty_file_becomes_a_document() -> None:
    """Which a person can read."""
    assert json.loads(keyed_text.with_value("", "json", ENV, "1")) == {"env": {"OFF": "1"}}


def test_another_value_is_replaced_where_it_stands() -> None:
    """In place: order and spaces stay."""
    before = '{"b": 2, "env": { "OFF" : "0" }}'

    assert keyed_text.with_value(before, "json", ENV, "1") == '{"b": 2, "env": { "OFF" : "1" }}'


@pytest.mark.parametrize("key", ["first", "middle", "last"])
def test_a_member_is_removed_wherever_it_stands(key: str) -> None:
    """The commas around it stay right."""
    text = '{"first": 1, "middle": [2], "last": {"x": 3}}'

    left = json.loads(keyed_text.without(text, "json", (key,)))

    assert left == {name: value for name, value in json.loads(text).items() if name != key}


@pytest.mark.parametrize("key", ["first", "middle", "last"])
def test_comments_around_a_removed_member_stay(key: str) -> None:
    """Nobody's words are lost."""
    text = '{ // one\n  "first": 1, // two\n  /* three */ "middle": [2],\n  // four\n  "last": 3 // five\n}\n'

    left = keyed_text.without(text, "json", (key,))

    assert [word in left for word in ("one", "two", "three", "four", "five")] == [True] * 5
    assert set(keyed_text.read(left, "json")) == {"first", "middle", "last"} - {key}


def test_the_only_member_goes_and_its_comments_stay() -> None:
    """An empty object is left."""
    assert keyed_text.without('{ // one\n  "x": 1 // two\n}', "json", ("x",)) == "{ // one\n   // two\n}"


def test_removing_what_is_not_there_changes_nothing() -> None:
    """The same text comes back."""
    assert keyed_text.without('{"a" :1}', "json", ENV) == '{"a" :1}'


@pytest.mark.parametrize("text", ["[1]", "{", "nonsense", '{"env": 3}', "﻿{}"])
def test_what_cannot_be_edited_is_refused(text: str) -> None:
    """A file that is not understood is not touched."""
    with pytest.raises(ValueError):  # noqa: PT011 - json's own errors are ValueErrors, too
        keyed_text.with_value(text, "json", ENV, "1")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "check = false\n"),
        ("# mine\n[table]\nx = 1\n", "check = false\n# mine\n[table]\nx = 1\n"),
        ("a = 1\ncheck = true # why\n[table]\n", "a = 1\ncheck = false # why\n[table]\n"),
        ("[table]\ncheck = true\n", "check = false\n[table]\ncheck = true\n"),
    ],
)
def test_a_key_of_a_toml_file_is_set(before: str, after: str) -> None:
    """The first line for a new one: before every table."""
    assert keyed_text.with_value(before, "toml", ("check",), False) == after


def test_a_key_of_a_toml_file_is_removed() -> None:
    """Its line goes."""
    assert keyed_text.without("check = false\n# mine\n[t]\n", "toml", ("check",)) == "# mine\n[t]\n"


@pytest.mark.parametrize("text", ['"check" = true\n', 'text = """\ncheck = true\n"""\n', "a = [\n"])
def test_a_toml_file_of_another_shape_is_left_alone(text: str) -> None:
    """Reading the result shows whether only the key differs."""
    with pytest.raises(ValueError):  # noqa: PT011 - tomllib's own errors are ValueErrors, too
        keyed_text.with_value(text, "toml", ("check",), False)
