"""Whole commands, as somebody types them on Windows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with letters of three alphabets in its name and its settings."""
    folder = tmp_path / "päß κ ключ"
    folder.mkdir()
    (folder / "aim.toml").write_text('schema_version = 1\n\n[env.vars]\nGREETING = "→ ключ"\n', encoding="utf-8")
    return folder


def aim(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, **more, "AIM_STATE_DIR": str(folder / "s"), "AIM_LOG_DIR": str(folder / "l")}  # noqa: TID251 - the real one
    command = [sys.executable, "-m", "aim_lib", *words]
    return subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False)


def test_a_stream_of_an_old_code_page_gets_text_and_no_crash(folder: Path) -> None:
    """cp1252 has no arrow and no Cyrillic: a mark stands for them where somebody asked for it."""
    done = aim(folder, "env", "show", PYTHONIOENCODING="cp437")

    assert done.returncode == 0, done.stderr
    assert b"GREETING" in done.stdout
    assert b"Traceback" not in done.stderr


def test_a_document_is_utf_8_and_its_lines_end_in_one_character(folder: Path) -> None:
    """A program that reads it need not know the code page."""
    done = aim(folder, "config", "show", "--json")

    assert done.returncode == 0, done.stderr
    assert "→ ключ" in done.stdout.decode("utf-8")
    assert b"\r" not in done.stdout


@pytest.mark.parametrize("name", ["Ä→", "nul"])
def test_a_command_that_is_not_there_is_said(name: str, folder: Path) -> None:
    """Also where its letters are not on the code page, or it is a device's name."""
    done = aim(folder, name)

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
