"""What is wired together: whose undeclared things are listed, and who is asked for root's rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from aim_lib import app as wiring
from aim_lib.app import App
from aim_lib.inventory import Inventory
from aim_lib.model import Present, Wanted

from .fakes import ScriptedRunner, host, stub

NOTHING = Inventory({}, {})


def built(home: Path, exit_code: int = 0, more: Mapping[str, object] | None = None) -> tuple[App, ScriptedRunner]:
    """An app on a machine with sudo, whose every answer has this exit code; `more` are fields of its host."""
    stub(home / "programs", "sudo")
    runner = ScriptedRunner(answer=lambda _: (exit_code, "", ""))
    fields: dict[str, object] = {"env": {"PATH": str(home / "programs")}, **(more or {})}
    return replace(wiring.build(host("linux", home, **fields)), runner=runner), runner  # type: ignore[arg-type]


def inventory(*found: Present) -> Inventory:
    return Inventory({item.id: item for item in found}, {})


def test_what_is_the_whole_machines_is_no_news() -> None:
    """A distribution's thousand packages are not "undeclared"; those that we installed are."""
    bash, jq = Present(kind="apt", name="bash"), Present(kind="apt", name="jq")
    ruff = Present(kind="pipx", name="ruff")

    left = wiring.undeclared(inventory(bash, jq, ruff), [], {"apt:jq"})

    assert [item.id for item in left] == ["apt:jq", "pipx:ruff"]


def test_a_dependency_is_nobodys_wish() -> None:
    """What brew brought for something else is no surprise."""
    openssl = Present(kind="brew", name="openssl@3", traits=("dependency",))

    assert wiring.undeclared(inventory(openssl), [], set()) == ()


def test_what_is_the_whole_machines_is_asked_only_where_somebody_asks(tmp_path: Path) -> None:
    """A distribution's list is long: it is read for what is declared, ours or named."""
    database = tmp_path / "var/lib/dpkg"
    (database / "info").mkdir(parents=True)
    stanza = "Package: jq\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.7\n\n"
    (database / "status").write_text(stanza)
    app, _ = built(tmp_path)

    assert "apt:jq" not in app.take_inventory().present
    assert "apt:jq" in app.take_inventory(names=["apt:jq"]).present
    assert [each.tool for each in app.standings(is_all=True) if each.manager == "apt"] == ["jq"]


def test_what_is_declared_is_not_undeclared() -> None:
    """Also when we installed it."""
    jq = Present(kind="apt", name="jq")

    assert wiring.undeclared(inventory(jq), [Wanted(kind="apt", name="jq")], {"apt:jq"}) == ()


def test_sudo_that_does_not_ask_may_be_used(tmp_path: Path) -> None:
    """It is asked without a terminal, so that it answers or fails at once."""
    app, runner = built(tmp_path)

    assert app.with_sudo(NOTHING) is not None
    assert runner.asked == [("sudo", "-n", "true")]


def test_sudo_that_asks_is_not_used(tmp_path: Path) -> None:
    """A password is nothing that a program should type."""
    app, _ = built(tmp_path, exit_code=1)

    assert app.with_sudo(NOTHING) is None


@pytest.mark.parametrize("more", [{"is_root": True}, {"env": {"PATH": "/nowhere"}}])
def test_sudo_is_not_asked_in_vain(more: Mapping[str, object], tmp_path: Path) -> None:
    """Root needs none, and where there is none nobody can be asked."""
    app, runner = built(tmp_path, more=more)

    assert app.with_sudo(NOTHING) is None
    assert runner.asked == []


def test_what_is_declared_or_ours_is_looked_at_closely(tmp_path: Path) -> None:
    """Resources know what somebody asks for."""
    (tmp_path / "aim.toml").write_text('[tools.apt]\njq = "*"\n', encoding="utf-8")
    app, _ = built(tmp_path)
    app.journal.own(["pipx:ruff"], [])

    assert app.options.names == frozenset({"apt:jq", "pipx:ruff"})
