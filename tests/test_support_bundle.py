"""The support bundle: what was planted in vault, environment, config and log is in none of its files."""

from __future__ import annotations

import base64
import json
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from aim_lib.forms import forms
from tests.checkout import with_checkout

VAULT = 'vault-Value "9f!7" <k>'
ENVIRONMENT = "env-value/4711+abc"
SHAPE = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
PASSWORD = "hunter2-of-the-index"
SETTING = "value-of-a-setting-1"
PLANTED = (VAULT, ENVIRONMENT, SHAPE, PASSWORD, SETTING)
USER, MACHINE = "adalovelace", "analytical-engine"
CONFIG = f"""
[tools.pipx]
ruff = {{ version = "*", source = "https://ada:{PASSWORD}@index.example/simple" }}
[secrets]
required = ["OPENAI_API_KEY"]
[secrets.names]
OPENAI_API_KEY = "{SETTING}"
[health]
optional_commands = ["{SHAPE}"]
"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a vault, a log and a project, with something secret in each of them, and its bundle."""
    root = tmp_path_factory.mktemp("support")
    (root / "home" / USER).mkdir(parents=True)
    (root / "project").mkdir()
    (root / "project" / "value.txt").write_text(VAULT)
    aim(root, "secrets", "init", "--identity", "file", "--yes")
    aim(root, "secrets", "set", "X", "--from-file", "value.txt")
    log = root / "home" / USER / ".local/state/aim/log/audit.jsonl"
    encoded = base64.b64encode(VAULT.encode()).decode()
    said = f"{VAULT} {encoded} {ENVIRONMENT} {SHAPE} https://x:{PASSWORD}@h/ on {MACHINE}"
    event: dict[str, object] = {
        "event_type": "error",
        "timestamp": "2026-01-02T12:00:00.000Z",
        "severity": "error",
        "message": said,
    }
    event |= {"details": {"argv": [VAULT, said], SHAPE: said}, "user": USER, "session_id": "s"}
    log.write_text(json.dumps(event) + "\n")
    (root / "project" / "aim.toml").write_text(CONFIG)
    (root / "secret.lock").write_text("not ours")
    (root / "project" / "aim.lock").symlink_to(root / "secret.lock")
    aim(root, "support", "bundle", "-o", "out.zip")
    return root


def aim(root: Path, *words: str) -> str:
    env = {
        "HOME": str(root / "home" / USER),
        "USER": USER,
        "LOGNAME": USER,
        "PATH": f"/nowhere:{root}/home/{USER}/bin",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "MY_API_KEY": ENVIRONMENT,
    }
    done = subprocess.run(
        [sys.executable, "-m", "aim_lib", *words],
        cwd=root / "project",
        env=with_checkout(env),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("value", PLANTED, ids=["vault", "environment", "shape", "password", "setting"])
def test_no_planted_value_is_in_any_member(value: str, stage: Path) -> None:
    """Neither as it is nor encoded, escaped or quoted, in a file, its name or the manifest."""
    ways = {value.encode(), *forms(value, 6)}
    ways |= {way for text in (value[1:], f"x{value}", f"xy{value}") for way in forms(text, 12)}

    found = [name for name, data in members(stage / "project" / "out.zip").items() for way in ways if way in data]

    assert found == []


def test_what_helps_is_there(stage: Path) -> None:
    """Versions, the configuration's keys, the events around what was taken out."""
    held = members(stage / "project" / "out.zip")

    assert list(held) == ["MANIFEST.md", *sorted(set(held) - {"MANIFEST.md"})]
    assert json.loads(held["versions.json"])["system"] == "linux"
    assert json.loads(held["config.json"])["config"]["secrets"]["required"] == ["OPENAI_API_KEY"]
    assert b"MY_API_KEY\n" in held["environment.txt"]
    first = json.loads(held["events.jsonl"].splitlines()[-1])
    assert first["message"].startswith("[redacted]")


def test_nobody_is_named(stage: Path) -> None:
    """Home, user and machine stand as words; what `--names` leaves is another bundle."""
    held = members(stage / "project" / "out.zip")
    aim(stage, "support", "bundle", "-o", "named.zip", "--names")

    assert [name for name, data in held.items() if USER.encode() in data] == []
    assert b"~/bin" in held["path.txt"]
    assert USER.encode() in members(stage / "project" / "named.zip")["path.txt"]


def test_a_link_is_not_followed(stage: Path) -> None:
    """A lock that is a link to somewhere else is left out, and the manifest says so."""
    held = members(stage / "project" / "out.zip")

    assert "aim.lock" not in held
    assert b"`aim.lock`" in held["MANIFEST.md"]
    assert b"is a link, and links are not followed here" in held["MANIFEST.md"]
    assert not [name for name, data in held.items() if b"not ours" in data]


def test_only_its_owner_may_read_it(stage: Path) -> None:
    """0600, from the first byte on."""
    assert stat.S_IMODE((stage / "project" / "out.zip").stat().st_mode) == 0o600
