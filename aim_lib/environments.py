"""Virtual environments as they are on disk: their Python, their packages, and why they cannot work. Starts nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from .versions import is_same

_MINOR = re.compile(r"python(3\.\d+)")
METADATA_HEAD = 16_384  # bytes: whole headers, before a README of any length
GONE = "the Python it was made with is gone"


def normal(name: str) -> str:
    """A Python package's name as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def settings(environment: Path) -> dict[str, str]:
    """What `pyvenv.cfg` says; {} when there is none that can be read."""
    try:
        text = (environment / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def python_version(said: dict[str, str]) -> str:
    """The Python an environment was made with, by its settings: uv writes `version_info`, venv `version`."""
    found = re.match(r"\d+(\.\d+)*", said.get("version_info") or said.get("version") or "")
    return found[0] if found else ""


def site_packages(environment: Path, version: str = "") -> list[Path]:
    """Where its packages are. `version` is its Python's: an installer that changes it leaves the old folder behind."""
    lib = environment / "lib"
    own = lib / f"python{minor(version)}" / "site-packages"
    if version and own.is_dir():
        return [own]
    folders = (lib / each / "site-packages" for each in _names(lib) if each.startswith("python"))
    return [*folders, environment / "Lib" / "site-packages"]


def package_version(environment: Path, name: str) -> tuple[str, str]:
    """The version of `name` really installed in an environment, and why it is in doubt; "" and ""."""
    return version_in(site_packages(environment, python_version(settings(environment))), name)


def version_in(folders: Iterable[Path], name: str) -> tuple[str, str]:
    """The version of `name` really installed in `folders`, and why it is in doubt; "" and "".

    It is what the package itself says, in its METADATA; the name of that file's folder must say the same.
    """
    info = _distribution(folders, name)
    if info is None:
        return "", ""
    named = _split(info.name)[1]
    said = _field(info, "Version") or named
    return said, "" if is_same("pypi", said, named) else f"its package is {said} and {named} at once"


def folder_version(folders: Iterable[Path], name: str) -> str:
    """The version of `name` by the name of its dist-info folder in `folders`, or ""."""
    info = _distribution(folders, name)
    return _split(info.name)[1] if info else ""


def packages(folders: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Normalised name and version of every package in `folders`, by the names of their folders."""
    for _, info in _distributions(folders):
        name, version = _split(info)
        yield normal(name), version


def requires_python(folders: Iterable[Path], name: str) -> str:
    """The Requires-Python of an installed package, or ""."""
    info = _distribution(folders, name)
    return _field(info, "Requires-Python") if info else ""


def interpreter_flaw(environment: Path, said: dict[str, str]) -> str:
    """Why an environment's Python cannot run what is in it, or "". `said` are its settings."""
    python = environment / "bin" / "python"
    if not (python.exists() or (environment / "Scripts" / "python.exe").exists()):
        return GONE
    if "home" in said and not Path(said["home"]).is_dir():  # Windows: python.exe is a copy that only finds the real one
        return GONE
    made, now = minor(python_version(said)), _real_minor(python)
    if made and now and made != now:
        return f"its Python is {now} now, it was made with {made}"
    return ""


def minor(version: str) -> str:
    """`3.12` of `3.12.4`."""
    return ".".join(version.split(".")[:2])


def _real_minor(python: Path) -> str:
    """The minor version of what an environment's `python` leads to, by its name or library; "" if neither tells."""
    real = python.resolve()
    named = _MINOR.fullmatch(real.name)
    if named:
        return named[1]
    libraries = [
        found[1] for path in real.parent.parent.glob("lib/python3.*") if (found := _MINOR.fullmatch(path.name))
    ]
    return libraries[0] if len(libraries) == 1 and real.parent.name == "bin" else ""


def _distribution(folders: Iterable[Path], name: str) -> Path | None:
    want = normal(name)
    found = (folder / info for folder, info in _distributions(folders) if normal(_split(info)[0]) == want)
    return next(found, None)


def _distributions(folders: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Each dist-info folder, as where it is and its name: a Path for each of hundreds is what this avoids."""
    return ((folder, info) for folder in folders for info in _names(folder) if info.endswith(".dist-info"))


def _split(info: str) -> tuple[str, str]:
    """Name and version by the name of a dist-info folder."""
    name, _, version = info.removesuffix(".dist-info").rpartition("-")
    return name, version


def _field(info: Path, name: str) -> str:
    """One header of a distribution's METADATA; "" when it is not there."""
    try:
        with (info / "METADATA").open("rb") as file:
            head = file.read(METADATA_HEAD).partition(b"\n\n")[0]
    except OSError:
        return ""
    found = re.search(rb"^%s:[ \t]*(\S.*)$" % name.encode(), head, re.MULTILINE)
    return found[1].decode(errors="replace").strip() if found else ""


def _names(folder: Path) -> list[str]:
    """The names in a folder; [] when it is not there. In one call: an environment has hundreds."""
    try:
        return os.listdir(folder)  # noqa: PTH208 - see `_distributions`
    except OSError:
        return []
