"""A folder of modules as a sorted table. A member that cannot be imported raises; it never disappears."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType


@cache
def members(package: str) -> tuple[str, ...]:
    """Names of the modules in `package` (dotted), sorted; those beginning with "_" are the folder's own business."""
    root = import_module(package)
    found = {path.stem for folder in root.__path__ for path in Path(folder).glob("*.py")}
    return tuple(sorted(name for name in found if not name.startswith("_")))


def load(package: str, name: str) -> ModuleType:
    """Import one member of `package`."""
    return import_module(f"{package}.{name}")


def table(package: str) -> dict[str, ModuleType]:
    """Every member of `package`, by name, imported."""
    return {name: load(package, name) for name in members(package)}
