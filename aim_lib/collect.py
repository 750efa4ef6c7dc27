"""Finds the task modules and puts them together: one sub-collection per module, top-level tasks beside them."""

from __future__ import annotations

import importlib.util
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from invoke import Collection

    from .engine.catalogue import Catalogue

BUILT_IN = "aim_lib.builtin_tasks"
ONLY_IN_CHECKOUT = ("dev",)


def modules(package: str, folders: list[str]) -> dict[str, ModuleType]:
    """Every task module of `package`, by name; those beginning with "_" are plumbing."""
    found = sorted(path.stem for folder in folders for path in Path(folder).glob("*.py"))
    names = [name for name in found if not name.startswith("_") and (name not in ONLY_IN_CHECKOUT or is_checkout())]
    return {name: import_module(f"{package}.{name}") for name in names}


def collection(found: dict[str, ModuleType]) -> Collection:
    """One Collection: a module with `TOP_LEVEL = True` adds its tasks at the top, any other is a group of its name,
    or a part of the one that it names as `GROUP`.

    Only a module's own tasks count: what it imports from its neighbours stays theirs.
    """
    from invoke import Collection, Task

    from .engine.deferred import DeferredTask
    from .engine.groups import Group

    root = Collection()
    groups: dict[str, Collection] = {}
    for name, module in found.items():
        made = [value.task if isinstance(value, DeferredTask) else value for value in vars(module).values()]
        own = [value for value in made if isinstance(value, Task) and _home(value) == module.__name__]
        group = getattr(module, "GROUP", name)
        target = root if getattr(module, "TOP_LEVEL", False) else groups.setdefault(group, Group(group))
        for task in own:
            target.add_task(task)
    for group in groups.values():
        root.add_collection(group)
    return root


def namespace() -> Collection:
    """AIM's own tasks, for a `tasks.py` of one's own: `ns = aim_lib.namespace()`, then add to it."""
    module = sys.modules.get(BUILT_IN) or _load_built_in()
    return module.ns  # type: ignore[no-any-return]


def task_folder() -> Path:
    """Where the task modules lie: inside the wheel's package, or in the checkout."""
    packaged = Path(__file__).parent / "builtin_tasks"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "tasks"


def is_checkout() -> bool:
    """Whether this is the repository itself rather than an installed wheel."""
    return (Path(__file__).parents[1] / "tasks.py").is_file() and not (Path(__file__).parent / "builtin_tasks").is_dir()


def project_tasks(folder: Path) -> Path | None:
    """The nearest `tasks.py` upward, when its text says it is a task collection (Celery has such files too)."""
    for place in (folder, *folder.parents):
        path = place / "tasks.py"
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            return path if "invoke" in text or "aim_lib" in text else None
    return None


def project_catalogue(folder: Path) -> Catalogue | None:
    """The tasks of the nearest `tasks.py` upward, None when there is none. Loading it runs its code."""
    path = project_tasks(folder)
    if path is None:
        return None
    from invoke import Collection, Config, FilesystemLoader

    from .engine.catalogue import Catalogue

    module, parent = FilesystemLoader(start=str(path.parent), config=Config()).load("tasks")
    return Catalogue(Collection.from_module(module, loaded_from=parent))


def _home(task: object) -> str:
    return str(getattr(getattr(task, "body", None), "__module__", ""))


def _load_built_in() -> ModuleType:
    """In a wheel the tasks are a package of ours; in a checkout the same files are loaded under the same name."""
    if not is_checkout():
        return import_module(BUILT_IN)
    root = Path(__file__).parents[1]
    spec = importlib.util.spec_from_file_location(
        BUILT_IN, root / "tasks.py", submodule_search_locations=[str(root / "tasks")]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{root / 'tasks.py'} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[BUILT_IN] = module
    spec.loader.exec_module(module)
    return module
