"""Keys are told by their shape, and what only looks like one is left alone."""

from __future__ import annotations

import pytest

from aim_lib.leak_hits import Hit, settled
from aim_lib.leak_shapes import ASSIGNED, SHAPES, find_shapes, has_shape, revocation

from .leak_texts import DATA, made_key, shapes

ROWS = [pytest.param(name, match, id=f"{name}-{place}") for place, (name, match, _) in enumerate(shapes())]
NEAR = [
    pytest.param(name, text, id=f"{name}-{place}") for place, (name, _, near) in enumerate(shapes()) for text in near
]
AROUND = (("", ""), ("key is ", " and"), ('{"a": "x\\n', '\\n"}'), ("?k%3D", "&b=1"), ("a line\n", "\nanother"))


def found(text: str) -> tuple[Hit, ...]:
    return settled(find_shapes(text.encode()))


@pytest.mark.parametrize(("name", "match"), ROWS)
def test_a_key_is_found(name: str, match: str) -> None:
    """At the start of a text, in a sentence, in JSON, in a URL and on a line of its own."""
    names = {one.name for before, after in AROUND for one in found(before + match + after)}

    assert names == {name}


@pytest.mark.parametrize(("name", "match"), ROWS)
def test_no_more_than_four_letters_are_shown(name: str, match: str) -> None:
    """Those that tell the provider, which are the same in all of its keys; of an assignment the name."""
    (hit,) = found(match)

    assert hit.hint in match
    assert len(hit.hint) <= 4 or name == ASSIGNED


@pytest.mark.parametrize(("name", "text"), NEAR)
def test_what_only_looks_like_a_key_is_left(name: str, text: str) -> None:
    """Too short, part of a word, a placeholder, or given to the name of something that is no secret."""
    assert found(text) == ()


def test_every_shape_has_an_example() -> None:
    """No row of the table goes untested."""
    assert {name for name, _, _ in shapes()} == {shape.name for shape in SHAPES} | {ASSIGNED}


def test_every_shape_says_where_it_is_revoked() -> None:
    """A remedy that one can act on."""
    assert all(shape.revoke for shape in SHAPES)
    assert revocation("github-token") == "https://github.com/settings/tokens"


@pytest.mark.parametrize("comment", ["aim:allow-secret", "pragma: allowlist secret", "gitleaks:allow"])
def test_a_line_may_allow_its_own_key(comment: str) -> None:
    """That line alone, and by the words of other scanners too."""
    key, other = made_key(seed=1), made_key(seed=2)

    (hit,) = found(f"{key}  # {comment}\n{other}\n")

    assert hit.start > len(key)


def test_the_examples_are_no_leak() -> None:
    """They stand in parts in their own file."""
    assert found(DATA.read_text(encoding="utf-8")) == ()


def test_an_issued_key_is_known_as_a_whole() -> None:
    """Such a value was made at random, whatever it looks like."""
    assert has_shape(made_key().encode())
    assert not has_shape(b"x" + made_key().encode())


def test_words_given_to_a_secret_are_none() -> None:
    """A phrase has no such changes between letters and digits."""
    assert found('password = "correct-horse-battery-staple-2024"\ntoken = my_own_token_function_2') == ()
