"""The Pythons of a machine, found by reading folders: no program is started, so a shim's choice is not known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from . import pythons
from .environments import python_version, settings
from .host import Host, is_executable

_NAMED = re.compile(r"python(3\.\d+)(?:\.exe)?")
_NUMBERED = re.compile(r"(?:cpython-|Python)?(3)\.?(\d+)((?:\.\d+)?)(?:-.*)?")


class Interpreter(NamedTuple):
    """One Python: its version, "3.12" when only that much is known, and its program."""

    version: str
    program: Path


def choose(host: Host, request: str) -> Interpreter | None:
    """The interpreter to build with for a request that is no path: ours when it fits, else the newest that does."""
    own = ours(host)
    if own and pythons.fits(request, own.version):
        return own
    fitting = [each for each in find(host) if pythons.fits(request, each.version)]
    return max(fitting, key=_rank, default=None)


def remedy(request: str) -> str:
    """What somebody may type who has no Python that fits."""
    return f"uv python install {pythons.newest(request)}"


def ours(host: Host) -> Interpreter | None:
    """The Python that runs us, outside of any environment of ours; None when its version cannot be told."""
    program = Path(host.python)
    version = python_version(settings(program.parent.parent)) or _by_name(program.resolve())
    return Interpreter(version, program.resolve()) if version else None


def find(host: Host) -> tuple[Interpreter, ...]:
    """Every Python on PATH and in the folders of pyenv, uv, mise, the system's and the py launcher's, in that order."""
    return tuple(dict.fromkeys((*_on_path(host), *_installed(host))))


def _on_path(host: Host) -> Iterator[Interpreter]:
    for folder in dict.fromkeys(host.path):
        if folder.name == "shims" or not folder.is_dir():
            continue  # pyenv, asdf, mise: a script that may lead anywhere; the real ones are found below
        found = sorted(folder.glob("python*"))
        for program in (each for each in found if _NAMED.fullmatch(each.name)):
            yield from _usable(program, "")
        for program in (each for each in found if each.name.removesuffix(".exe") in ("python", "python3")):
            yield from _usable(program, "")


def _installed(host: Host) -> Iterator[Interpreter]:
    for parent, inside in _parents(host):
        for folder in sorted(parent.glob("*")) if parent.is_dir() else ():
            number = _NUMBERED.fullmatch(folder.name)
            if number and not (folder / "pyvenv.cfg").exists():
                yield from _usable(folder / inside, f"{number[1]}.{number[2]}{number[3]}")


def _parents(host: Host) -> Iterator[tuple[Path, str]]:
    """Folders that hold one Python each in a folder named by its version, and where its program lies in that."""
    inside = "python.exe" if host.is_windows else "bin/python3"
    pyenv = Path(host.get("PYENV_ROOT") or host.home / ".pyenv")
    yield (pyenv / "pyenv-win" if host.is_windows else pyenv) / "versions", inside
    if host.get("UV_PYTHON_INSTALL_DIR"):
        yield Path(host.get("UV_PYTHON_INSTALL_DIR")), inside
    if host.is_windows:
        roaming = Path(host.get("APPDATA") or host.home / "AppData" / "Roaming")
        local = Path(host.get("LOCALAPPDATA") or host.home / "AppData" / "Local")
        programs = Path(host.get("PROGRAMFILES") or host.root / "Program Files")
        yield from ((roaming / "uv" / "python", inside), (local / "Programs" / "Python", inside), (programs, inside))
        return
    data = Path(host.get("XDG_DATA_HOME") or host.home / ".local" / "share")
    yield from ((data / "uv" / "python", inside), (data / "mise" / "installs" / "python", inside))
    if host.system == "macos":
        yield host.root / "Library/Frameworks/Python.framework/Versions", inside


def _usable(program: Path, version: str) -> Iterator[Interpreter]:
    """The interpreter at `program`, when it is one and its version is known; one in an environment is none."""
    if not is_executable(program) or not program.stat().st_size:  # the Windows store's stubs are empty
        return
    if (program.parent.parent / "pyvenv.cfg").exists() or (program.parent / "pyvenv.cfg").exists():
        return
    known = version or _by_name(program) or _by_name(program.resolve()) or _by_library(program)
    if known:
        yield Interpreter(known, program)


def _by_name(program: Path) -> str:
    found = _NAMED.fullmatch(program.name)
    return found[1] if found else ""


def _by_library(program: Path) -> str:
    """On Windows every program is called python.exe; its library, python312.dll, lies beside it."""
    found = (re.fullmatch(r"python3(\d+)\.dll", path.name) for path in program.parent.glob("python3*.dll"))
    return next((f"3.{each[1]}" for each in found if each), "")


def _rank(found: Interpreter) -> tuple[int, ...]:
    return tuple(int(part) for part in found.version.split("."))
