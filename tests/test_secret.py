"""A secret shows itself to nobody who does not ask for it by name."""

from __future__ import annotations

import copy
import hmac
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from io import StringIO
from typing import Any

import msgspec
import pytest
from rich.console import Console
from rich.pretty import pretty_repr

from aim_lib.errors import BadConfig
from aim_lib.secret import Secret, encoded

VALUE = "sk-never-shown-to-anybody"
SHOWN: dict[str, Callable[[Any], str]] = {
    "repr": repr,
    "str": str,
    "format": lambda secret: format(secret, ">40"),
    "f-string": lambda secret: f"{secret} {secret!r} {secret!s}",
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - that way is meant
    "in a tuple": lambda secret: repr(({"key": [secret]},)),
    "rich": lambda secret: pretty_repr({"key": secret}),
    "dir": lambda secret: repr(dir(secret)),
    "join": lambda secret: ", ".join(map(str, [secret])),
}
REFUSED: dict[str, Callable[[Any], object]] = {
    "pickle": pickle.dumps,
    "json": json.dumps,
    "msgspec": msgspec.json.encode,
    "msgpack": msgspec.msgpack.encode,
    "hash": hash,
    "plus": lambda secret: "x" + secret,
    "in a line": lambda secret: "x".join([secret]),
    "bytes": bytes,
    "iterate": list,
    "vars": vars,
    "state": lambda secret: secret.__getstate__(),
}


@pytest.mark.parametrize("way", SHOWN)
def test_it_is_redacted(way: str) -> None:
    """However it becomes text without being asked, the value is not in it."""
    text = SHOWN[way](Secret(VALUE))

    assert VALUE not in text
    assert text


@pytest.mark.parametrize("way", REFUSED)
def test_it_refuses(way: str) -> None:
    """What would write the value somewhere, or needs it in the open, fails, and the error does not have it."""
    with pytest.raises((TypeError, pickle.PicklingError)) as error:
        REFUSED[way](Secret(VALUE))

    assert VALUE not in f"{error.value!r}{error.value}"


def test_reveal_is_the_way_out() -> None:
    """Asked by name it gives every character."""
    assert Secret(VALUE).reveal() == VALUE


def test_a_traceback_with_locals_does_not_have_it() -> None:
    """A traceback that shows variables, as rich and pytest print it, shows the mask."""
    screen = StringIO()

    def fail(secret: Secret) -> None:
        raise RuntimeError(f"about {secret}")

    try:
        fail(Secret(VALUE))
    except RuntimeError as error:
        Console(file=screen, width=200).print_exception(show_locals=True)
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())

    assert VALUE not in screen.getvalue() + told
    assert "[redacted]" in told


def test_a_log_line_does_not_have_it(caplog: pytest.LogCaptureFixture) -> None:
    """A logger's arguments are text made without thinking."""
    logging.getLogger("test").warning("kept %s and %r", Secret(VALUE), {"a": Secret(VALUE)})

    assert VALUE not in caplog.text


def test_it_is_equal_by_value() -> None:
    """Two of the same value are equal, others and plain text are not."""
    secret = Secret(VALUE)

    assert secret == Secret(VALUE)
    assert secret != Secret(VALUE + "x")
    assert secret != VALUE


def test_it_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equality is hmac's, which takes as long for a near miss as for any other."""
    asked: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        asked.append((one, other))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)

    assert Secret("a") != Secret("b")
    assert asked == [(b"a", b"b")]


def test_it_can_be_copied() -> None:
    """A copy of what holds it, deep or not, still works."""
    held = {"key": Secret(VALUE)}

    assert copy.deepcopy(held)["key"].reveal() == copy.copy(held)["key"].reveal() == VALUE


def test_it_does_not_change() -> None:
    """Nothing can be put in its place, and nothing hung on it."""
    secret = Secret(VALUE)

    with pytest.raises(AttributeError):
        secret.x = 1
    with pytest.raises(AttributeError):
        del secret.reveal
    assert secret.reveal() == VALUE


def test_text_that_is_none_is_refused_without_it() -> None:
    """A lone surrogate cannot be written as UTF-8: the error names what it is, and carries the value nowhere."""
    with pytest.raises(BadConfig, match="the value of A is not text") as error:
        encoded(Secret(VALUE + "\ud800"), "A")

    assert error.value.__context__ is None
    assert VALUE not in repr(error.value)
