"""Values in memory are found in every form, and those that would be found anywhere are left out."""

from __future__ import annotations

import pytest

from aim_lib.leak_hits import settled
from aim_lib.leak_values import know

from .leak_texts import FORMS, made_key


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_found_and_named(form: str) -> None:
    """A value with signs that every encoder treats in its own way."""
    value = f'{made_key(length=20)}/"+é '

    (hit,) = settled(know([("KEY", value)]).find(f"before {FORMS[form](value)} after".encode()))

    assert hit.name == "KEY"
    assert (hit.form or "plain").lower() == form.partition(",")[0].partition(" for")[0].lower()


def test_a_short_value_is_left_out() -> None:
    """Seven letters stand in many texts by chance; which ones are not looked for is told."""
    known = know([("PIN", "hunter2"), ("EMPTY", ""), ("WORD", "hunter22")])

    assert known.left_out == ("PIN", "EMPTY")
    assert [hit.name for hit in known.find(b"hunter2 hunter22")] == ["WORD"]


def test_the_place_is_that_of_the_value() -> None:
    """Also where bytes before it are no letters."""
    value = made_key()
    data = b"\xff\x00\xfe" + value.encode() + b"\x00"

    (hit,) = know([("KEY", value)]).find(data)

    assert data[hit.start : hit.end] == value.encode()


def test_of_a_text_of_several_lines_each_random_one_counts() -> None:
    """The frame of a private key is no secret: it stands in documents."""
    body = made_key("", 64)
    key = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----"
    known = know([("SSH", key)])

    assert [hit.name for hit in known.find(f"x = {body}".encode())] == ["SSH"]
    assert not list(known.find(b"a file begins with -----BEGIN PRIVATE KEY-----\n"))


def test_no_value_is_in_a_repr() -> None:
    """Not in that of what is looked for, either."""
    value = made_key()
    known = know([("KEY", value), ("WORD", "hunter22")])

    assert value[8:] not in repr(known)
    assert "hunter22" not in repr((known, *known.find(b"hunter22")))


def test_lines_that_are_not_random_count_together() -> None:
    """None of them alone is the secret."""
    known = know([("NOTE", "the first line\nthe second line")])

    assert [hit.form for hit in known.find(rb'{"a": "the first line\nthe second line"}')] == ["JSON"]
    assert not list(known.find(b"the first line of another text, and the second line"))
