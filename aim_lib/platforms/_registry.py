"""HKEY_CURRENT_USER\\Environment: the variables of a user on Windows, each with its type. The only door to them.

Never `setx`, which cuts a value after 1024 characters and writes PATH with its references resolved.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from ..errors import NotPermitted, Unsupported

KEY = "Environment"
LONGEST = 32_766  # characters of one variable
_BROADCAST, _SETTING_CHANGED, _ABORT_IF_HUNG, _WAIT_MS = 0xFFFF, 0x1A, 0x2, 5000


class Entry(NamedTuple):
    """A value; `is_expandable` (REG_EXPAND_SZ) when `%NAME%` in it stands for another variable."""

    value: str
    is_expandable: bool


class Registry(Protocol):
    """The variables of the user."""

    def read(self) -> Mapping[str, Entry]: ...

    def write(self, name: str, entry: Entry | None) -> None:
        """None removes it; absent is fine."""
        ...


class UserVariables:
    """The real ones."""

    def read(self) -> Mapping[str, Entry]:
        winreg = _winreg()
        found: dict[str, Entry] = {}
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, KEY) as key:
            for place in range(winreg.QueryInfoKey(key)[1]):
                name, value, kind = winreg.EnumValue(key, place)  # unexpanded, as it stands there
                if kind in (winreg.REG_SZ, winreg.REG_EXPAND_SZ):
                    found[name] = Entry(value, kind == winreg.REG_EXPAND_SZ)
        return found

    def write(self, name: str, entry: Entry | None) -> None:
        winreg = _winreg()
        if entry is not None and len(entry.value) > LONGEST:
            raise NotPermitted(f"{name} would have more than {LONGEST} characters", remedy="take folders off PATH")
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, KEY, 0, winreg.KEY_SET_VALUE) as key:
                if entry is None:
                    _remove(winreg, key, name)
                else:
                    kind = winreg.REG_EXPAND_SZ if entry.is_expandable else winreg.REG_SZ
                    winreg.SetValueEx(key, name, 0, kind, entry.value)
        except PermissionError as error:
            raise NotPermitted(
                f"{name} cannot be set in the registry", remedy="ask who manages this machine"
            ) from error
        _tell_everybody(ctypes)


def _remove(winreg: Any, key: Any, name: str) -> None:
    try:
        winreg.DeleteValue(key, name)
    except FileNotFoundError:
        return


def _tell_everybody(windows: Any) -> None:
    """Windows that are open read the variables again: the shell, and what is started from it, then has them."""
    result = ctypes.c_size_t()
    windows.WinDLL("user32").SendMessageTimeoutW(
        _BROADCAST, _SETTING_CHANGED, 0, "Environment", _ABORT_IF_HUNG, _WAIT_MS, ctypes.byref(result)
    )


def _winreg() -> Any:
    try:
        return import_module("winreg")
    except ImportError as error:
        raise Unsupported("there is no registry on this system", remedy="aim env apply") from error
