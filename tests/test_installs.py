"""A command's copies folded to installs: which one wins, why, and whether versions differ."""

from __future__ import annotations

import pytest

from aim_lib.installs import advice, document, fold
from aim_lib.ownership import OFF_PATH, Owned


def copy(path: str, manager: str = "pipx", version: str = "", **more: object) -> Owned:
    fields = {"command": "ruff", "path": path, "place": 0, "group": path, "manager": manager, "version": version}
    return Owned(**{**fields, **more})  # type: ignore[arg-type]


def test_one_install_under_two_names_is_one() -> None:
    """A link to it, our launcher of it, its own folder: all of its paths are told, in a shell's order."""
    copies = [
        copy("/w/ruff", note="launcher", group="pipx:ruff", removal="aim wrappers rebuild"),
        copy("/b/ruff", group="pipx:ruff", place=1, removal="pipx uninstall ruff"),
    ]

    tool = fold("ruff", "ruff", copies)

    assert [(each.paths, each.removal) for each in tool.installs] == [(("/w/ruff", "/b/ruff"), "pipx uninstall ruff")]


@pytest.mark.parametrize(
    ("copies", "why"),
    [
        ([copy("/a/ruff")], ["the only one"]),
        ([copy("/a/ruff"), copy("/b/ruff", place=1)], ["wins: first on PATH", "behind /a/ruff"]),
        ([copy("/a/ruff", note="broken"), copy("/b/ruff")], ["leads nowhere", "wins: first on PATH"]),
        ([copy("/a/ruff"), copy("/b/ruff", place=OFF_PATH)], ["wins: first on PATH", "not on PATH"]),
        ([copy("/a/ruff", note="launcher")], ["wins: our launcher starts it"]),
        ([copy("/h/.pyenv/shims/ruff", "pyenv")], ["wins: pyenv chooses the version by the folder"]),
        ([copy("/h/.pyenv/versions/3.12/bin/ruff", "pyenv")], ["the only one"]),
    ],
)
def test_why_each_wins_or_does_not(copies: list[Owned], why: list[str]) -> None:
    """The first whole one on PATH wins; a link to nowhere is passed over by a shell."""
    tool = fold("ruff", "ruff", copies)

    assert [tool.why(each) for each in tool.installs] == why


@pytest.mark.parametrize(
    ("versions", "is_in_conflict"),
    [
        ([("pipx", "0.14.1"), ("uv", "0.14.1")], False),
        ([("pipx", "0.14.1"), ("uv", "0.15.0")], True),
        ([("npm", "2.40.1"), ("apt", "1:2.40.1-2+deb12u3")], False),
        ([("npm", "3.5"), ("apt", "3.5+ds1-1")], False),
        ([("npm", "v3.5"), ("brew", "3.5")], False),
        ([("pipx", "0.14.1"), ("unknown", "")], False),
    ],
)
def test_versions_differ_whoever_writes_them(versions: list[tuple[str, str]], is_in_conflict: bool) -> None:
    """A Debian revision is no other version, and what nobody knows is no conflict."""
    tool = fold("ruff", "ruff", [copy(f"/{manager}/ruff", manager, version) for manager, version in versions])

    assert tool.is_in_conflict is is_in_conflict


def test_a_link_to_nowhere_has_no_version_to_differ() -> None:
    """It cannot be started."""
    tool = fold("ruff", "ruff", [copy("/a/ruff", version="1"), copy("/b/ruff", version="2", note="broken")])

    assert (tool.versions, tool.is_in_conflict) == (("1",), False)


def test_the_others_may_go_but_those_of_the_system_and_of_projects() -> None:
    """Nor does the winner."""
    copies = [
        copy("/a/ruff", "brew", removal="brew uninstall ruff"),
        copy("/b/ruff", "pipx", removal="pipx uninstall ruff"),
        copy("/c/ruff", "apt", removal="sudo apt remove ruff"),
        copy("/p/ruff", "environment", removal="deactivate"),
    ]

    assert advice(fold("ruff", "ruff", copies)) == ("pipx uninstall ruff",)


def test_the_document_says_who_wins_at_a_glance() -> None:
    """All paths, the different versions, and the path that a shell starts, "" when there is none."""
    said = document(fold("Ruff", "ruff", [copy("/a/ruff", version="1"), copy("/b/ruff", version="2")]))
    off = document(fold("Ruff", "ruff", [copy("/a/ruff", place=OFF_PATH)]))

    keys = ("tool", "command", "paths", "versions", "wins")
    assert {key: said[key] for key in keys} == {
        "tool": "Ruff",
        "command": "ruff",
        "paths": ["/a/ruff", "/b/ruff"],
        "versions": ("1", "2"),
        "wins": "/a/ruff",
    }
    assert off["wins"] == ""
