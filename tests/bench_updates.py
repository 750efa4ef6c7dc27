"""Which updates there are, asked of the real registries: `aim update check` beside npm and pipx, which ask the same.

Needs the network, node and npm; part of `python -m tests.bench --install`. The twelve tools are older than what the
registries have. Cold, nothing that we keep is there, while npm and pipx keep what they have; within the hour ours is.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from .bench import BIN, NPM, PIPX, PYPI, Bench, Budget, Program, clean_env

# pipx asks in threads, of which all look for uv at once; on Python 3.11 sysconfig is not ready for that.
STEADY = "import sys, sysconfig; sysconfig.get_config_vars(); from pipx.main import cli; sys.exit(cli())"
# npm ends with 1 where there is anything newer.
RIVALS = (
    ("sh", "-c", "npm outdated -g --json || [ $? -eq 1 ]"),
    (PIPX[0], "-c", STEADY, "list", "--outdated", "--json"),
)
ROUNDS = 5


def updates(bench: Bench, scratch: Path) -> None:
    """The same twelve tools, installed by pipx and npm where all three look."""
    home, kept = scratch / "home", scratch / "kept"
    project = home / "project"
    project.mkdir(parents=True)
    env = clean_env(home, UV_CACHE_DIR=str(scratch / "uv"), NPM_CONFIG_CACHE=str(scratch / "npm-cache"))
    install(env, project)
    ours = ((str(BIN / "aim"), "update", "check", "--json"),)
    programs = {
        "updates cold": Program(
            ours, {**env, "AIM_CACHE_DIR": str(scratch / "cold")}, project, partial(forget, scratch / "cold")
        ),
        "updates again": Program(ours, {**env, "AIM_CACHE_DIR": str(kept)}, project),
        "outdated": Program(RIVALS, env, project),
    }
    bench.measure(programs, min(ROUNDS, bench.rounds))
    told = "npm outdated -g + pipx list --outdated"
    bench.judge(Budget("update check, 12 tools, cold", "updates cold", "outdated", f"<= 1 x {told}", 1.0))
    bench.judge(Budget("the same within the hour", "updates again", "outdated", "<= 1/3 of them", 1 / 3))


def install(env: Mapping[str, str], project: Path) -> None:
    """Twelve tools by their own managers, and an aim.toml that takes any version of each."""
    lines = ["[tools.pipx]", *(f'{tool.partition("==")[0]} = "*"' for tool in PYPI)]
    lines += ["[tools.npm]", *(f'{tool.partition("@")[0]} = {{ version = "*", layout = "global" }}' for tool in NPM)]
    (project / "aim.toml").write_text("\n".join([*lines, ""]))
    npm = ("npm", "install", "-g", "--force", "--no-fund", "--no-audit", *NPM)  # two of them bring one command
    for argv in (npm, *((*PIPX, "install", "--backend", "uv", tool) for tool in PYPI)):
        subprocess.run(argv, env=dict(env), cwd=project, check=True, capture_output=True)


def forget(cache: Path) -> None:
    shutil.rmtree(cache, ignore_errors=True)
