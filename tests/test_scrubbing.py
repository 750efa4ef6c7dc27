"""Text for strangers: secrets by value, by shape and by name, and nobody's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import leak_values
from aim_lib.redact import Redactor
from aim_lib.scrubbing import Scrubber, names_of, secrets_of
from tests.fakes import host

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
ADA = host(home=Path("/home/adalovelace"), user="adalovelace", name="engine.example.org")


def scrubber(*values: str, names: bool = True) -> Scrubber:
    redactor = Redactor()
    redactor.learn(values)
    known = leak_values.know(("X", value) for value in values) if values else None
    return Scrubber(redactor.text, known, names_of(ADA) if names else ())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/adalovelace/x and /home/adalovelace", "~/x and ~"),
        ("/home/adalovelace2/x", "/home/adalovelace2/x"),
        ("AdaLovelace@engine", "<user>@<host>"),
        ("on engine.example.org now", "on <host> now"),
        ("engines run", "engines run"),
    ],
)
def test_names_stand_as_words(text: str, shown: str) -> None:
    """The home folder, the user and the machine, and nothing that is only like them."""
    assert scrubber().text(text) == shown


def test_with_names_they_stay() -> None:
    """Where nobody asked for it to be taken out."""
    assert scrubber(names=False).text("/home/adalovelace") == "/home/adalovelace"


def test_everybodys_names_are_nobodys() -> None:
    """`root` is in half of all paths and tells nothing."""
    assert names_of(host(home=Path("/root"), user="root", name="localhost"))[-1][1] == "~"


@pytest.mark.parametrize(
    "text", [TOKEN, f"x={TOKEN};", f"two {TOKEN} {TOKEN}", "known-value-1", "a known-value-1known-value-1"]
)
def test_secrets_are_taken_out(text: str) -> None:
    """Known values, and what has a key's shape, however often."""
    shown = scrubber("known-value-1").text(text)

    assert TOKEN not in shown
    assert "known-value-1" not in shown
    assert "[redacted]" in shown


def test_a_value_under_a_secrets_name_is_taken_out() -> None:
    """In a document the key says what its value is; names of variables, numbers and switches stay."""
    document = {"api_key": "something-long", "required": ["API_KEY"], "KEY": "MY_API_KEY", "token": 3, "n": ["plain"]}

    assert scrubber().value(document) == {**document, "api_key": "[redacted]"}


def test_a_list_under_a_secrets_name_is_taken_out() -> None:
    """Its items are what the key says."""
    assert scrubber().value({"tokens": ["something-long"]}) == {"tokens": ["[redacted]"]}


def test_variables_that_are_called_like_secrets_are_known() -> None:
    """Short switches and paths that are there are not: their words are everywhere."""
    env = {
        "MY_TOKEN": "0123456789",
        "USE_KEYRING": "yes",
        "SSH_AUTH_SOCK": "/",
        "HOME": "/home/ada",
        "OLDPWD": "/x/y/z/a",
    }

    assert list(secrets_of(env)) == ["0123456789"]
