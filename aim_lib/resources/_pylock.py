"""Locks of Python tools: a PEP 751 `pylock.NAME.toml` with the hash of every file of every package, made by uv."""

from __future__ import annotations

import re
from pathlib import Path

from .. import environments, interpreters, pythons
from ..host import Host
from ..model import Present, Run, Wanted, Write
from ..pipindex import mark
from . import Diagnosis, Locking, Options
from ._python_tools import requirement, run_uv

TIDY = Path(__file__).with_name("_tidy_pylock.py")


def file_name(name: str) -> str:
    """What pipx takes for a lock file: dots are allowed nowhere else in it."""
    return f"pylock.{environments.normal(name)}.toml"


def locking(
    host: Host, wanted: Wanted, have: Present | None, version: str, folder: Path, options: Options
) -> Locking | None:
    """Steps that make the lock of `version` of `wanted` and of what it needs, for every platform.

    Packages that are installed beside it now keep their versions, as far as they go together: a lock made twice from
    the same environment is the same. None for what comes from a folder or an address: its files have no hashes.
    """
    if wanted.source:
        return None
    made, asked = folder / file_name(wanted.name), folder / "requirements.in"
    lines = (requirement(wanted, version), *wanted.extras)
    steps = [Write(path=str(asked), text="".join(f"{line}\n" for line in lines))]
    present = have if have and have.where and have.version == version else None
    if present:
        steps.append(Write(path=str(made), text=_as_it_is(present)))
    compiled = run_uv(host, options, _compile(host, wanted, present, asked, made), mark(wanted.kind))
    tidied = Run(argv=(host.python, "-I", str(TIDY), str(made)), timeout_s=options.timeout_s)
    return Locking(steps=(*steps, compiled, tidied), made=str(made), name=f"{wanted.kind}/{made.name}")


def refusal(output: str) -> Diagnosis | None:
    """Why a lock was made and may not be kept, when that is what `output` tells."""
    from ._tidy_pylock import REFUSED

    found = re.search(rf"{REFUSED}: (.*)", output)
    if not found:
        return None
    return Diagnosis(
        cause="lock",
        message=f"the package: {found[1]}",
        remedy="use an index whose files have a public or internal address without credentials, over http(s)",
    )


def _compile(host: Host, wanted: Wanted, have: Present | None, asked: Path, made: Path) -> tuple[str, ...]:
    found = interpreters.choose(host, wanted.python) if not pythons.is_path(wanted.python) else None
    interpreter = ("--python", str(found.program)) if found else ()
    # In a folder of its own: the project we happen to stand in has constraints and indexes that are not the tool's.
    where = ("--directory", str(made.parent), "--quiet", "--no-header", "--universal", "--format", "pylock.toml")
    first = pythons.oldest(wanted.python, _requires(wanted, have))
    how = ("--python-version", first, *interpreter, "--output-file", str(made))
    return ("pip", "compile", *where, *how, str(asked))


def _requires(wanted: Wanted, have: Present | None) -> str:
    folders = environments.site_packages(Path(have.where), have.python) if have else []
    return environments.requires_python(folders, wanted.name)


def _as_it_is(have: Present) -> str:
    """A lock without files that names the packages of an environment: uv keeps to the versions of what is there."""
    folders = environments.site_packages(Path(have.where), have.python)
    listed = (f'\n[[packages]]\nname = "{name}"\nversion = "{version}"\n' for name, version in sorted(_pairs(folders)))
    return 'lock-version = "1.0"\ncreated-by = "aim"\n' + "".join(listed)


def _pairs(folders: list[Path]) -> set[tuple[str, str]]:
    return {pair for pair in environments.packages(folders) if re.fullmatch(r"[\w.!+-]+", pair[1])}
