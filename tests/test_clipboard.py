"""A secret comes on the clipboard, and goes again only if it is still what is there."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from aim_lib import clipboard
from aim_lib import host as hosts
from aim_lib.clipboard import Programs
from aim_lib.errors import CommandFailed, MissingProgram
from aim_lib.host import Host

from .fakes import host, stub

ROOT = Path(__file__).parents[1]
SALT = b"0123456789abcdef"


@pytest.fixture
def desk(tmp_path: Path) -> tuple[Programs, Host, Path]:
    """A clipboard that is a file, by programs as real ones behave: text on stdin, text on stdout."""
    place = tmp_path / "clipboard"
    copy = (sys.executable, "-c", f"import sys; open({str(place)!r}, 'w').write(sys.stdin.read())")
    paste = (sys.executable, "-c", f"print(open({str(place)!r}).read(), end='')")
    on = replace(hosts.current(), env={"PATH": os.defpath, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)})
    return Programs(copy=copy, paste=paste, clear=copy), on, place


def order(programs: Programs, value: str) -> dict[str, object]:
    return {
        "seconds": 0,
        "salt": SALT.hex(),
        "digest": clipboard.digest(value, SALT),
        "paste": programs.paste,
        "clear": programs.clear,
    }


def test_what_is_still_there_is_cleared(desk: tuple[Programs, Host, Path]) -> None:
    """Nothing of it stays."""
    programs, on, place = desk
    place.write_text("sk-secret")

    assert clipboard.clear_later(order(programs, "sk-secret"), on)
    assert place.read_text() == ""


def test_what_somebody_copied_since_stays(desk: tuple[Programs, Host, Path]) -> None:
    """The clipboard is theirs again."""
    programs, on, place = desk
    place.write_text("a shopping list")

    assert not clipboard.clear_later(order(programs, "sk-secret"), on)
    assert place.read_text() == "a shopping list"


def test_a_value_is_put_and_taken_by_another_process(desk: tuple[Programs, Host, Path]) -> None:
    """The one who copies need not wait for it."""
    programs, on, place = desk

    later = clipboard.put("sk-secret", programs, on, clear_s=0.0)

    assert later.wait(60) == 0
    assert place.read_text() == ""


def test_what_waits_does_not_hold_the_value(desk: tuple[Programs, Host, Path]) -> None:
    """What it is told is a digest, and where to look."""
    assert "sk-secret" not in json.dumps(order(desk[0], "sk-secret"))


def test_a_clipboard_that_refuses_is_told(desk: tuple[Programs, Host, Path]) -> None:
    """As when a display has gone; the value is in no message."""
    programs, on, _ = desk
    broken = Programs(copy=(sys.executable, "-c", "raise SystemExit(1)"), paste=programs.paste, clear=programs.clear)

    with pytest.raises(CommandFailed) as caught:
        clipboard.put("sk-secret", broken, on)

    assert "sk-secret" not in str(caught.value) + caught.value.remedy


@pytest.mark.parametrize(
    ("variable", "program", "found"),
    [("WAYLAND_DISPLAY", "wl-copy", clipboard.WAYLAND), ("DISPLAY", "xsel", clipboard.XSEL)],
)
def test_the_session_s_own_clipboard_is_taken(variable: str, program: str, found: Programs, tmp_path: Path) -> None:
    """By the variable that leads to it, and the program that is there."""
    stub(tmp_path, program)

    assert clipboard.choose(host(env={"PATH": str(tmp_path), variable: ":0"})) == found


def test_without_a_desktop_there_is_none(tmp_path: Path) -> None:
    """The program alone is not enough."""
    stub(tmp_path, "wl-copy")

    with pytest.raises(MissingProgram) as caught:
        clipboard.choose(host(env={"PATH": str(tmp_path)}))

    assert "--clip" in caught.value.remedy
