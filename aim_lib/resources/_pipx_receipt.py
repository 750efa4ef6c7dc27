"""What pipx wrote down about an environment, in its `pipx_metadata.json`, and how to make it again as it was."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .. import environments
from ..model import Present
from . import read_json
from ._python_tools import Environment

FILE_NAME = "pipx_metadata.json"


def read(folder: Path) -> dict[str, Any]:
    """The receipt in an environment, {} when there is none that can be read."""
    return read_json(folder / FILE_NAME)


def main(receipt: dict[str, Any]) -> dict[str, Any]:
    """What it says of the tool itself."""
    return receipt.get("main_package") or {}


def _path(noted: Any) -> Path:
    """A path as pipx's metadata has it: `{"__type__": "Path", "__Path__": …}`, or a text."""
    return Path(str(noted.get("__Path__") if isinstance(noted, dict) else noted or ""))


def recorded_lock(have: Present) -> Path:
    """The lock that an environment was made from; one that is no file when there is none."""
    return _path(main(read(Path(have.where))).get("lock_file"))


def lock_of(receipt: dict[str, Any]) -> str:
    """The path of the lock that a receipt names, "" when it names none."""
    noted = main(receipt).get("lock_file")
    return str(_path(noted)) if noted else ""


def shared_flaw(own: Environment, receipt: dict[str, Any]) -> str:
    """Why the pip and setuptools that environments made by pip have in common are not there, or ""."""
    if receipt.get("backend") != "pip":
        return ""
    for link in (folder / "pipx_shared.pth" for folder in own.libraries):
        if link.is_file() and not Path(link.read_text(encoding="utf-8").strip()).is_dir():
            return "the libraries that pipx shares are gone"
    return ""


def extras(receipt: dict[str, Any], own: Environment, name: str) -> tuple[str, ...]:
    """What was injected; nothing can be into a locked one, whose extras are among its packages."""
    injected = set(receipt.get("injected_packages") or ())
    if main(receipt).get("lock_file"):
        injected |= {found for found, _ in environments.packages(own.libraries)} - {environments.normal(name)}
    return tuple(sorted(injected))


def injected(receipt: dict[str, Any], without: Iterable[str] = ()) -> tuple[str, ...]:
    """What was injected, as it was asked for; but for the packages of the requirements in `without`."""
    other = {environments.normal(re.split(r"[^\w.-]", extra.strip(), maxsplit=1)[0]) for extra in without}
    found = receipt.get("injected_packages") or {}
    names = sorted(name for name in found if environments.normal(name) not in other)
    return tuple(str(found[name].get("package_or_url") or name) for name in names)


def as_before(have: Present, receipt: dict[str, Any]) -> tuple[str, ...]:
    """Options that make an environment anew as it was: by whom, with which Python, from which lock."""
    backend, source, lock = receipt.get("backend"), _path(receipt.get("source_interpreter")), recorded_lock(have)
    made_by = ("--backend", str(backend)) if backend else ()
    made_with = ("--python", str(source)) if source.is_file() else ()
    made_from = ("--lock", str(lock)) if lock.is_file() else ()
    return (*made_by, *made_with, *made_from)


def as_it_was(name: str, have: Present) -> str:
    """The requirement that brings `have` back: its source, or its name with the extras it was asked for with."""
    if _is_direct(have.recorded):
        return have.recorded
    extras = re.match(r"[\w.-]+\s*(\[[^\]]*\])", have.recorded)
    return f"{name}{extras[1] if extras else ''}=={have.version}"


def _is_direct(recorded: str) -> bool:
    return "://" in recorded or recorded.startswith(("/", ".", "git+"))
