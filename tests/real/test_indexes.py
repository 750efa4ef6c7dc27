"""Real answers of PyPI and npm: fetched by pip and npm with this machine's own configuration, then read by ours.

The registries are asked by their own clients only; what these were answered is served to our members on loopback, and
must lead to what the clients themselves make of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import venv
from base64 import b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from aim_lib import lookup
from aim_lib.config import default_folder
from aim_lib.indexes import Need
from aim_lib.model import Wanted
from aim_lib.resolution import Ask
from aim_lib.suggestions import read

from ..fakes import fixed_clock, host
from ..webserver import Page, Server, serving
from .world import network_settings

pytestmark = [pytest.mark.real, pytest.mark.skipif(os.name == "nt", reason="the clients' folders are those of Linux")]

# pip itself, noting the body of each page of its index
RECORDING_PIP = """
import sys
from pip._vendor.requests import Session
ask = Session.request
def noted(self, method, url, **more):
    answer = ask(self, method, url, **more)
    if "json" in answer.headers.get("content-type", ""):
        open(sys.argv[1], "wb").write(answer.content)
    return answer
Session.request = noted
from pip._internal.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def run(env: Mapping[str, str], *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, env=dict(env), capture_output=True, text=True, check=False, timeout=120)


def environment(home: Path) -> dict[str, str]:
    """This machine's network and the files of its user's clients; a cache of the test's own."""
    files = {"HOME": str(Path.home()), "PATH": os.environ["PATH"]}  # noqa: TID251 - the test's own environment
    own = {"npm_config_cache": str(home / "npm"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return {**network_settings(), **files, **own}


def cached_packuments(cache: Path) -> dict[str, bytes]:
    """What registries answered npm, by the last part of the address (`@scope%2fname`)."""
    found = {}
    for index in (cache / "_cacache" / "index-v5").rglob("*"):
        for line in index.read_text(encoding="utf-8").splitlines() if index.is_file() else ():
            entry: dict[str, Any] = json.loads(line.partition("\t")[2] or "{}")
            algorithm, _, digest = str(entry.get("integrity") or "").partition("-")
            if algorithm:
                name = b64decode(digest).hex()
                content = cache / "_cacache" / "content-v2" / algorithm / name[:2] / name[2:4] / name[4:]
                found[str(entry["key"]).rpartition("/")[2].lower()] = content.read_bytes()
    return found


def ask(kind: str, name: str) -> Ask:
    return Ask(id=f"{kind}:{name}", kind=kind, name=name, ecosystem="npm" if kind == "npm" else "pypi")


@pytest.mark.parametrize("name", ["prettier", "@google/gemini-cli"])
def test_npm_and_we_read_the_same(name: str, server: Server, tmp_path: Path) -> None:
    """The latest version, and every version there is."""
    env = environment(tmp_path)
    said = json.loads(run(env, "npm", "view", name, "version", "versions", "--json").stdout)
    path = name.replace("/", "%2F")
    server.put(f"/{path}", Page(cached_packuments(tmp_path / "npm")[path.lower()]))
    on = host("linux", tmp_path / "home", {"npm_config_registry": server.url, "npm_config_globalconfig": "/dev/null"})

    with lookup.open_desk(on, fixed_clock) as desk:
        package = desk.look_up(ask("npm", name), Need.DATES)

    assert package.latest == said["version"]
    assert {one.version for one in package.releases} == set(said["versions"])


def test_pip_and_we_read_the_same(server: Server, tmp_path: Path) -> None:
    """The newest version of ruff, and every final one for this Python."""
    venv.create(tmp_path / "venv", with_pip=True)
    python, page = str(tmp_path / "venv" / "bin" / "python"), tmp_path / "page"
    done = run(environment(tmp_path), python, "-c", RECORDING_PIP, str(page), "index", "versions", "ruff")
    server.put("/simple/ruff/", Page(page.read_bytes(), headers={"Content-Type": "application/json"}))
    settings = {"PIP_INDEX_URL": f"{server.url}/simple", "PIP_CONFIG_FILE": "/dev/null"}
    on = host("linux", tmp_path / "home", settings)

    with lookup.open_desk(on, fixed_clock) as desk:
        package = desk.look_up(ask("pipx", "ruff"), Need.LATEST)

    assert f"ruff ({package.latest})" in done.stdout, done.stderr
    listed = done.stdout.partition("Available versions: ")[2].partition("\n")[0].split(", ")
    assert set(listed) <= {one.version for one in package.releases}


def test_names_that_nobody_has(server: Server, tmp_path: Path) -> None:
    """npm has neither; both are told at once, each with the right name."""
    env = environment(tmp_path)
    fakes = ("@google/generative-ai-cli", "github-copilot-cli")
    for name in fakes:
        assert "E404" in run(env, "npm", "view", name, "version").stderr
    on = host("linux", tmp_path / "home", {"npm_config_registry": server.url, "npm_config_globalconfig": "/dev/null"})
    wanted = [Wanted(kind="npm", name=name) for name in fakes]

    with lookup.open_desk(on, fixed_clock) as desk:
        names = lookup.check_names(wanted, {"npm": "npm"}, desk, read(default_folder()), fixed_clock())

    assert [record.facts["suggestions"][0] for record in names.unknown] == ["@google/gemini-cli", "@github/copilot"]
