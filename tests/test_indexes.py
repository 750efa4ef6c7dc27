"""Which index uv is told of, when the user has told pip only."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import indexes
from aim_lib.host import Host
from aim_lib.resources import uv_env

from .fakes import host

MIRROR = "https://mirror.example.org/simple"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("system", "file"),
    [
        ("linux", ".config/pip/pip.conf"),
        ("linux", ".pip/pip.conf"),
        ("linux", "etc/pip.conf"),
        ("macos", "Library/Application Support/pip/pip.conf"),
        ("windows", "AppData/Roaming/pip/pip.ini"),
    ],
)
def test_pip_s_files_are_read(system: str, file: str, tmp_path: Path) -> None:
    """A mirror that was set up for pip is where uv goes too."""
    write(tmp_path / file, f"[global]\ntimeout = 60\nindex-url = {MIRROR}\n")

    assert uv_env(host(system, tmp_path))["UV_DEFAULT_INDEX"] == MIRROR


def test_pip_s_variable_is_stronger_than_its_files(tmp_path: Path) -> None:
    """As it is for pip."""
    write(tmp_path / ".config/pip/pip.conf", "[install]\nindex-url = https://old.example.org/simple\n")

    assert indexes.pip_index(host("linux", tmp_path, {"PIP_INDEX_URL": MIRROR})) == MIRROR


@pytest.mark.parametrize(
    "env",
    [{"UV_DEFAULT_INDEX": "https://x.example.org"}, {"UV_INDEX_URL": "https://x.example.org"}, {"UV_NO_INDEX": "1"}],
)
def test_uv_s_own_choice_stands(env: dict[str, str], tmp_path: Path) -> None:
    """Who has told uv is not overruled by what pip was told."""
    on = host("linux", tmp_path, {"PIP_INDEX_URL": MIRROR, **env})

    assert "UV_DEFAULT_INDEX" not in uv_env(on)


def test_uv_s_own_file_stands(tmp_path: Path) -> None:
    """So is who has written it into uv's configuration."""
    write(tmp_path / ".config/uv/uv.toml", f'[[index]]\nurl = "{MIRROR}"\ndefault = true\n')

    assert indexes.pip_index(host("linux", tmp_path, {"PIP_INDEX_URL": "https://old.example.org"})) == ""


def with_password(tmp_path: Path) -> Host:
    return host("linux", tmp_path, {"PIP_INDEX_URL": "https://ada:s3cret@mirror.example.org/simple"})


def test_a_password_is_handed_to_nobody(tmp_path: Path) -> None:
    """What a program is started with is shown and stored: it is left out, and the user hears of it."""
    on = with_password(tmp_path)

    assert "UV_DEFAULT_INDEX" not in uv_env(on)
    (note,) = indexes.untold(on)
    assert "s3cret" not in note
    assert "UV_DEFAULT_INDEX" in note


@pytest.mark.parametrize("text", ["", "index-url = no section", "[global]\nextra-index-url = https://x.example.org\n"])
def test_a_file_without_an_index_says_nothing(text: str, tmp_path: Path) -> None:
    """A file that cannot be read is pip's affair."""
    write(tmp_path / ".config/pip/pip.conf", text)

    assert indexes.pip_index(host("linux", tmp_path)) == ""
