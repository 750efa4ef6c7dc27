"""Where an AI tool is and which version, by what is on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aim_lib import detection
from aim_lib.ai_tools import Tool
from aim_lib.host import Host
from aim_lib.model import Present
from aim_lib.proc import Runner
from aim_lib.routing import Found

from .fakes import ScriptedRunner, host, stub

POSIX = pytest.mark.skipif("sys.platform == 'win32'", reason="links and shell scripts")


def tool(*detect: str, **more: object) -> Tool:
    fields = {"id": "codex", "title": "Codex", "adapter": "command", "command": ("codex",), "detect": detect}
    return Tool(**{**fields, **more})  # type: ignore[arg-type]


def machine(home: Path, **env: str) -> Host:
    return host("linux", home, {"PATH": str(home / "bin"), **env})


def test_a_tool_that_is_nowhere_says_what_was_looked_for(tmp_path: Path) -> None:
    """All its names."""
    found = detection.find(tool("codex", "codex-cli"), machine(tmp_path), {})

    assert found == Found(why="none of codex, codex-cli is on this machine")


def test_the_first_name_that_is_there_counts_and_nothing_is_started(tmp_path: Path) -> None:
    """A bare command of an interactive tool would open a conversation."""
    second = stub(tmp_path / "bin", "second", f"touch {tmp_path}/started")

    found = detection.find(tool("first", "second --version"), machine(tmp_path), {})

    assert found.where == str(second)
    assert not (tmp_path / "started").exists()


def test_a_file_may_be_named_with_variables_as_the_predecessor_did(tmp_path: Path) -> None:
    """`%USERPROFILE%`, `~` and `$NAME`; one that is not set is no place."""
    mine = stub(tmp_path / "x", "tool")
    on = machine(tmp_path, HERE=str(tmp_path / "x"))

    words = ("%USERPROFILE%\\x\\tool", "~/x/tool", "$HERE/tool", "${HERE}/tool", "%HERE%/tool")

    assert [detection.locate(word, on) for word in words] == [mine] * 5
    assert detection.locate("%NOT_SET%/tool", on) is None


def test_the_version_is_that_of_the_package_manager_when_it_is_its_copy(tmp_path: Path) -> None:
    """Another copy of the same name has its own."""
    mine = stub(tmp_path / "bin", "codex")
    sources = ("npm:@openai/codex",)
    have = Present(kind="npm", name="@openai/codex", version="0.5.0", commands=("codex",), bin_folder=str(mine.parent))

    owned = detection.find(tool("codex", sources=sources), machine(tmp_path), {have.id: have})
    other = Present(kind="npm", name="@openai/codex", version="9", commands=("codex",), where="/elsewhere")
    strange = detection.find(tool("codex", sources=sources), machine(tmp_path), {other.id: other})

    assert (owned.version, strange.version) == ("0.5.0", "")


@POSIX
def test_the_version_is_read_from_the_package_json_above_the_program(tmp_path: Path) -> None:
    """Whoever installed it; a package.json that does not bring the command is another's."""
    package = tmp_path / "lib" / "node_modules" / "@openai" / "codex"
    script = stub(package / "bin", "codex.js")
    (package / "package.json").write_text(json.dumps({"version": "0.9.1", "bin": {"codex": "bin/codex.js"}}))
    (package / "bin" / "package.json").write_text(json.dumps({"version": "7", "type": "module"}))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "codex").symlink_to(script)

    assert detection.find(tool("codex"), machine(tmp_path), {}).version == "0.9.1"


@POSIX
def test_the_version_is_read_from_the_environment_of_a_python_tool(tmp_path: Path) -> None:
    """Of the package that it is installed from, not of the Python."""
    environment = tmp_path / "venvs" / "aider-chat"
    script = stub(environment / "bin", "aider")
    (environment / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.1\n")
    info = environment / "lib" / "python3.12" / "site-packages" / "aider_chat-0.86.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: aider-chat\nVersion: 0.86.2\n\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "aider").symlink_to(script)

    found = detection.find(tool("aider", sources=("pipx:aider-chat",)), machine(tmp_path), {})

    assert found.version == "0.86.2"


@pytest.mark.parametrize(
    ("said", "pattern", "version"),
    [
        ("2.0.31 (Claude Code)\n", r"^(\d\S*)", "2.0.31"),
        ("codex-cli 0.169.0\n", r"^codex-cli (\d\S*)", "0.169.0"),
        ("GitHub Copilot CLI 1.0.102.\nRun 'copilot update'\n", r"(\d+\.\d+\.\d+)", "1.0.102"),
        ("WARNING: old\naider 0.86.2\n", r"^aider (\d\S*)", "0.86.2"),
        ("some tool 3.4\n", "", "3.4"),
        ("no number here\n", "", ""),
    ],
)
def test_what_a_tool_says_of_its_version(said: str, pattern: str, version: str, tmp_path: Path) -> None:
    """As the real ones say it."""
    runner: Runner = ScriptedRunner(answer=lambda _argv: (0, said, ""))

    asked = detection.ask_version(
        tool("codex", version_pattern=pattern), Found(where="/bin/codex"), machine(tmp_path), runner
    )

    assert asked == version


def test_a_tool_that_fails_has_told_no_version(tmp_path: Path) -> None:
    """A version manager's stand-in names its own Pythons when it has nothing to start."""
    said = "pyenv: pytest: command not found\n\nThe `pytest' command exists in these Python versions:\n  3.11.7\n"
    runner: Runner = ScriptedRunner(answer=lambda _argv: (127, "", said))

    asked = detection.ask_version(tool("codex"), Found(where="/bin/codex"), machine(tmp_path), runner)

    assert asked == ""
