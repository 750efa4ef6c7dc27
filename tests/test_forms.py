"""The ways in which a value may be written: what each encoder makes of it is among them."""

from __future__ import annotations

import base64
import html
import json
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from aim_lib.forms import forms

VALUE = """p@ss "w/ö'rd" \\ <&> $x"""
ENCODERS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": lambda value: json.dumps(value)[1:-1],
    "JSON in capitals": lambda value: json.dumps(value)[1:-1].replace("\\u00f6", "\\u00F6"),
    "JSON in UTF-8": lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    "JSON of PHP": lambda value: json.dumps(value, ensure_ascii=False)[1:-1].replace("/", "\\/"),
    "JSON of Go": lambda value: (
        json.dumps(value, ensure_ascii=False)[1:-1]
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
    ),
    "Python": lambda value: repr(value)[1:-1],
    "bytes of Python": lambda value: repr(value.encode())[2:-1],
    "XML": lambda value: html.escape(value, quote=False),
    "HTML": html.escape,
    "path": quote,
    "query": lambda value: quote(value, safe=""),
    "query in small letters": lambda value: quote(value, safe="").lower(),
    "form": quote_plus,
    "encodeURIComponent": lambda value: quote(value, safe="!*'()"),
    "encodeURI": lambda value: quote(value, safe=";,/?:@&=+$#!*'()"),
    "hex": lambda value: value.encode().hex(),
    "HEX": lambda value: value.encode().hex().upper(),
    "shell": lambda value: shlex.quote(value)[1:-1],
    "shell's trace": lambda value: value.replace("'", "'\\''"),
    "base64": lambda value: base64.b64encode(value.encode()).decode().rstrip("=")[:-1],
}


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_form_is_known(encoder: str) -> None:
    """With each sign that an encoder treats in its own way."""
    assert ENCODERS[encoder](VALUE).encode() in forms(VALUE, 8)


def test_a_plain_value_has_few_forms() -> None:
    """Most encoders leave a key as it is: it is looked for once."""
    assert len(forms("sk-test-4c0ffee0123456789abcdef", 8)) == 6


def test_no_form_is_shorter_than_asked() -> None:
    """A short line or a short piece of base64 would blank out ordinary words."""
    assert min(map(len, forms("12345678\na\nb", 8))) >= 8


def test_a_value_that_is_too_short_has_none() -> None:
    """Not even in hex, where it is longer."""
    assert forms("1234567", 8) == frozenset()


def test_white_space_around_a_value_is_not_needed() -> None:
    """It is known with it and without."""
    assert {b" a-secret-value\n", b"a-secret-value"} <= forms(" a-secret-value\n", 8)


@pytest.mark.parametrize("page", ["cp1252", "cp850", "utf-16-le"])
def test_a_value_in_a_code_page_is_known(page: str) -> None:
    """As a program of Windows prints it; one that no code page has is known in UTF-8 alone."""
    assert "sk-ü-0123456789".encode(page) in forms("sk-ü-0123456789", 8)
    assert "ключ-0123456789".encode() in forms("ключ-0123456789", 8)
