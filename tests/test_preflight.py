"""The gate before a workstream: the predecessor's keys and exception; unhealthy blocks, versions never do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aim_lib import app
from aim_lib.app import App
from aim_lib.errors import AimError, BadConfig
from aim_lib.host import Host
from aim_lib.preflight import PreFlightFailed, fly
from tests.fakes import host, stub

ROOT = Path(__file__).parents[1]
HEALTHY = "[tools]\n[health]\nrequired_commands = []\n"


def machine(root: Path, settings: str, **env: str) -> Host:
    stub(root / "bin", "git", "echo git version 2.40.1")
    (root / "aim.toml").write_text(settings, encoding="utf-8")
    return host(home=root, env={"PATH": f"{root / 'bin'}:{root / '.local/bin'}", "HOME": str(root), **env})


def built(root: Path, settings: str) -> App:
    return app.build(machine(root, settings), lenient=True)


def events(on: App) -> list[dict[str, Any]]:
    path = on.host.folders.logs / "audit.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_healthy_machine_passes(tmp_path: Path) -> None:
    """The keys are the predecessor's, and no drift is null."""
    answer, _ = fly(built(tmp_path, HEALTHY), "run-7", "ws-web")

    assert list(answer) == ["health_status", "health_summary", "version_drift", "pre_flight_passed"]
    assert (answer["health_status"], answer["version_drift"], answer["pre_flight_passed"]) == ("healthy", None, True)
    assert list(answer["health_summary"]) == ["pass", "warn", "fail"]


def test_what_fails_blocks(tmp_path: Path) -> None:
    """The exception is a RuntimeError with the predecessor's words, and has all that was found."""
    with pytest.raises(RuntimeError) as caught:
        fly(built(tmp_path, '[tools]\n[health]\nrequired_commands = ["gh"]\n'), "run-7", "ws-web")

    assert str(caught.value) == "Pre-flight health check failed: 1 failures"
    assert isinstance(caught.value, AimError)
    assert (caught.value.exit_code, caught.value.remedy) == (1, "install gh, or put their folder on PATH")
    assert isinstance(caught.value, PreFlightFailed)
    assert caught.value.answer["pre_flight_passed"] is False
    assert "required_commands" in {record.id for record in caught.value.records}


def test_a_block_is_put_on_record(tmp_path: Path) -> None:
    """Who was blocked, in which run, and why: one event of health, one error."""
    on = built(tmp_path, '[tools]\n[health]\nrequired_commands = ["gh"]\n')

    with pytest.raises(RuntimeError):
        fly(on, "run-7", "ws-web")

    looked, blocked = events(on)[-2:]
    assert (looked["event_type"], looked["details"]["ws_id"]) == ("health.check", "ws-web")
    assert (blocked["event_type"], blocked["severity"]) == ("error", "error")
    assert blocked["details"]["operation"] == "pre_flight_check"


def test_drift_only_warns(tmp_path: Path) -> None:
    """A tool that is missing is counted, and the workstream may begin."""
    settings = '[tools.pipx]\nruff = "0.14.1"\n[health]\nrequired_commands = []\n'

    answer, _ = fly(built(tmp_path, settings), "run-7", "ws-web")

    assert answer["version_drift"] == {"drift_count": 0, "missing_count": 1, "total": 1}
    assert (answer["health_status"], answer["pre_flight_passed"]) == ("degraded", True)


def test_a_version_check_that_crashes_never_blocks(tmp_path: Path) -> None:
    """With a lock that nobody can read no version is known: that is a warning, in the log with its reason."""
    settings = '[tools.pipx]\nruff = "0.14.1"\n[health]\nrequired_commands = ["git"]\n'
    on = built(tmp_path, settings)
    (tmp_path / "aim.lock").write_text("this is no lock", encoding="utf-8")

    answer, records = fly(on, "run-7", "ws-web")

    assert (answer["version_drift"], answer["pre_flight_passed"]) == (None, True)
    assert {record.id: record.status for record in records}["drift"] == "warned"
    assert any(event["details"].get("operation") == "version_check" for event in events(on))


def test_a_strict_profile_blocks_on_warnings_but_not_on_drift(tmp_path: Path) -> None:
    """Each workstream has its profile; versions warn even the strictest."""
    more = '[health.profiles.ws-strict]\nstrict = true\n[health.profiles.ws-new]\nstrict = true\nmin_python = "3.99"\n'
    settings = f'[tools.pipx]\nruff = "0.14.1"\n[health]\nrequired_commands = []\nskip = ["paths"]\n{more}'

    answer, _ = fly(built(tmp_path, settings), "run-7", "ws-strict")

    assert (answer["health_status"], answer["pre_flight_passed"]) == ("degraded", True)
    with pytest.raises(RuntimeError, match="1 failures"):
        fly(built(tmp_path, settings), "run-7", "ws-new")


def test_an_unknown_profile_is_an_error(tmp_path: Path) -> None:
    """A gate that looked at something else than was asked for would be none."""
    with pytest.raises(BadConfig, match="no profile 'webb'"):
        fly(built(tmp_path, HEALTHY), "run-7", "ws-web", "webb")


def test_it_needs_no_invoke(tmp_path: Path) -> None:
    """An orchestrator imports it without the task runner, and is given a plain dict."""
    code = """
import sys
from aim_lib.preflight import run_pre_flight_checks
answer = run_pre_flight_checks("run-7", "ws-web")
print(answer["pre_flight_passed"], type(answer).__name__, "invoke" in sys.modules)
"""
    on = machine(tmp_path, HEALTHY, PYTHONPATH=str(ROOT), PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")

    done = subprocess.run([sys.executable, "-c", code], env=dict(on.env), cwd=tmp_path, text=True, capture_output=True)

    assert (done.stdout, done.stderr) == ("True dict False\n", "")
