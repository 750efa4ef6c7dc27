"""The predecessor's imports: `aim.bridge`, `aim.environment.*`, `aim.registry.config_loader`, as a program would."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .checkout import with_checkout
from .fakes import stub

MODULES = (
    "bridge",
    "registry.config_loader",
    *(
        f"environment.{name}"
        for name in ("audit", "exceptions", "health", "installer", "scanner", "secrets", "version_control")
    ),
)
TOOL = '[tools]\n[ai.tools.mine]\ncommand = ["mine"]\nprompt = "stdin"\ncapabilities = ["code_generation"]\n'


def run(root: Path, code: str, *argv: str) -> subprocess.CompletedProcess[str]:
    """A Python program in a home of its own, with our `aim`."""
    home = root / "home"
    (home / ".config" / "aim").mkdir(parents=True, exist_ok=True)
    (home / ".config" / "aim" / "aim.toml").write_text(
        TOOL + '[ai.capabilities.code_generation]\nprimary = "mine"\n', encoding="utf-8"
    )
    stub(home / "bin", "mine", "echo done")
    env = {
        "HOME": str(home),
        "PATH": str(home / "bin"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "AIM_OFFLINE": "1",
        "AIM_BOOTSTRAP_NODE": "none",
    }
    words = argv or ("-c", code)
    return subprocess.run(
        [sys.executable, *words],
        cwd=home,
        env=with_checkout(env),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def said(root: Path, code: str) -> Any:
    done = run(root, f"import json\n{code}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", MODULES)
def test_every_old_import_works(name: str) -> None:
    """The launcher of a checkout is the package `aim` when it is imported."""
    assert importlib.import_module(f"aim.{name}").__name__ == f"aim.{name}"


def test_the_module_is_the_program(tmp_path: Path) -> None:
    """`python -m aim WORDS`, as the old documents print it; in a checkout the launcher forwards them."""
    done = run(tmp_path, "", "-m", "aim_compat", "ai", "status", "--json")

    assert json.loads(done.stdout)["command"] == "ai.status"


def test_the_bridge_answers_as_before(tmp_path: Path) -> None:
    """`{success, message, content}`, and a tool is found without being started."""
    code = (
        "from aim.bridge import *\n"
        "r = route_capability('code_generation', {'prompt': 'hi'}, timeout_sec=30)\n"
        "i = invoke_adapter('nobody', 'code_generation', {})\n"
        "print(json.dumps([r['success'], r['message'], i['success'], detect_tool('mine'), get_tool_version('nobody')]))"
    )

    assert said(tmp_path, code) == [True, "done", False, True, None]


def test_without_a_registry_folder_the_old_error_comes(tmp_path: Path) -> None:
    """Who catches it goes on as before; where one is, it is read as it stands, byte order mark and all."""
    folder = tmp_path / "home" / ".AIM_ai-tools-registry"
    code = (
        "from aim.bridge import load_aim_registry\n"
        "try: print(json.dumps(load_aim_registry()))\n"
        "except FileNotFoundError: print('null')"
    )
    before = said(tmp_path, code)
    folder.mkdir()
    (folder / "AIM_registry.json").write_text('\ufeff{"tools": {}}', encoding="utf-8")

    assert (before, said(tmp_path, code)) == (None, {"tools": {}})


def test_the_configuration_has_its_old_shape(tmp_path: Path) -> None:
    """Registry, environment and audit, with the old keys."""
    code = (
        "from aim.registry.config_loader import get_config_loader, load_config\n"
        "c = load_config(); l = get_config_loader()\n"
        "print(json.dumps([sorted(c), l.get_tool('mine')['detectCommands'], l.get_capability('code_generation')]))"
    )

    keys, detect, rule = said(tmp_path, code)

    assert keys == ["audit", "environment", "registry", "version"]
    assert detect == ["mine"]
    assert (rule["primaryTool"], rule["fallbacks"]) == ("mine", [])


def test_the_health_report_has_its_old_keys(tmp_path: Path) -> None:
    """An unhealthy machine is a report, not an exception."""
    code = (
        "from aim.environment.health import HealthMonitor, check_health\n"
        "m = HealthMonitor(); c = m.check_all()\n"
        "print(json.dumps([sorted(check_health()), c[0].to_dict()['name'], m.generate_report(c)['overall_status']]))"
    )

    keys, first, overall = said(tmp_path, code)

    assert keys == ["checks", "overall_status", "summary", "timestamp"]
    assert first == "ai_tools"
    assert overall in ("healthy", "degraded", "unhealthy")


def test_secrets_are_kept_and_had_by_the_old_names(tmp_path: Path) -> None:
    """In AIM's vault."""
    made = run(tmp_path, "", "-m", "aim_lib", "secrets", "init", "--identity", "file", "--yes")
    code = (
        "from aim.environment.secrets import get_secrets_manager\n"
        "s = get_secrets_manager(); s.set_secret('A_KEY', 'value-0123456789', 'mine')\n"
        "print(json.dumps([s.get_secret('A_KEY'), s.get_secret('B'), [e['key'] for e in s.list_secrets()],"
        " s.inject_into_env(['A_KEY', 'B']), s.delete_secret('A_KEY'), s.delete_secret('A_KEY')]))"
    )

    assert made.returncode == 0, made.stderr
    assert said(tmp_path, code) == [
        "value-0123456789", None, ["A_KEY"], {"A_KEY": "value-0123456789"}, True, False,
    ]  # fmt: skip


def test_versions_are_compared_and_events_found_by_the_old_names(tmp_path: Path) -> None:
    """With nothing declared there is nothing to compare."""
    code = (
        "import asyncio\n"
        "from aim.environment.version_control import VersionControl\n"
        "from aim.environment.audit import EventSeverity, get_audit_logger\n"
        "a = get_audit_logger(); a.log_event('tool_invoke', 'hello', EventSeverity.WARNING, {'x': 1})\n"
        "print(json.dumps([asyncio.run(VersionControl().check_all('pipx')),"
        " [e['message'] for e in a.query_events('tool_invoke')]]))"
    )

    assert said(tmp_path, code) == [[], ["hello"]]


def test_an_installation_that_fails_is_a_result(tmp_path: Path) -> None:
    """As before: `success` false with what was said; here there is no npm."""
    code = (
        "import asyncio\n"
        "from aim.environment.installer import ToolInstaller\n"
        "r = asyncio.run(ToolInstaller().install_npm('@acme/none', '1.0'))\n"
        "print(json.dumps([r.tool, r.manager, r.success, bool(r.message)]))"
    )

    assert said(tmp_path, code) == ["@acme/none", "npm", False, True]


def test_equal_files_and_caches_are_found_by_the_old_names(tmp_path: Path) -> None:
    """What is cleaned can be had back, and no file is deleted."""
    tree = tmp_path / "tree"
    for name in ("a", "b"):
        (tree / name).mkdir(parents=True)
        (tree / name / "x.bin").write_bytes(b"x" * 200_000)
    (tree / ".mypy_cache" / "3.12").mkdir(parents=True)
    (tree / ".mypy_cache" / "3.12" / "z.json").write_text("{}", encoding="utf-8")
    (tree / ".ruff_cache" / "0.14.1").mkdir(parents=True)
    (tree / ".ruff_cache" / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55", encoding="utf-8")
    code = (
        "from aim.environment.scanner import EnvironmentScanner\n"
        f"s = EnvironmentScanner(); t = {str(tree)!r}\n"
        "g = s.find_duplicates([t])[0]; r = s.scan([t])\n"
        "c = [each for each in s.find_misplaced_caches([t]) if each.pattern == '.mypy_cache'][0]\n"
        "cleaned = s.cleanup_cache(c.path)\n"
        "print(json.dumps([len(g.files), g.wasted_bytes, c.pattern, r.total_scanned_files, cleaned]))"
    )

    assert said(tmp_path, code) == [2, 200_000, ".mypy_cache", 4, True]
    assert not (tree / ".mypy_cache").exists()
    assert (tree / ".ruff_cache").exists()
    assert len(list(tree.rglob("x.bin"))) == 2
