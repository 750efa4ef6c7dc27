"""The quick way answers exactly as the whole program does, without Invoke, and leaves alone what it does not know."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from aim_lib import namespace, quick
from aim_lib.engine.catalogue import dotted_names
from aim_lib.engine.deferred import DeferredTask

from .checkout import with_checkout

SWITCHES = ("", "--json", "--quiet", "--dry-run --json")
CHANGING = {"install", "sync-versions", "pin"}
WHOLE = "import sys; from aim_lib.cli import main; main()"
QUICK = "import sys; from aim_lib.entry import main; main()"
CONFIG = '[tools.pipx]\nruff = "0.14.1"\n[secrets]\nrequired = ["AIM_TEST_KEY"]\n[bootstrap]\nlock_timeout_s = 1\n'


def said(program: str, words: str, home: Path, config: str = CONFIG) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a program that begins with `program`; times, seconds and free room taken out.

    Each program has a home of its own, with names of one length: what the first leaves, an event or the last report,
    would be news to the second.
    """
    home = home / ("quick" if program == QUICK else "whole")
    (home / "project").mkdir(parents=True, exist_ok=True)
    (home / "project" / "aim.toml").write_text(config, encoding="utf-8")
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "AIM_TEST_KEY": "set"}
    env |= {"PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INDEX": "1"}  # no index is asked for updates
    done = subprocess.run(
        [sys.executable, "-c", program, *words.split()],
        cwd=home / "project",
        env=with_checkout(env),
        capture_output=True,
        text=True,
    )
    steady = re.sub(r'"(timestamp|seconds)": [^,\n]+|\d\d:\d\d UTC|\d+\.\d s|": \d{7,}|[\d.]+ GB', "", done.stdout)
    return done.returncode, steady.replace(str(home), "HOME"), done.stderr.replace(str(home), "HOME")


@pytest.mark.parametrize("command", sorted(CHANGING))
def test_both_ways_plan_the_same(command: str, tmp_path: Path) -> None:
    """Commands that change things, in a dry run."""
    for switches in ("--dry-run", "--dry-run --json"):
        assert said(QUICK, f"{command} {switches}", tmp_path) == said(WHOLE, f"{command} {switches}", tmp_path)


@pytest.mark.parametrize("command", sorted(set(quick.ALONE) - CHANGING))
def test_both_ways_say_the_same(command: str, tmp_path: Path) -> None:
    """Every command that only looks, with every option of a run: code, stdout and stderr."""
    for switches in SWITCHES:
        line = f"{command.replace('.', ' ')} {switches}"

        assert said(QUICK, line, tmp_path) == said(WHOLE, line, tmp_path), line


@pytest.mark.parametrize(
    "line", ["version check --check", "plan --check --json", "health --strict", "config show --origin"]
)
def test_own_switches_say_the_same(line: str, tmp_path: Path) -> None:
    """A command's own switches mean the same, and so do their exit codes."""
    assert said(QUICK, line, tmp_path) == said(WHOLE, line, tmp_path)


@pytest.mark.parametrize("line", ["plan", "status --json", "health", "config validate --json"])
def test_mistakes_say_the_same(line: str, tmp_path: Path) -> None:
    """A wrong configuration is told alike: code 2, or by the commands that live with it."""
    wrong = "[bootsrap]\njobs = 1\n"

    assert said(QUICK, line, tmp_path, wrong) == said(WHOLE, line, tmp_path, wrong)


@pytest.mark.parametrize(
    "line",
    [
        "-",
        "install ruff",
        "install --version 1.0",
        "bootstrap",
        "hello",
        "version check --help",
        "status -h",
        "version chek",
        "plan extra",
        "health --only python",
        "plan --format json",
        "status --unknown",
        "version check -- --json",
    ],
)
def test_anything_else_is_left_to_the_whole_program(line: str) -> None:
    """A word, an option with a value, a help switch: the quick way does not guess."""
    assert quick.answer(line.split()) is None


def test_the_quick_way_does_not_import_invoke(tmp_path: Path) -> None:
    """That is what it is for."""
    program = (
        "import sys; from aim_lib import quick; code = quick.answer(['version', 'check']); "
        "sys.exit(77 if 'invoke' in sys.modules else code)"
    )

    code, _, _ = said(program, "", tmp_path)

    assert code == 0


def test_every_command_of_the_table_exists() -> None:
    """The table names tasks that are there, under names the whole program knows."""
    known = {name for name, _ in dotted_names(namespace())}

    for group, name in quick.ALONE.values():
        module = quick._load(group)
        assert isinstance(getattr(module, name), DeferredTask)
        verb = name.replace("_", "-")
        assert {verb, f"{group}.{verb}"} & known


STARTING = {
    "aim_lib.quick": "status",
    "aim_lib.app": "status",
    "aim_lib.scan_report": "scan duplicates",
    "aim_lib.cli": "bootstrap",
}


@pytest.mark.parametrize(("module", "words"), STARTING.items())
def test_who_interrupts_while_it_starts_sees_no_traceback(module: str, words: str, tmp_path: Path) -> None:
    """Most of a short command is its imports."""
    program = f"""
import sys
class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupts())
{QUICK}
"""
    code, _, complaint = said(program, words, tmp_path)

    assert code == 130
    assert "Traceback" not in complaint
