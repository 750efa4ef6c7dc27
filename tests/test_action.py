"""action.yml: its structure, and its scripts run as a runner would run them, with aim.py's set-up left out."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from invoke.vendor import yaml

from tests.checkout import with_checkout
from tests.fakes import stub

ACTION = Path(__file__).parents[1] / "action.yml"
DOCUMENT: dict[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))  # type: ignore[no-untyped-call]
STEPS: list[dict[str, Any]] = DOCUMENT["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
BASH = shutil.which("bash") or ""
# In the place of aim.py, which would make an environment first: the words that follow it go to this checkout.
PYTHON = (
    f'case "$1" in */aim.py) shift; exec "{sys.executable}" -m aim_lib "$@";; *) exec "{sys.executable}" "$@";; esac'
)


def resolved(text: str, known: dict[str, str]) -> str:
    """Text with its expressions replaced, as the runner does it before a step starts."""
    return EXPRESSION.sub(lambda found: known[found[1]], text)


def run_action(folder: Path, inputs: dict[str, str], **more: str) -> tuple[int, dict[str, str], str]:
    """Run every step until one fails; its code, all outputs, and what was printed."""
    project, said, code = folder / "project", "", 0
    project.mkdir(exist_ok=True)
    stub(folder / "bin", "python3", PYTHON)
    written = folder / "output"
    written.touch()
    env = {
        "HOME": str(folder),
        "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(written),
        "GITHUB_ACTION_PATH": str(ACTION.parent),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "RUNNER_TEMP": str(folder),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        **more,
    }
    known = {f"inputs.{name}": inputs.get(name, told["default"]) for name, told in DOCUMENT["inputs"].items()}
    for step in STEPS:
        own = {name: resolved(value, known) for name, value in step.get("env", {}).items()}
        where = project / resolved(step.get("working-directory", "."), known)
        argv = [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            argv, cwd=where, env=with_checkout({**env, **own}), capture_output=True, text=True, check=False
        )
        said, code = said + done.stdout + done.stderr, done.returncode
        told = dict(line.split("=", 1) for line in written.read_text().splitlines())
        known |= {f"steps.{step['id']}.outputs.{name}": value for name, value in told.items()}
        if code:
            break
    return code, told, said


def test_it_is_a_composite_action_of_scripts_alone() -> None:
    """No other action inside, so that nothing has to be pinned; each script says its shell."""
    assert set(DOCUMENT) == {"name", "description", "inputs", "outputs", "runs"}
    assert DOCUMENT["runs"]["using"] == "composite"
    assert all("uses" not in step and step["shell"] == "bash" for step in STEPS)


def test_every_input_and_output_is_described() -> None:
    """Inputs are texts with a default: none is required."""
    assert all(set(told) == {"description", "default"} for told in DOCUMENT["inputs"].values())
    assert all(isinstance(told["default"], str) for told in DOCUMENT["inputs"].values())
    assert all(set(told) == {"description", "value"} for told in DOCUMENT["outputs"].values())


def test_no_input_is_pasted_into_a_script() -> None:
    """An expression in a script would let whoever chooses an input write shell; variables do not."""
    assert [step["id"] for step in STEPS if "${{" in step["run"]] == []


def test_expressions_name_what_is_there() -> None:
    """Every input that is used is declared, every declared one used, and outputs come from steps that write them."""
    text = ACTION.read_text(encoding="utf-8")
    used = set(EXPRESSION.findall(text))

    assert {name for name in used if name.startswith("inputs.")} == {f"inputs.{name}" for name in DOCUMENT["inputs"]}
    for name in used - {f"inputs.{each}" for each in DOCUMENT["inputs"]}:
        _, step, _, output = name.split(".")
        (script,) = [each["run"] for each in STEPS if each["id"] == step]
        assert f"printf '{output}=" in script


def test_the_gate_runs_and_says_where_its_files_are(tmp_path: Path) -> None:
    """In a project with nothing to complain of but a PATH."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "aim.toml").write_text("[tools]\n[health]\nrequired_commands = []\n")

    code, told, said = run_action(tmp_path, {"html": "true", "output": "a report"})

    assert (code, told["exit-code"]) == (0, "0"), said
    assert told["output"] == str(tmp_path / "project" / "a report")
    assert Path(told["junit"]).is_file()
    assert (tmp_path / "project" / "a report" / "report.html").is_file()
    assert "## Gate" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_a_gate_that_does_not_hold_fails_the_step(tmp_path: Path) -> None:
    """Exit 5 reaches the pipeline, after the outputs were written."""
    (tmp_path / "project" / "sub").mkdir(parents=True)
    (tmp_path / "project" / "sub" / "aim.toml").write_text('[tools]\n[secrets]\nrequired = ["NOT_THERE"]\n')

    code, told, said = run_action(tmp_path, {"working-directory": "sub"})

    assert (code, told["exit-code"]) == (5, "5"), said
    assert "::error title=secrets%3A NOT_THERE::" in said


def test_an_input_is_never_run(tmp_path: Path) -> None:
    """Quotes, commands and line breaks in an input are text."""
    nasty = "$(touch pwned) `touch pwned`; \"'\nexit-code=0"

    _, told, _ = run_action(tmp_path, {"output": nasty, "strict": "$(touch pwned)"})

    assert not list(tmp_path.rglob("pwned"))
    assert told["output"].endswith("\"'exit-code=0")


@pytest.mark.parametrize(("inputs", "trusted"), [({"trust": "true"}, "1"), ({}, "")])
def test_trust_is_given_only_when_asked(inputs: dict[str, str], trusted: str, tmp_path: Path) -> None:
    """A pull request's aim.toml runs nothing by itself."""
    (tmp_path / "bin").mkdir()
    show = stub(tmp_path / "bin", "shown", 'case "$1" in */aim.py) echo "trust=[$AIM_TRUST]";; esac')
    cache = tmp_path / "cache" / "Python" / "3.12.1" / "x64" / "bin"
    cache.mkdir(parents=True)
    (cache / "python3").symlink_to(show)

    _, _, said = run_action(tmp_path, {"python": "3.12", **inputs}, RUNNER_TOOL_CACHE=str(tmp_path / "cache"))

    assert f"trust=[{trusted}]" in said


def test_a_python_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The step fails with an annotation instead of a traceback."""
    code, _, said = run_action(tmp_path, {"python": "3.99"})

    assert code == 3
    assert "::error title=AIM::there is no Python 3.99 on this runner" in said
