"""Every place that AI tools and shells leak to is looked at, on each platform where it lies there."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import leaks
from aim_lib.host import Host
from aim_lib.leak_places import find_places
from aim_lib.leaks import Search

from .fakes import host
from .leak_texts import made_key
from .test_files import as_nobody, open_folder

__all__ = ["open_folder"]

EVERYWHERE = (
    ".bash_history",
    ".zsh_history",
    ".python_history",
    ".claude/settings.json",
    ".claude/settings.local.json",
    ".claude/history.jsonl",
    ".claude/projects/a-project/one.jsonl",
    ".claude/projects/a-project/agents/two.jsonl",
    ".claude/.credentials.json",
    ".claude.json",
    ".codex/config.toml",
    ".codex/auth.json",
    ".codex/sessions/2026/01/02/rollout.jsonl",
    ".gemini/settings.json",
    ".cursor/mcp.json",
    ".aider.conf.yml",
    ".env",
    ".env.local",
    ".netrc",
    ".npmrc",
    ".pypirc",
    "aim/logs/audit.jsonl",
    "aim/state/journal.jsonl",
    "work/app/.claude/settings.local.json",
    "work/app/.mcp.json",
    "work/app/.cursor/mcp.json",
    "work/app/.vscode/mcp.json",
    "work/app/.aider.chat.history.md",
    "work/app/.env.production",
    "work/.envrc",
)
SYSTEMS = {
    "linux": (
        ".local/share/fish/fish_history",
        ".local/share/powershell/PSReadLine/ConsoleHost_history.txt",
        ".config/Claude/claude_desktop_config.json",
        ".config/Code/User/mcp.json",
    ),
    "macos": (
        ".local/share/fish/fish_history",
        "Library/Application Support/Claude/claude_desktop_config.json",
        "Library/Application Support/Cursor/User/settings.json",
        "Library/Logs/Claude/mcp.log",
    ),
    "windows": (
        "AppData/Roaming/Microsoft/Windows/PowerShell/PSReadLine/ConsoleHost_history.txt",
        "AppData/Roaming/Claude/claude_desktop_config.json",
        "AppData/Roaming/Code/User/settings.json",
        "_netrc",
    ),
}
VARIABLES = {
    "HISTFILE": ("history", ""),
    "ZDOTDIR": ("zsh", ".zsh_history"),
    "XDG_DATA_HOME": ("data", "fish/fish_history"),
    "XDG_CONFIG_HOME": ("config", "Claude/claude_desktop_config.json"),
    "CLAUDE_CONFIG_DIR": ("claude", "projects/a/b.jsonl"),
    "CODEX_HOME": ("codex", "history.jsonl"),
    "APPDATA": ("roaming", "Microsoft/Windows/PowerShell/PSReadLine/ConsoleHost_history.txt"),
}


def lay_out(home: Path, *names: str) -> None:
    for name in names:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(f"x {made_key()}\n", encoding="utf-8")


def found(machine: Host) -> set[str]:
    return {Path(place.path).relative_to(machine.home).as_posix() for place in find_places(machine)}


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_place_is_found(system: str, tmp_path: Path) -> None:
    """The user's, ours, and those of the project we are in and above it."""
    lay_out(tmp_path, *EVERYWHERE, *SYSTEMS[system])
    (tmp_path / "work" / "app" / "src").mkdir()

    there = found(host(system, tmp_path, cwd=tmp_path / "work" / "app" / "src"))

    assert sorted({*EVERYWHERE, *SYSTEMS[system]} - there) == []


def test_nothing_else_is_found(tmp_path: Path) -> None:
    """A file beside them is not read."""
    lay_out(tmp_path, "notes.txt", ".claude/plugins/a.js", "work/app/main.py")

    assert found(host(home=tmp_path, cwd=tmp_path / "work" / "app")) == set()


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_moves_a_place(variable: str, tmp_path: Path) -> None:
    """As the program that owns it reads it."""
    folder, name = VARIABLES[variable]
    lay_out(tmp_path, f"{folder}/{name}" if name else folder)

    there = found(host(home=tmp_path, env={variable: str(tmp_path / folder)}))

    assert there == {f"{folder}/{name}" if name else folder}


def test_each_file_is_found_once(tmp_path: Path) -> None:
    """Also when two rows of the table mean it: here home and project are one folder."""
    lay_out(tmp_path, ".env", ".cursor/mcp.json", ".zsh_history")
    machine = host(home=tmp_path, env={"HISTFILE": str(tmp_path / ".zsh_history")})

    paths = [place.path for place in find_places(machine)]

    assert len(paths) == len(set(paths)) == 3


def test_a_linked_settings_file_is_read(tmp_path: Path) -> None:
    """Settings are often kept in a repository of dotfiles, and what the tool reads is what counts."""
    lay_out(tmp_path, "dotfiles/claude.json")
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "settings.json").symlink_to(tmp_path / "dotfiles" / "claude.json")

    (finding,) = leaks.in_places(Search(), host(home=tmp_path)).findings

    assert (finding.path, finding.who) == (str(tmp_path / ".claude" / "settings.json"), "Claude Code")


def test_own_stores_are_marked(tmp_path: Path) -> None:
    """There a program keeps its key on purpose; a transcript is none."""
    lay_out(tmp_path, ".codex/auth.json", ".codex/history.jsonl")

    outcome = leaks.in_places(Search(), host(home=tmp_path))

    assert {Path(one.path).name: one.is_store for one in outcome.findings} == {
        "auth.json": True,
        "history.jsonl": False,
    }


def test_a_folder_that_is_closed_is_told(open_folder: Path) -> None:
    """It is not the same as one that is not there."""
    (open_folder / ".claude").mkdir(mode=0)

    with as_nobody():
        outcome = leaks.in_places(Search(), host(home=open_folder))

    assert outcome.unreadable == (f"{open_folder / '.claude'}: Permission denied",)
