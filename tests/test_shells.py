"""The line that puts folders first on PATH, in the words of each shell."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aim_lib.shells import path_line, shell_name, start_file
from tests.fakes import host

FOLDERS = [Path("/home/ada/.local/bin"), Path("/opt/a b")]


@pytest.mark.parametrize(
    ("shell", "line", "file"),
    [
        ("/bin/bash", 'export PATH="$HOME/.local/bin:/opt/a b:$PATH"', "~/.bashrc"),
        ("/usr/bin/zsh", 'export PATH="$HOME/.local/bin:/opt/a b:$PATH"', "~/.zshrc"),
        ("/usr/bin/fish", 'fish_add_path --prepend "$HOME/.local/bin" "/opt/a b"', ""),
        ("/usr/bin/pwsh", '$env:PATH = "/home/ada/.local/bin:/opt/a b:$env:PATH"', "$PROFILE"),
        ("/bin/dash", 'export PATH="$HOME/.local/bin:/opt/a b:$PATH"', "~/.profile"),
        ("", 'export PATH="$HOME/.local/bin:/opt/a b:$PATH"', "~/.profile"),
    ],
)
def test_each_shell_has_its_line_and_file(shell: str, line: str, file: str) -> None:
    """Blanks are quoted, the home is `$HOME` where the shell knows it."""
    on = host(env={"SHELL": shell})

    assert path_line(on, FOLDERS) == line
    assert start_file(on) == file


def test_windows_means_powershell() -> None:
    """With its own separator, whatever SHELL says."""
    on = host("windows", env={"SHELL": "/usr/bin/bash"})

    assert shell_name(on) == "pwsh"
    assert path_line(on, [Path("a"), Path("b")]) == '$env:PATH = "a;b;$env:PATH"'


def test_only_a_folder_below_home_is_shortened() -> None:
    """/home/adam is not /home/ada."""
    assert path_line(host(), [Path("/home/adam/bin")]) == 'export PATH="/home/adam/bin:$PATH"'


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="there is no sh to ask")
def test_a_shell_reads_back_every_folder_as_it_is() -> None:
    """Dollar signs, quotes, backticks and backslashes in a folder's name are no shell text."""
    folder = Path('/opt/a$b`c"d\\e f/bin')
    line = path_line(host(env={"SHELL": "/bin/sh"}), [folder])

    said = subprocess.run(["/bin/sh", "-c", f'{line}; printf %s "$PATH"'], capture_output=True, text=True, check=True)

    assert said.stdout == f"{folder}:/nowhere"
