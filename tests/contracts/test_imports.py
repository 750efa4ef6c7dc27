"""The import contracts of pyproject.toml: they hold, and each of them catches what it is there for."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from .imports import ROOT, lay_out, lint, settings

LAYERS = "Layers: imports go downwards only"
ENGINE = "Layers: the engine is usable without the rest"
ONE_DOOR = "One door to the process table"
ONE_ASKER = "One door to the web"
INVOKE = "Invoke stays at the edge"
PURE = "Deciders are pure"
VALUES = "Members of open folders get values, never the settings or the log"
ENGINE_MAY_USE = {
    "engine",
    "errors",
    "model",
    "host",
    "redact",
    "forms",
    "proc",
    "processes",
    "signals",
    "pipes",
    "programs",
    "files",
    "reports",
}

VIOLATIONS = [
    pytest.param(LAYERS, "catalog.py", "from . import config", id="layers-upwards"),
    pytest.param(LAYERS, "apply.py", "from . import health", id="layers-sideways"),
    pytest.param(LAYERS, "kinds.py", "def late():\n    from . import app", id="layers-inside-a-function"),
    pytest.param(LAYERS, "app.py", "from .engine import task", id="layers-engine-below-app"),
    pytest.param(LAYERS, "unplaced.py", "", id="layers-a-module-nobody-placed"),
    pytest.param(LAYERS, "migrate.py", "from . import config", id="layers-a-room-in-brackets"),
    pytest.param(ENGINE, "engine/run.py", "from ..config import load_config", id="engine"),
    pytest.param("Siblings are strangers: resources", "resources/uv.py", "from . import pipx", id="resources"),
    pytest.param("Siblings are strangers: cures", "cures/links.py", "from . import modes", id="cures"),
    pytest.param("Siblings are strangers: ecosystems", "ecosystems/npm.py", "from . import pypi", id="ecosystems"),
    pytest.param("Siblings are strangers: vaults", "vaults/environ.py", "from . import os_keyring", id="vaults"),
    pytest.param("Siblings are strangers: adapters", "adapters/codex.py", "from . import claude", id="adapters"),
    pytest.param("Siblings are strangers: checks", "checks/drift.py", "from . import paths", id="checks"),
    pytest.param("Siblings are strangers: reports", "reports/json_doc.py", "from . import terminal", id="reports"),
    pytest.param("Siblings are strangers: manifests", "manifests/npm_ls.py", "from . import pipx_json", id="manifests"),
    pytest.param("Siblings are strangers: platforms", "platforms/linux.py", "from . import macos", id="platforms"),
    pytest.param("Siblings are strangers: tasks", "builtin_tasks/health.py", "from .install import plan", id="tasks"),
    pytest.param(
        "Siblings are strangers: tasks", "builtin_tasks/_app.py", "from . import secrets", id="tasks-by-their-plumbing"
    ),
    pytest.param(ONE_DOOR, "apply.py", "import subprocess", id="one-door"),
    pytest.param(ONE_DOOR, "builtin_tasks/dev.py", "def late():\n    import subprocess", id="one-door-in-a-task"),
    pytest.param("Siblings are strangers: indexes", "indexes/npm.py", "from . import pypi", id="indexes"),
    pytest.param(ONE_ASKER, "indexes/npm.py", "import http.client", id="one-asker"),
    pytest.param(INVOKE, "health.py", "from invoke.exceptions import Exit", id="invoke"),
    pytest.param(PURE, "plan.py", "from pathlib import Path", id="pure"),
    pytest.param(PURE, "plan.py", "from . import host", id="pure-by-a-neighbour"),
    pytest.param(PURE, "drift.py", "from .files import write_text", id="pure-files"),
    pytest.param(VALUES, "resources/npm.py", "from ..config import load_config", id="values-settings"),
    pytest.param(PURE, "resolution.py", "from .host import Host", id="pure-resolution"),
    pytest.param(VALUES, "indexes/pypi.py", "from ..config import load_config", id="values-indexes"),
    pytest.param(VALUES, "checks/paths.py", "from ..reports import Look", id="values-reports"),
]


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """The sources laid out as in the wheel."""
    return lay_out(tmp_path)


def plant(wheel: Path, file: str, line: str) -> None:
    with (wheel / "aim_lib" / file).open("a", encoding="utf-8") as source:
        source.write(f"\n\n{line}\n")


def broken(report: str) -> set[str]:
    """Names of the contracts a report calls broken."""
    return set(re.findall(r"^(.+?) BROKEN", report, re.MULTILINE))


def contracts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = settings()["importlinter"]["contracts"]
    return found


def placed() -> set[str]:
    """Every module that the layers name, those not built yet aside."""
    layers = next(contract["layers"] for contract in contracts() if contract["type"] == "layers")
    return {name.strip() for layer in layers for name in layer.split("|") if "(" not in name}


def test_contracts_hold(wheel: Path) -> None:
    """Nobody imports what the house rules forbid."""
    done = lint(wheel)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS)
def test_a_violation_is_caught(wheel: Path, contract: str, file: str, line: str) -> None:
    """One forbidden import breaks the contract that forbids it, and no other."""
    plant(wheel, file, line)

    done = lint(wheel)

    assert (done.returncode, broken(done.stdout)) == (1, {contract}), done.stdout + done.stderr


def test_every_contract_has_a_violation() -> None:
    """A contract that nothing was seen to break could be one that checks nothing."""
    tried = {str(violation.values[0]) for violation in VIOLATIONS}

    assert tried == {contract["name"] for contract in contracts()}


def test_an_import_for_types_alone_is_free(wheel: Path) -> None:
    """What only the type checker reads is no dependency."""
    only_typed = """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from pathlib import Path
            from .app import App
    """
    plant(wheel, "versions.py", textwrap.dedent(only_typed))

    assert lint(wheel).returncode == 0


def test_every_open_folder_has_its_siblings_contract() -> None:
    """A new folder of strangers cannot be forgotten: all packages but the engine are such folders."""
    folders = {file.parent.name for file in (ROOT / "aim_lib").glob("*/__init__.py")} - {"engine", "builtin_tasks"}
    guarded = {name.split(".")[1] for one in contracts() if one["type"] == "independence" for name in one["modules"]}

    assert guarded == {*folders, "builtin_tasks"}


def test_the_engine_may_use_nothing_but_its_list() -> None:
    """The engine's contract forbids every module that is placed, save the few it is made of."""
    engine = next(contract for contract in contracts() if contract["name"] == ENGINE)

    assert {name.removeprefix("aim_lib.") for name in engine["forbidden_modules"]} == placed() - ENGINE_MAY_USE
