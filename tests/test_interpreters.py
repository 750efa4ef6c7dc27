"""Finding the Pythons of a machine by reading folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import interpreters
from aim_lib.host import Host

from .fakes import host, stub


def machine(home: Path, system: str = "linux", ours: str = "3.11.7", **env: str) -> Host:
    """A host that runs us with Python `ours`, in an environment of ours."""
    (home / "venv").mkdir(exist_ok=True)
    (home / "venv" / "pyvenv.cfg").write_text(f"home = /opt/py/bin\nversion_info = {ours}\n")
    return host(system, home, env={"PATH": "", **env})


def versions(on: Host) -> list[str]:
    return [found.version for found in interpreters.find(on)]


def test_ours_is_preferred_when_it_fits(tmp_path: Path) -> None:
    """It is known to work, and made no less by a newer one beside it."""
    stub(tmp_path / "bin", "python3.12")

    found = interpreters.choose(machine(tmp_path, PATH=str(tmp_path / "bin")), "<3.13")

    assert found is not None
    assert (found.version, found.program.name) == ("3.11.7", "python")


def test_the_newest_that_fits_is_next(tmp_path: Path) -> None:
    """Of all that fit, the newest; one that does not fit counts for nothing."""
    for name in ("python3.9", "python3.10", "python3.12", "python3.13"):
        stub(tmp_path / "bin", name)

    found = interpreters.choose(machine(tmp_path, ours="3.14.0", PATH=str(tmp_path / "bin")), "<3.13")

    assert found == ("3.12", tmp_path / "bin" / "python3.12")


def test_none_that_fits_is_none(tmp_path: Path) -> None:
    """Nothing is guessed, and there is something to type."""
    assert interpreters.choose(machine(tmp_path), "3.10") is None
    assert interpreters.remedy("3.10") == "uv python install 3.10"


@pytest.mark.parametrize(
    ("system", "program"),
    [
        ("linux", ".pyenv/versions/3.12.1/bin/python3"),
        ("linux", ".local/share/uv/python/cpython-3.12.1-linux-x86_64-gnu/bin/python3"),
        ("linux", ".local/share/mise/installs/python/3.12.1/bin/python3"),
        ("macos", "Library/Frameworks/Python.framework/Versions/3.12/bin/python3"),
        ("windows", ".pyenv/pyenv-win/versions/3.12.1/python.exe"),
        ("windows", "AppData/Local/Programs/Python/Python312/python.exe"),
        ("windows", "AppData/Roaming/uv/python/cpython-3.12.1-windows-x86_64-none/python.exe"),
    ],
)
def test_folders_of_pythons_are_known(system: str, program: str, tmp_path: Path) -> None:
    """Where pyenv, uv, mise, python.org's installer and the py launcher have theirs."""
    place = tmp_path / program
    stub(place.parent, place.name)

    (found,) = interpreters.find(machine(tmp_path, system))

    assert found.program == place
    assert found.version in ("3.12", "3.12.1")


def test_a_shim_is_not_an_interpreter(tmp_path: Path) -> None:
    """pyenv's python3.12 may lead anywhere, or nowhere."""
    stub(tmp_path / ".pyenv" / "shims", "python3.12")

    assert versions(machine(tmp_path, PATH=str(tmp_path / ".pyenv" / "shims"))) == []


def test_an_environment_is_not_an_interpreter(tmp_path: Path) -> None:
    """One that is active comes first on PATH, and goes when its project goes."""
    stub(tmp_path / "project" / ".venv" / "bin", "python3.12")
    (tmp_path / "project" / ".venv" / "pyvenv.cfg").write_text("version = 3.12.1\n")

    assert versions(machine(tmp_path, PATH=str(tmp_path / "project" / ".venv" / "bin"))) == []


def test_a_bare_name_is_known_by_where_it_leads(tmp_path: Path) -> None:
    """python3 is a link to the one it means; one that says nothing is left out."""
    stub(tmp_path / "bin", "python")
    stub(tmp_path / "real", "python3.12")
    (tmp_path / "bin" / "python3").symlink_to(tmp_path / "real" / "python3.12")

    assert versions(machine(tmp_path, PATH=str(tmp_path / "bin"))) == ["3.12"]


def test_windows_knows_it_by_its_library(tmp_path: Path) -> None:
    """Every one is called python.exe there; the store's is empty and starts a shop."""
    stub(tmp_path / "py", "python.exe")
    (tmp_path / "py" / "python3.dll").write_text("")
    (tmp_path / "py" / "python312.dll").write_text("")
    shop = tmp_path / "WindowsApps" / "python3.12.exe"
    shop.parent.mkdir()
    shop.touch(mode=0o755)

    assert versions(machine(tmp_path, "windows", PATH=f"{tmp_path / 'py'};{shop.parent}")) == ["3.12"]


def test_without_an_environment_of_ours_the_name_tells(tmp_path: Path) -> None:
    """Installed for the whole system, we are run by /usr/bin/python3, which leads to python3.11."""
    stub(tmp_path / "usr", "python3.11")
    (tmp_path / "usr" / "python3").symlink_to("python3.11")

    found = interpreters.ours(host("linux", tmp_path, python=str(tmp_path / "usr" / "python3")))

    assert found == ("3.11", tmp_path / "usr" / "python3.11")
