"""`aim tasks completion --install`, and new shells that find what it has put there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import aim_lib

LIBRARY = Path(aim_lib.__file__).parents[1]
# What a new interactive shell is asked, and what it answers once it completes aim.
SHELLS = {
    "bash": (("-ic", "complete -p aim"), "_complete_aim aim"),
    "zsh": (("-ic", "print -r -- $_comps[aim]"), "_aim"),
    "fish": (("-c", "complete -C 'aim statu'"), "status"),
}
pytestmark = [pytest.mark.real, pytest.mark.skipif(os.name != "posix", reason="these shells are POSIX's")]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_new_shell_completes(tmp_path: Path, shell: str) -> None:
    """With nothing else to type; after --remove it does not, and the start file is as it was."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    words, answer = SHELLS[shell]
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])
    env = {"HOME": str(tmp_path), "PATH": path, "PYTHONPATH": str(LIBRARY), "TERM": "dumb", "SHELL": program}
    start = tmp_path / f".{shell}rc"
    start.write_text("# mine", encoding="utf-8")

    def run(*argv: str) -> str:
        said = subprocess.run(
            argv, env=env, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        return said.stdout

    run(sys.executable, "-m", "aim_lib", "tasks", "completion", "--install")
    installed = run(program, *words)
    run(sys.executable, "-m", "aim_lib", "tasks", "completion", "--remove")
    removed = run(program, *words)

    assert answer in installed
    assert answer not in removed
    assert start.read_text(encoding="utf-8") == "# mine"
