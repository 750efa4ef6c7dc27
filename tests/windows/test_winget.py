"""winget's recorded catalogue beside the real registry, whose uninstall keys say what is there today."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from aim_lib.resources import Options, winget
from aim_lib.resources._winget_records import UNINSTALL

from ..contracts.test_resources import DATA, fill
from ..fakes import host

winreg: Any = import_module("winreg")  # its names are unknown to a checker elsewhere

CODES = {"Git_is1": "2.47.0.2", "{B06D1894-3827-4E0C-A092-7DC50BE8B210}": "7.4.6.0"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with winget's catalogues, as it was laid out for the contract."""
    for path, what in fill(json.loads((DATA / "winget" / "tree.json").read_text(encoding="utf-8")), tmp_path).items():
        if "sql" in what:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            with sqlite3.connect(path) as database:
                database.executescript(what["sql"])
            database.close()
    return tmp_path


@pytest.fixture
def installed() -> Iterator[None]:
    """What the installers of Git and PowerShell leave in the registry."""
    for code, version in CODES.items():
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, rf"{UNINSTALL}\{code}") as key:
            winreg.SetValueEx(key, "DisplayVersion", 0, winreg.REG_SZ, version)
    yield
    for code in CODES:
        winreg.DeleteKey(winreg.HKEY_CURRENT_USER, rf"{UNINSTALL}\{code}")


@pytest.mark.usefixtures("installed")
def test_what_the_registry_has_too_is_there(home: Path) -> None:
    """With the version that winget knows by what the registry shows, and its pin."""
    found = {present.name: present for present in winget.open(host("windows", home), Options()).find()}

    assert {name: present.version for name, present in found.items()} == {
        "Git.Git": "2.47.0",
        "Microsoft.PowerShell": "7.4.6.0",
    }
    assert found["Microsoft.PowerShell"].traits == ("pinned",)


def test_what_was_removed_through_the_settings_is_gone(home: Path) -> None:
    """winget does not hear of that, the registry does."""
    assert winget.open(host("windows", home), Options()).find() == ()
