"""The wheel in a clean environment, with the sources out of reach."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = ("AIM_", "PYTHON", "VIRTUAL_ENV", "PIPX_", "INVOKE_", "XDG_")
IMPORT_ALL_TASKS = """
import importlib, pkgutil
import aim_lib.builtin_tasks as tasks
for module in pkgutil.iter_modules(tasks.__path__):
    importlib.import_module(f"{tasks.__name__}.{module.name}")
    print(module.name, tasks.__file__)
"""

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("wheel")]


@dataclass(frozen=True, slots=True)
class Installed:
    """The wheel in an environment of its own, started in an empty folder with an empty home."""

    environment: Path
    folder: Path
    env: Mapping[str, str]

    def run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.program(program)), *words]
        return subprocess.run(command, cwd=self.folder, env=self.env, text=True, capture_output=True, check=False)

    def program(self, name: str) -> Path:
        return self.environment / ("Scripts" if os.name == "nt" else "bin") / name


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment holding the wheel and its dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    uv = [sys.executable, "-m", "uv"]
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    wheel = str(next(folder.glob("*.whl")))
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder / "venv")], check=True)
    subprocess.run([*uv, "pip", "install", "--quiet", "--python", str(folder / "venv"), wheel], check=True)
    return folder / "venv"


@pytest.fixture
def installed(environment: Path, tmp_path: Path) -> Installed:
    """The program as a new user has it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}  # noqa: TID251
    (tmp_path / "home").mkdir()
    (tmp_path / "project").mkdir()
    home = str(tmp_path / "home")
    return Installed(environment, tmp_path / "project", {**kept, "HOME": home, "USERPROFILE": home})


def test_every_package_has_what_it_needs(installed: Installed) -> None:
    """The dependencies of the wheel are complete and fit together."""
    uv = [sys.executable, "-m", "uv", "pip", "check", "--python", str(installed.environment)]
    done = subprocess.run(uv, text=True, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("way", [("aim",), ("python", "-m", "aim_lib")])
def test_the_commands_are_listed(installed: Installed, way: tuple[str, ...]) -> None:
    """`aim` and `python -m aim_lib` show the commands, without those for work on AIM itself."""
    done = installed.run(*way, "--list")

    assert (done.returncode, done.stderr) == (0, "")
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ") and line[2] != " "}
    assert {"bootstrap", "install", "plan", "verify", "secrets", "health"} <= listed
    assert not [name for name in listed if name.startswith("dev")]


def test_every_task_module_loads_without_the_sources(installed: Installed) -> None:
    """No task module reaches for a file of the repository when it is imported."""
    done = installed.run("python", "-c", IMPORT_ALL_TASKS)

    assert done.returncode == 0, done.stderr
    loaded = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert set(loaded) == {path.stem for path in (ROOT / "tasks").glob("*.py")}
    assert all(Path(file).is_relative_to(installed.environment) for file in loaded.values())


def test_a_plan_is_made_from_the_built_in_configuration(installed: Installed) -> None:
    """Where nothing is declared, the list that comes with the wheel is planned; nothing is written but who looked."""
    done = installed.run("aim", "plan", "--json")

    document = json.loads(done.stdout)
    assert (done.returncode, document["command"]) == (0, "plan")
    assert "pipx:ruff" in {change["id"] for change in document["changes"]}
    files = [path for path in Path(installed.env["HOME"]).rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} == {"log"}


def test_a_project_of_ones_own_has_our_tasks_and_its_own(installed: Installed) -> None:
    """What `aim init` writes works at once: our commands and the project's, with invoke and with aim."""
    begun = installed.run("aim", "init")
    hello = [installed.run(program, "hello") for program in ("invoke", "aim")]
    plan = installed.run("invoke", "plan")

    assert begun.returncode == 0, begun.stderr
    assert [(done.returncode, done.stdout[:10]) for done in hello] == [(0, "hello from")] * 2
    assert plan.returncode == 0, plan.stderr
    assert "pipx:ruff" in plan.stdout
