"""Tools as entries: what is declared for every system, and what is installed as somebody asked for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib.config import load_config
from aim_lib.entries import declared, environment_python, installed
from aim_lib.manifests import Entry
from aim_lib.model import Present
from tests.fakes import host


def one(item: Present) -> Entry:
    (found,) = installed([item], "3.11").tools
    return found


@pytest.mark.parametrize(
    ("kind", "recorded", "version", "request_"),
    [
        ("pipx", "ruff==0.14.1", "0.14.1", "0.14.1"),
        ("pipx", "ruff", "0.14.1", "0.14.1"),
        ("pipx", "ruff<26,>=0.14", "0.14.1", ">=0.14,<26"),
        ("pipx", "ruff[x]>=0.14", "0.14.1", ">=0.14"),
        ("pipx", "ruff==0.14.1", "0.17.6", "0.17.6"),
        ("pipx", "no requirement at all", "0.17.6", "0.17.6"),
        ("uv", ">=25,<26", "25.9.0", ">=25,<26"),
        ("uv", "", "25.9.0", "25.9.0"),
        ("pnpm", "^3.6", "3.6.2", "^3.6"),
        ("pnpm", "latest", "3.6.2", "3.6.2"),
        ("cargo", "=1.2.3", "1.2.3", "1.2.3"),
        ("npm", "", "3.6.2", "3.6.2"),
    ],
)
def test_the_request_that_was_made_is_kept(kind: str, recorded: str, version: str, request_: str) -> None:
    """While what is there fulfils it: else, and where none was made, the version that is there."""
    assert one(Present(kind=kind, name="ruff", version=version, recorded=recorded)).request == request_


def test_a_pinned_tool_is_declared_exactly() -> None:
    """Whatever it was asked for once, it is to stay there."""
    assert one(Present(kind="pipx", name="x", version="1.5", recorded="x>=1", traits=("pinned",))).request == "1.5"


def test_packages_beside_it_are_declared() -> None:
    """As `with`."""
    assert one(Present(kind="pipx", name="x", version="1", extras=("a", "b"))).extras == ("a", "b")


def test_another_python_than_the_usual_is_declared(tmp_path: Path) -> None:
    """As pip's and as uv's environments tell it."""
    (tmp_path / "pyvenv.cfg").write_text("home = /usr\nversion_info = 3.12.1\n", encoding="utf-8")
    item = Present(kind="uv", name="x", version="1", where=str(tmp_path))

    assert [installed([item], usual).tools[0].python for usual in ("3.11", "3.12")] == ["3.12", ""]
    assert environment_python(tmp_path / "nowhere") == ""


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (Present(kind="pipx", name="x", version="1", flaw="its command is gone"), "it is broken: its command is gone"),
        (Present(kind="pipx", name="x"), "its version is not known"),
        (Present(kind="npm", name="x", version="1", traits=("dependency",)), "it came with another tool"),
        (Present(kind="pnpm", name="x", version="1", recorded="link:/x"), "it is a link to a folder"),
        (Present(kind="cargo", name="x", version="1", recorded="registry+https://a"), "a registry of its own"),
        (Present(kind="cargo", name="x", version="1", recorded="git+https://a/x#0"), "built from a repository"),
        (Present(kind="pipx", name="x", version="1", recorded="https://a:secret@b/x"), "holds credentials"),
        (Present(kind="npm", name="Not A Name", version="1"), "cannot be the name"),
    ],
)
def test_what_cannot_be_declared_is_said(item: Present, why: str) -> None:
    """With the reason, and no secret in it."""
    found = installed([item], "3.11")

    assert found.tools == ()
    assert why in str(found.left_out[0])
    assert "secret" not in str(found.left_out)


def test_what_is_no_tool_is_not_spoken_of() -> None:
    """The Node.js that we provide."""
    assert installed([Present(kind="node", name="node", version="24.0.0")], "3.11").left_out == ()


def test_an_address_is_declared_as_the_source() -> None:
    """What it was installed from is what brings it back."""
    found = one(Present(kind="pipx", name="x", version="1", recorded="git+https://example.org/x.git"))

    assert (found.source, found.request) == ("git+https://example.org/x.git", "*")


def test_what_is_declared_is_told_for_every_system(tmp_path: Path) -> None:
    """With its platforms, and the exact version where the lock knows one."""
    (tmp_path / "aim.toml").write_text(
        '[tools.pipx]\nruff = ">=0.14"\nblack = { version = "25.9.0", platforms = ["windows"], optional = true }\n',
        encoding="utf-8",
    )

    found = declared(load_config(host(home=tmp_path)), {"pipx:ruff": "0.14.1"})

    assert found == (
        Entry(kind="pipx", name="black", request="25.9.0", platforms=("windows",), optional=True),
        Entry(kind="pipx", name="ruff", request=">=0.14", version="0.14.1"),
    )


def test_the_built_in_list_is_nobodys_declaration(tmp_path: Path) -> None:
    """It serves while there is no other, and stands in the way of none."""
    assert declared(load_config(host(home=tmp_path)), {}, with_default=False) == ()
