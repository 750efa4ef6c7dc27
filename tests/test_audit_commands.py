"""Every command that changes or reads a secret or the machine leaves an event."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from aim_lib import app as wiring
from aim_lib.audit_query import Question, ask
from tests.checkout import with_checkout
from tests.fakes import host

sys.path.insert(0, str(Path(__file__).parents[1]))

from tasks._recording import ANNOUNCED, LOOKED, SILENT, recorded

LINES = {
    "adopt": ("list.txt", "--from", "requirements"),
    "init": (),
    "run": ("NAME", "--", "true"),
    "tools.uninstall": ("nothing",),
    "tools.update": ("nothing",),
    "unpin": ("nothing",),
    "export": ("--to", "mise"),
    "secrets.export": ("--only", "NAME"),
    "secrets.import": ("values.env",),
    "secrets.backup": ("backup.age",),
    "secrets.restore": ("backup.age",),
    "secrets.run": ("--", "true"),
    "secrets.scan": ("list.txt",),
    "secrets.set": ("NAME", "--from-file", "list.txt"),
    "secrets.rotate": ("NAME", "--from-file", "list.txt"),
    "secrets.get": ("NAME",),
    "secrets.delete": ("NAME", "--yes"),
    "secrets.rename": ("NAME", "OTHER"),
    "audit.export": ("events.json",),
    "audit.import-legacy": ("old",),
    "ai.route": ("code_generation",),
    "ai.run": ("code_generation",),
    "cache.watch": ("--once",),
    "alerts.watch": ("--once",),
}


def test_each_command_says_what_it_leaves(tmp_path: Path) -> None:
    """A new command is complete when somebody has decided; those of this repository alone are apart."""
    argv = [sys.executable, "-m", "aim_lib", "tasks", "list", "--json"]
    env = with_checkout({"HOME": str(tmp_path), "PATH": "/nowhere"})
    said = subprocess.run(argv, cwd=tmp_path, env=env, check=True, capture_output=True, timeout=120).stdout
    known = {task["name"] for task in json.loads(said)["tasks"] if not task["name"].startswith("dev.")}

    assert known == ANNOUNCED | LOOKED | SILENT
    assert len(ANNOUNCED) + len(LOOKED) + len(SILENT) == len(known)


def run(name: str, folder: Path, *more: str) -> list[dict[str, object]]:
    """Run a command in a project with nothing to do; the events it left."""
    project, home = folder / "project", folder / "home"
    (project / "old").mkdir(parents=True)
    home.mkdir()
    (project / "aim.toml").write_text("[tools]\n[health]\noptional_commands = []\n", encoding="utf-8")
    for file in ("list.txt", "values.env"):
        (project / file).write_text("NAME=value-of-name\n", encoding="utf-8")
    env = {"HOME": str(home), "PATH": "/nowhere", "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    env |= {"AIM_LOG_DIR": str(folder / "logs"), "AIM_OFFLINE": "1", "UV_OFFLINE": "1"}
    words = [*name.split("."), *more, *LINES.get(name, ())]
    argv = [sys.executable, "-m", "aim_lib", *words]
    subprocess.run(argv, cwd=project, env=with_checkout(env), stdin=subprocess.DEVNULL, check=False, timeout=120)
    return [msgspec.to_builtins(event) for event in ask(folder / "logs" / "audit.jsonl", Question())]


@pytest.mark.parametrize("name", sorted(ANNOUNCED | LOOKED))
def test_a_command_leaves_an_event(name: str, tmp_path: Path) -> None:
    """However it ends: what cannot be done is on record too."""
    events = run(name, tmp_path)

    assert events
    told = [event["details"] for event in events]
    assert any(name in json.dumps(each) for each in told)


def test_ctrl_c_is_on_record(tmp_path: Path) -> None:
    """What had begun did not end by itself."""
    app = wiring.build(host("linux", tmp_path))
    with pytest.raises(KeyboardInterrupt), recorded(app, "install", is_dry=False):
        raise KeyboardInterrupt

    last, first = ask(app.audit.path, Question())
    assert (first.event_type, last.event_type) == ("run.began", "error")
    assert (last.message, last.details["exit_code"]) == ("install: interrupted", 130)


@pytest.mark.parametrize("name", ["install", "status", "secrets.set"])
def test_a_dry_run_leaves_nothing(name: str, tmp_path: Path) -> None:
    """It changes nothing, and that is what it is for."""
    assert run(name, tmp_path, "--dry-run") == []


def test_a_session_is_that_of_all_processes_of_a_run(tmp_path: Path) -> None:
    """What we start knows it from its environment."""
    events = run("status", tmp_path)

    assert len({event["session_id"] for event in events}) == 1
