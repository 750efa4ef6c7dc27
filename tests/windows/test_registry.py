"""The user's variables in the real registry: set, with their type, told to those who ask, and given back."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from aim_lib.model import Delete, SetVar, Write
from aim_lib.platforms import Placing, Vars, windows
from aim_lib.platforms._registry import KEY, Entry, UserVariables

from ..fakes import host

winreg: Any = import_module("winreg")  # its names are unknown to a checker elsewhere

NAMES = ("AIM_WIN_PLAIN", "AIM_WIN_REFERS", "AIM_WIN_KEPT")


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """The variables of the machine are the same afterwards, whatever a test does."""
    before = dict(UserVariables().read())
    yield
    now = UserVariables().read()
    for name in now.keys() - before.keys():
        UserVariables().write(name, None)
    for name, entry in before.items():
        if now.get(name) != entry:
            UserVariables().write(name, entry)


def typed(name: str) -> tuple[str, int] | None:
    """The value and its type as Windows itself has them."""
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, KEY) as key:
        try:
            found: tuple[str, int] = winreg.QueryValueEx(key, name)
        except FileNotFoundError:
            return None
    return found


def do(placings: tuple[Placing, ...], *, undo: bool = False) -> None:
    for placing in placings:
        for step in placing.undo if undo else placing.do:
            if isinstance(step, SetVar):
                windows.set_variable(step)
            elif isinstance(step, Write):
                Path(step.path).write_text(step.text, encoding="utf-8")
            elif isinstance(step, Delete):
                Path(step.path).unlink(missing_ok=True)


WANTED = Vars(
    values=((NAMES[0], "päß→🔑 'x' \"y\""), (NAMES[1], r"%USERPROFILE%\x")), first=(r"C:\aim tools\bin",), folder=""
)


def test_values_are_there_with_their_type(tmp_path: Path) -> None:
    """One that refers to another is REG_EXPAND_SZ, as Windows expands it for whoever starts."""
    do(windows.place_variables(WANTED, host("windows", tmp_path), tmp_path))

    assert typed(NAMES[0]) == ("päß→🔑 'x' \"y\"", winreg.REG_SZ)
    assert typed(NAMES[1]) == (r"%USERPROFILE%\x", winreg.REG_EXPAND_SZ)
    assert winreg.ExpandEnvironmentStrings(r"%USERPROFILE%\x")[1:3] == ":\\"


def test_references_of_others_in_path_stay_references(tmp_path: Path) -> None:
    """`setx` would write them resolved, and cut PATH after 1024 characters."""
    others = ";".join([r"%SystemRoot%\x", *(rf"C:\tools\{place:04}" for place in range(200))])
    UserVariables().write("Path", Entry(others, is_expandable=True))

    do(windows.place_variables(WANTED, host("windows", tmp_path), tmp_path))

    assert typed("PATH") == (rf"C:\aim tools\bin;{others}", winreg.REG_EXPAND_SZ)


def test_everything_is_given_back(tmp_path: Path) -> None:
    """Values, types, and what was not there."""
    UserVariables().write("Path", Entry(r"%SystemRoot%\x", is_expandable=True))
    UserVariables().write(NAMES[0], Entry("before", is_expandable=False))
    before = dict(UserVariables().read())
    do(windows.place_variables(WANTED, host("windows", tmp_path), tmp_path))

    do(windows.place_variables(None, host("windows", tmp_path), tmp_path))

    assert UserVariables().read() == before


def test_the_undo_of_a_run_restores(tmp_path: Path) -> None:
    """Also of a Path that is not there at all."""
    UserVariables().write("Path", None)
    before = dict(UserVariables().read())
    made = windows.place_variables(WANTED, host("windows", tmp_path), tmp_path)

    do(made)
    do(made, undo=True)

    assert UserVariables().read() == before


def test_a_second_time_nothing_is_to_do(tmp_path: Path) -> None:
    """What was set is found as it is wanted."""
    do(windows.place_variables(WANTED, host("windows", tmp_path), tmp_path))

    again = windows.place_variables(WANTED, host("windows", tmp_path), tmp_path)

    assert all(placing.is_done for placing in again)
