"""A folder of modules as a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import catalog


def package(folder: Path, name: str, **modules: str) -> None:
    (folder / name).mkdir()
    for module, text in {"__init__": "", **modules}.items():
        (folder / name / f"{module}.py").write_text(text, encoding="utf-8")


def test_members_are_sorted_and_public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plumbing that begins with an underscore is no member."""
    monkeypatch.syspath_prepend(tmp_path)
    package(tmp_path, "strangers_sorted", zebra="", ant="", _plumbing="")

    assert catalog.members("strangers_sorted") == ("ant", "zebra")


def test_a_broken_member_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It never disappears from the table."""
    monkeypatch.syspath_prepend(tmp_path)
    package(tmp_path, "strangers_broken", fine="", broken="import nothing_of_this_name")

    with pytest.raises(ModuleNotFoundError, match="nothing_of_this_name"):
        catalog.table("strangers_broken")


@pytest.mark.parametrize("name", ["resources", "checks", "vaults", "reports"])
def test_our_own_folders_load(name: str) -> None:
    """Every member of every open set can be imported."""
    assert catalog.table(f"aim_lib.{name}")
