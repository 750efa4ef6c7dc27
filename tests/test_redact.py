"""Secrets are taken out of text; the properties plant many, here are the plain rules."""

from __future__ import annotations

import base64

import pytest

from aim_lib.redact import MASK, Redactor, mask_credentials, without_credentials


def redactor(*values: str) -> Redactor:
    one = Redactor()
    one.learn(values)
    return one


def test_a_value_is_masked_wherever_it_stands() -> None:
    """Every occurrence, in any surroundings."""
    assert redactor("hunter2!").text("a hunter2! b,hunter2!") == f"a {MASK} b,{MASK}"


def test_a_short_value_is_left() -> None:
    """Blanking out a common word would tell more than it hides."""
    assert redactor("on").text("once upon a time") == "once upon a time"


def test_the_longer_value_goes_first() -> None:
    """A value that holds another is masked whole."""
    assert redactor("secret", "secret-and-more").text("secret-and-more") == MASK


def test_values_that_overlap_are_masked_whole() -> None:
    """Nothing of the second is left behind the first."""
    assert redactor("abcdefgh", "efghijkl").text("abcdefghijkl efghijkl") == f"{MASK} {MASK}"


def test_the_lines_of_a_value_are_masked() -> None:
    """A private key printed line by line, each behind a prefix, as a log has it."""
    key = "-----BEGIN KEY-----\nQUJDREVGR0hJSktM\n-----END KEY-----\n"

    assert redactor(key).text("1: QUJDREVGR0hJSktM") == f"1: {MASK}"


def test_a_value_that_is_not_text_is_masked() -> None:
    """As Python reads an environment variable that is no UTF-8."""
    value = b"secret-\xff\xfe".decode("utf-8", "surrogateescape")

    assert redactor(value).text(f"it is {value}") == f"it is {MASK}"


def test_a_value_in_json_is_masked() -> None:
    """With the escapes a document has."""
    assert redactor('pass"word\n').text(r'{"a": "pass\"word\n"}') == f'{{"a": "{MASK}"}}'


def test_a_value_in_an_address_is_masked() -> None:
    """With the escapes of a URL."""
    assert redactor("p@ss/word").text("ask ?key=p%40ss%2Fword") == f"ask ?key={MASK}"


def test_a_long_value_in_base64_is_masked() -> None:
    """As basic authentication sends it, whatever its alignment."""
    value = "a-long-secret-value"
    for user in ("u", "us", "use"):
        encoded = base64.b64encode(f"{user}:{value}".encode()).decode()

        assert MASK in redactor(value).text(encoded)


def test_what_was_learnt_stays_learnt() -> None:
    """Learning more forgets nothing."""
    one = redactor("first-value")

    one.learn(["second-value"])

    assert one.text("first-value second-value") == f"{MASK} {MASK}"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://user:pw@host/x", f"https://{MASK}@host/x"),
        ("https://token@host/x", f"https://{MASK}@host/x"),
        ("https://user:p@ss:w0rd@host:8080", f"https://{MASK}@host:8080"),
        ("git+https://user:pw@host/x.git@main", f"git+https://{MASK}@host/x.git@main"),
        ('{"a": "http://u:p@h/", "b": "x@y"}', f'{{"a": "http://{MASK}@h/", "b": "x@y"}}'),
        ("a http://u:p@h b http://v:q@i", f"a http://{MASK}@h b http://{MASK}@i"),
        ("//host/:_authToken=abc", f"//host/:_authToken={MASK}"),
        ('//host/npm/:_password = "abc"', f'//host/npm/:_password = "{MASK}"'),
        ("npm_config_//host/:_authtoken=abc def", f"npm_config_//host/:_authtoken={MASK} def"),
        ('"_auth": "YWJj"', f'"_auth": "{MASK}"'),
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {MASK}"),
        ('{"authorization": "Basic YWJj=="}', f'{{"authorization": "Basic {MASK}"}}'),
    ],
)
def test_credentials_in_addresses_are_masked_unasked(text: str, masked: str) -> None:
    """Nobody needs to know them beforehand."""
    assert Redactor().text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "git+ssh://git@github.com/a/b.git",
        "https://host/@scope/name@1.0.0",
        "https://host/x?mail=a@b.c",
        "file:///home/a@b",
        "write to a@b.c, see https://host",
        "pip_auth_module = 3, my_password_file",
        "the authorization was refused",
    ],
)
def test_what_only_looks_alike_is_left(text: str) -> None:
    """Scopes, versions, mail addresses and the user of ssh addresses stay readable."""
    assert mask_credentials(text) == text


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("see https://ada:pw@a.example/simple/x now", "see https://a.example/simple/x now"),
        ("https://token@a.example", "https://a.example"),
        ("https://a.example/x?token=t#f", "https://a.example/x"),
        ("https://ada:p@w@a.example/x", "https://a.example/x"),
        ("https://ada:p/w@a.example/x", "https://a.example/x"),
        ("https://a.example/@scope/x", "https://a.example/@scope/x"),
        ("git+ssh://git@a.example/x and http://u:p@b.example", "git+ssh://a.example/x and http://b.example"),
        ("nobody@a.example", "nobody@a.example"),
        ("", ""),
    ],
)
def test_addresses_lose_their_credentials(text: str, bare: str) -> None:
    """User, password, query and fragment, in every address of a text, whatever the password holds."""
    assert without_credentials(text) == bare
