"""Virtual environments as they are on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import environments

from .fakes import stub


def environment(folder: Path, cfg: str = "", python: str = "python3.11") -> Path:
    """An environment whose python leads to a program of that name beside it."""
    base = stub(folder / "base" / "bin", python)
    (folder / "env" / "bin").mkdir(parents=True)
    (folder / "env" / "bin" / "python").symlink_to(base)
    (folder / "env" / "pyvenv.cfg").write_text(cfg or f"home = {base.parent}\nversion_info = 3.11.7\n")
    return folder / "env"


def package(folder: Path, python: str, name: str) -> None:
    (folder / "lib" / python / "site-packages" / f"{name}.dist-info").mkdir(parents=True)


def flaw(folder: Path) -> str:
    return environments.interpreter_flaw(folder, environments.settings(folder))


@pytest.mark.parametrize(
    ("cfg", "version"),
    [
        ("version_info = 3.12.1\n", "3.12.1"),
        ("version = 3.13.0\n", "3.13.0"),
        ("version_info = 3.11.4.final.0\n", "3.11.4"),
        ("home = /usr/bin\n", ""),
    ],
)
def test_the_python_is_the_one_it_was_made_with(cfg: str, version: str, tmp_path: Path) -> None:
    """uv, venv and virtualenv each write it in their own way."""
    assert environments.python_version(environments.settings(environment(tmp_path, cfg))) == version


def test_packages_are_those_of_its_own_python(tmp_path: Path) -> None:
    """pipx makes an environment anew over the old one, whose packages stay behind in another folder."""
    env = environment(tmp_path, "version = 3.12.1\n")
    package(env, "python3.11", "ruff-0.14.0")
    package(env, "python3.12", "ruff-0.14.1")

    assert environments.package_version(env, "ruff") == ("0.14.1", "")


def test_a_whole_environment_has_no_flaw(tmp_path: Path) -> None:
    """Its python leads to one of the version it was made with."""
    assert flaw(environment(tmp_path)) == ""


def test_a_python_that_is_gone_is_a_flaw(tmp_path: Path) -> None:
    """The link leads nowhere."""
    env = environment(tmp_path)
    (tmp_path / "base" / "bin" / "python3.11").unlink()

    assert flaw(env) == "the Python it was made with is gone"


def test_a_home_that_is_gone_is_a_flaw(tmp_path: Path) -> None:
    """On Windows python.exe is a copy that is still there, and finds nothing to start."""
    env = environment(tmp_path, f"home = {tmp_path}/nowhere\nversion = 3.11.7\n")

    assert flaw(env) == "the Python it was made with is gone"


def test_a_python_that_became_another_is_a_flaw(tmp_path: Path) -> None:
    """The system's python3 was upgraded in place: it looks for its packages in another folder."""
    env = environment(tmp_path, f"home = {tmp_path}/base/bin\nversion = 3.11.7\n", "python3.12")

    assert flaw(env) == "its Python is 3.12 now, it was made with 3.11"


def test_a_python_without_a_number_is_known_by_its_library(tmp_path: Path) -> None:
    """Some builds call their program python3 and nothing else."""
    env = environment(tmp_path, f"home = {tmp_path}/base/bin\nversion = 3.11.7\n", "python3")
    (tmp_path / "base" / "lib" / "python3.13").mkdir(parents=True)

    assert flaw(env) == "its Python is 3.13 now, it was made with 3.11"


def test_what_a_package_requires_is_read_from_its_metadata(tmp_path: Path) -> None:
    """Only the header counts; a package without it requires nothing."""
    site = tmp_path / "site-packages"
    for name, text in (
        ("black-25.9.0", "Name: black\nRequires-Python: >=3.9\n\nRequires-Python: none\n"),
        ("six-1.0", ""),
    ):
        (site / f"{name}.dist-info").mkdir(parents=True)
        (site / f"{name}.dist-info" / "METADATA").write_text(text)

    assert environments.requires_python([site], "Black") == ">=3.9"
    assert environments.requires_python([site], "six") == ""
