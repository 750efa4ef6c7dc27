"""The real Credential Manager, asked as it always is: by a program of its own, over pipes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from aim_lib.errors import Unavailable
from aim_lib.host import Host, current
from aim_lib.proc import Runner
from aim_lib.vaults import os_keyring

win32cred: Any = import_module("win32ctypes.pywin32.win32cred")  # on Windows alone, as the checker knows
pywintypes: Any = import_module("win32ctypes.pywin32.pywintypes")
NAME = f"AIM_TEST_{os.getpid()}"  # workers share one Credential Manager
VALUES = {
    "every kind": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ключ-κλειδί-päß-🔑\n-----END KEY-----\n ",
    "as long as it takes": "x" * 1280,
}


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[os_keyring.OsKeyring]:
    """The chain of backends as a user has it; the item is removed afterwards."""
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    opened = os_keyring.open(here(), Runner())
    yield opened
    opened.delete(NAME)


def here() -> Host:
    machine = replace(current(), is_interactive=True)  # it may take longer than a keyring that nobody waits for
    assert machine.python == sys.executable
    return machine


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_a_value_is_given_back_as_it_was(value: str, vault: os_keyring.OsKeyring) -> None:
    """Every character of it."""
    vault.store(NAME, value)

    assert vault.get([NAME])[NAME].reveal() == value


def test_a_value_too_long_is_refused_and_what_was_there_stays(vault: os_keyring.OsKeyring) -> None:
    """Windows takes 2560 bytes, and says "The stub received bad data" for more."""
    vault.store(NAME, "old")

    with pytest.raises(Unavailable, match="at most 1280 characters"):
        vault.store(NAME, "x" * 1281)

    assert vault.get([NAME])[NAME].reveal() == "old"


def test_a_new_value_replaces_the_old_one_everywhere(vault: os_keyring.OsKeyring) -> None:
    """keyring would keep the old one under a second target."""
    vault.store(NAME, "old-secret")
    vault.store(NAME, "new-secret")

    with pytest.raises(pywintypes.error):  # there is none of that name
        win32cred.CredRead(f"{NAME}@aim-plus", 1)
    assert vault.get([NAME])[NAME].reveal() == "new-secret"


def test_what_was_deleted_is_not_there(vault: os_keyring.OsKeyring) -> None:
    """And to delete it again is fine."""
    vault.store(NAME, "x")

    vault.delete(NAME)
    vault.delete(NAME)

    assert vault.has([NAME]) == frozenset()
    assert vault.get([NAME]) == {}
