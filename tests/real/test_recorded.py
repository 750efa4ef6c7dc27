"""Recordings against the originals: what installers write today, what a killed npm leaves, a real Secret Service."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from aim_lib.host import Host
from aim_lib.model import Delete, Move, Run, Step, Wanted
from aim_lib.proc import Runner
from aim_lib.resources import Options, npm

from ..fakes import host
from .world import network_settings, wait_until

DATA = Path(__file__).parents[1] / "data" / "resources"
REPOSITORY = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent

pytestmark = [pytest.mark.real, pytest.mark.skipif(os.name == "nt", reason="the recordings are of Linux")]


@pytest.fixture
def environment(tmp_path: Path, downloads: dict[str, str]) -> dict[str, str]:
    """An empty home, this machine's programs, the shared caches."""
    path = f"{PROGRAMS}:{os.environ['PATH']}"  # noqa: TID251 - the test's own environment
    quiet = {"UV_NO_PROGRESS": "1", "NPM_CONFIG_UPDATE_NOTIFIER": "false"}
    return {**network_settings(), **downloads, **quiet, "HOME": str(tmp_path), "PATH": path}


@pytest.fixture
def with_npm(environment: dict[str, str], tmp_path: Path) -> Host:
    """A machine with a real npm, and its home."""
    on = host("linux", tmp_path, environment)
    if on.which("npm") is None or on.which("node") is None:
        pytest.skip("no npm on this machine")
    return on


def run(env: dict[str, str], *argv: str) -> None:
    subprocess.run(argv, env=env, check=True, capture_output=True)


def perform(steps: tuple[Step, ...], on: Host) -> None:
    """Do the steps of a resource as the program does them."""
    for step in steps:
        match step:
            case Run(argv=argv, env=env):
                done = Runner().run(argv, env={**on.env, **dict(env)}, timeout_s=300)
                assert done.is_ok, done.last_words()
            case Move(source=source, path=path):
                Path(source).replace(path)
            case Delete(path=path):
                place = Path(path)
                shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink(missing_ok=True)


# --- what installers write --------------------------------------------------------------------------------------


def install_with_pipx(env: dict[str, str]) -> None:
    run(env, sys.executable, "-m", "pipx", "install", "pycowsay")


def install_with_uv(env: dict[str, str]) -> None:
    run(env, str(PROGRAMS / "uv"), "tool", "install", "pycowsay")


def install_with_npm(env: dict[str, str]) -> None:
    if shutil.which("npm", path=env["PATH"]) is None:
        pytest.skip("no npm on this machine")
    run(env, "npm", "install", "--global", "--prefix", f"{env['HOME']}/aim/data/npm", "cowsay@1.6.0")


@pytest.mark.parametrize(
    ("kind", "name", "install"),
    [
        ("pipx", "pycowsay", install_with_pipx),
        ("uv", "pycowsay", install_with_uv),
        ("npm", "cowsay", install_with_npm),
    ],
)
def test_the_recording_is_what_the_installer_writes(
    kind: str, name: str, install: Callable[[dict[str, str]], None], environment: dict[str, str]
) -> None:
    """The same command today leaves the same receipts, links and folders as when they were recorded."""
    install(environment)

    command = [sys.executable, str(DATA / "record.py"), environment["HOME"]]
    today = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout

    assert about(name, today) == about(name, (DATA / kind / "tree.json").read_text(encoding="utf-8"))


def about(name: str, tree: str) -> dict[str, Any]:
    """What a tree has of one thing, without the versions and places of Python and uv, which vary by machine."""
    text = re.sub(r'"[^"]*/bin/python[\d.]*"', '"{PYTHON}"', tree)
    text = re.sub(r"home = [^\\]*|uv = [^\\]*|version_info = [^\\]*", "-", text)
    text = re.sub(r"[pP]ython ?3[\d.]*\d", "python", text)
    entries: dict[str, Any] = json.loads(text)
    return {path: what for path, what in entries.items() if re.search(rf"/{name}(/|$)", path)}


# --- a killed npm -----------------------------------------------------------------------------------------------


def test_a_killed_npm_is_recognised_and_mended(with_npm: Host) -> None:
    """A real npm, killed when it had moved the package aside: it is seen, and the steps bring the package back."""
    resource = npm.open(with_npm, Options())
    wanted = Wanted(kind="npm", name="eslint", version="9.39.0", layout="global")
    perform(resource.change(wanted, None, "9.38.0").do, with_npm)
    aside = npm.retired_folder(resource.prefix / "lib" / "node_modules" / "eslint")

    _kill_when(aside.exists, resource.change(wanted, resource.find()[0], "9.39.0").do, with_npm)

    (found,) = resource.find()
    assert found.flaw == "an earlier change of it was interrupted" or not found.version
    assert str(aside) in found.leftovers
    perform(resource.change(wanted, found, "9.39.0").do, with_npm)
    (healed,) = resource.find()
    assert (healed.version, healed.flaw, healed.leftovers) == ("9.39.0", "", ())


def _kill_when(ready: Callable[[], bool], steps: tuple[Step, ...], on: Host) -> None:
    """Start the one program of `steps` and kill it, with its children, as soon as `ready`."""
    (step,) = steps
    assert isinstance(step, Run)
    with subprocess.Popen(step.argv, env={**on.env, **dict(step.env)}, stderr=subprocess.DEVNULL) as process:
        wait_until(ready)
        tree = psutil.Process(process.pid)
        for member in (*tree.children(recursive=True), tree):
            member.kill()


# --- a Secret Service -------------------------------------------------------------------------------------------

SESSION = """
set -eu
printf %s ci-only | gnome-keyring-daemon --unlock --components=secrets >/dev/null
exec "$0" "$1"
"""
ASK = """
import json, os, sys
from aim_lib.errors import Unavailable
from aim_lib.proc import Runner
from aim_lib.vaults import os_keyring
from tests.fakes import host
vault = os_keyring.open(host(env=dict(os.environ), python=sys.executable), Runner())
value = "päss wörd\\n" + "x" * 100_000
vault.store("OPENAI_API_KEY", value)
import keyring
print(json.dumps({
    "held": sorted(vault.has({"OPENAI_API_KEY", "ABSENT"})),
    "is_whole": keyring.get_password(os_keyring.SERVICE, "OPENAI_API_KEY") == value,
    "backend": type(keyring.get_keyring()).__module__,
}))
"""


@pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="gnome-keyring-daemon and dbus-run-session are not on this machine",
)
def test_a_real_secret_service_keeps_a_secret(tmp_path: Path) -> None:
    """GNOME's keyring, unlocked in a session bus of its own, keeps a long value with every kind of character."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    script = tmp_path / "ask.py"
    script.write_text(ASK, encoding="utf-8")
    env = {
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(runtime),
        "PATH": os.environ["PATH"],  # noqa: TID251 - the test's own environment
        "PYTHONPATH": str(REPOSITORY),
    }

    command = ["dbus-run-session", "--", "sh", "-c", SESSION, sys.executable, str(script)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "held": ["OPENAI_API_KEY"],
        "is_whole": True,
        "backend": "keyring.backends.SecretService",
    }
