"""A package of someone else's, built into a wheel and installed beside ours, adds to every open set."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "tests" / "data" / "plugins" / "aim_plugin_example"
UV = (sys.executable, "-m", "uv")
FOREIGN = ("AIM_", "PYTHON", "VIRTUAL_ENV", "PIPX_", "INVOKE_", "XDG_", "NOTES_")
DECLARED = """
[tools.notes]
today = "1.0.0"
plans = ">=1"
[secrets]
required = ["NOTED"]
[health]
required_commands = []
"""

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("plugins")]


@dataclass(frozen=True, slots=True)
class Place:
    """A Python environment with the two wheels in it, a project, and a home."""

    environment: Path
    home: Path
    env: Mapping[str, str]

    def aim(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        program = self.environment / ("Scripts" if os.name == "nt" else "bin") / "aim"
        return run(str(program), *words, cwd=self.home / "project", env={**self.env, **env})

    def pip(self, verb: str, *words: str) -> None:
        done = run(*UV, "pip", verb, "--quiet", "--python", str(self.environment), *words, cwd=self.home)
        assert done.returncode == 0, done.stderr


def run(*argv: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, cwd=cwd, env=env, text=True, encoding="utf-8", capture_output=True, check=False)


def wheel(project: Path, folder: Path) -> str:
    """Build a project's wheel with the hatchling that is here, without the network."""
    done = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=project)
    assert done.returncode == 0, done.stderr
    return str(next(folder.glob("*.whl")))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The wheels in a new environment, which finds the dependencies of ours where this Python has them."""
    root = tmp_path_factory.mktemp("plugins")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}  # noqa: TID251
    (root / "home" / "project").mkdir(parents=True)
    (root / "home" / "project" / "aim.toml").write_text(DECLARED, encoding="utf-8")
    home = str(root / "home")
    made = Place(root / "venv", root / "home", {**kept, "HOME": home, "USERPROFILE": home, "NO_COLOR": "1"})
    done = run(*UV, "venv", "--quiet", "--python", sys.executable, str(made.environment), cwd=root)
    assert done.returncode == 0, done.stderr
    made.pip("install", "--no-deps", "--offline", wheel(ROOT, root / "ours"), wheel(EXAMPLE, root / "theirs"))
    site = next(made.environment.glob("[Ll]ib/**/site-packages"))
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return made


def test_a_plugin_adds_to_every_open_set(place: Place) -> None:
    """Planned, installed, checked, drifted and mended, as if it had always been there; and gone with its package."""
    notes = place.home / "notes"

    planned = json.loads(place.aim("plan", "--json").stdout)
    assert [(each["id"], each["reason"]) for each in planned["changes"]] == [
        ("notes:plans", "missing"),
        ("notes:today", "missing"),
    ]

    installed = place.aim("install")
    assert installed.returncode == 0, installed.stderr
    assert (notes / "today.note").read_text() == "# today 1.0.0\n"
    assert place.aim("plan", "--check").returncode == 0

    (notes / "today.note").write_text("# today 0.9\n")
    checked = json.loads(place.aim("version", "check", "--json").stdout)
    assert [(each["tool"], each["status"]) for each in checked["tools"]] == [("plans", "ok"), ("today", "drift")]
    assert place.aim("sync-versions").returncode == 0

    (notes / ".secrets").write_text("NOTED=do-not-show-me\n")
    secrets = place.aim("secrets", "status")
    assert (secrets.returncode, "in the notes" in secrets.stdout) == (0, True), secrets.stdout
    assert "do-not-show-me" not in secrets.stdout + secrets.stderr

    health = json.loads(place.aim("health", "--json").stdout)
    found = {check["name"]: check for check in health["checks"]}
    assert (found["notes_folder"]["status"], found["notes_folder"]["details"]["count"]) == ("pass", 2)
    assert "aim-plugin-example 1.2.0: aim.vaults notes_secrets" in found["plugins"]["message"]
    assert [check["name"] for check in health["checks"] if check["status"] == "fail"] == []

    status = place.aim("status", "--format", "count")
    assert status.stdout.startswith("status: exit 0 ok="), status.stdout + status.stderr

    unused = place.aim("plan", AIM_PLUGINS="0")
    assert (unused.returncode, "unknown package manager" in unused.stderr) == (2, True), unused.stderr

    place.pip("uninstall", "aim-plugin-example")
    removed = place.aim("plan")
    assert (removed.returncode, "unknown package manager" in removed.stderr) == (2, True), removed.stderr
    assert (notes / "today.note").is_file()


def test_a_plugin_that_is_broken_is_told(place: Place) -> None:
    """What needs it ends with exit 2 and its name; health and validate work and say it; switched off all is well."""
    site = next(place.environment.glob("[Ll]ib/**/site-packages"))
    (site / "broken-0.1.dist-info").mkdir()
    (site / "broken-0.1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 0.1\n")
    entry_points = "[aim.resources]\nruins = broken_ruins\n[aim.checks]\ndrift = broken_drift\n"
    (site / "broken-0.1.dist-info" / "entry_points.txt").write_text(entry_points)
    (site / "broken_ruins.py").write_text("IS_TOOL = True\n")
    (place.home / "project" / "aim.toml").write_text("[tools]\n", encoding="utf-8")

    planned, validated = place.aim("plan"), place.aim("config", "validate")
    health, status = place.aim("health", "--json"), place.aim("status")
    off, listed = place.aim("plan", AIM_PLUGINS="0"), place.aim("--list")

    ruins = "broken 0.1: aim.resources ruins = broken_ruins: it has no ECOSYSTEM that is one of"
    drift = "broken 0.1: aim.checks drift = broken_drift: drift is the name of one of AIM's own"
    assert (planned.returncode, ruins in planned.stderr) == (2, True), planned.stderr
    assert (validated.returncode, ruins in validated.stderr, drift in validated.stderr) == (2, True, True)
    found = {check["name"]: check for check in json.loads(health.stdout)["checks"]}
    assert (health.returncode, found["plugins"]["status"]) == (1, "fail")
    assert ruins in found["plugins"]["message"]
    assert drift in found["plugins"]["message"]
    assert (status.returncode, ruins in " ".join(status.stdout.split())) == (0, True), status.stdout + status.stderr
    assert (off.returncode, listed.returncode) == (0, 0), off.stderr + listed.stderr
