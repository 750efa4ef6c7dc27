"""Finds and reads the predecessors' files on this machine; what they say today is `migrate`'s to tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import BadConfig, NotPermitted
from .host import Host

if TYPE_CHECKING:
    from .migrate import Source
    from .migrate_document import Migration
    from .migrate_places import Ground

REGISTRY_VARIABLE = "AIM_REGISTRY_PATH"
LIMIT_BYTES = 4 * 1024 * 1024
_REGISTRY = (".AIM_ai-tools-registry", "aim/.AIM_ai-tools-registry")
_RULES = "AIM_cross-tool/AIM_coordination-rules.json"
# Of one folder the later has the last word.
NAMES = (
    *("toolstack.config.json", "config/toolstack.config.json"),
    *("tool_profiles.json", "config/tool_profiles.json"),
    *("AIM_registry.json", *(f"{folder}/AIM_registry.json" for folder in _REGISTRY)),
    *("config/aim_config.yaml", "aim_config.json", "config/aim_config.json", "aim/config/aim_config.json"),
    *(_RULES, *(f"{folder}/{_RULES}" for folder in _REGISTRY)),  # AIM obeyed these, whatever its aim_config.json said
)


def nearest(on: Host) -> tuple[Path, ...]:
    """The files of the nearest folder upward that has any, in the order of `NAMES`."""
    for folder in (on.cwd, *on.cwd.parents):
        found = tuple(folder / name for name in NAMES if (folder / name).is_file())
        if found:
            return found
    return ()


def of_the_user(on: Host) -> tuple[Path, ...]:
    """The registry and the rules in the folder that AIM_REGISTRY_PATH names."""
    folder = Path(on.get(REGISTRY_VARIABLE)) if on.get(REGISTRY_VARIABLE) else None
    names = (folder / "AIM_registry.json", folder / _RULES) if folder else ()
    return tuple(path for path in names if path.is_file())


def base_of(path: Path, on: Host) -> Path:
    """The folder of the project that a file belongs to: `config/aim_config.json` to that of `config`."""
    folders = (on.cwd, *on.cwd.parents)
    return next((folder for folder in folders if any(path == folder / name for name in NAMES)), path.parent)


def read(path: Path, name: str) -> Source:
    """One file, as what it is by its content. Raises BadConfig, NotPermitted."""
    from . import migrate
    from .migrate_text import read_tables

    tree = read_tables(_text(path, name), name)
    return migrate.Source(name=name, form=migrate.kind_of(tree, name), tree=tree)


def translated(path: Path, name: str, ground: Ground, is_secret: Callable[[str], bool]) -> Migration:
    """What comes of one file. Raises BadConfig, NotPermitted."""
    import msgspec

    from . import migrate

    source = read(path, name)
    variables = {REGISTRY_VARIABLE: _registry_folder(path, source.form, ground), **ground.variables}
    return migrate.read(source, msgspec.structs.replace(ground, variables=variables), is_secret)


def ground_of(on: Host, folder: Path, *, keeps_places: bool) -> Ground:
    """The machine as the translations look at it, for an `aim.toml` in `folder`."""
    from .migrate_places import Ground

    named = {REGISTRY_VARIABLE: on.get(REGISTRY_VARIABLE)} if on.get(REGISTRY_VARIABLE) else {}
    return Ground(
        system=on.system,
        home=on.home.as_posix(),
        folder=folder.as_posix(),
        variables=named,
        keeps_places=keeps_places,
    )


def as_it_is(on: Host, path: Path) -> Migration:
    """What a file says today, without what the checker of `aim.toml` refuses. Raises BadConfig, NotPermitted."""
    from .migrate_document import settled, together
    from .mistakes import find_mistakes

    ground = ground_of(on, base_of(path, on), keeps_places=True)
    made = translated(path, str(path), ground, lambda _text: False)
    return settled(together([made]), find_mistakes)


def _registry_folder(path: Path, form: str, ground: Ground) -> str:
    """What AIM_REGISTRY_PATH means when nobody has set it: the registry's own folder, else where AIM looked for it."""
    if form in ("registry", "rules"):
        return (path.parent.parent if path.parent.name == "AIM_cross-tool" else path.parent).as_posix()
    places = (Path(ground.folder) / folder for folder in _REGISTRY)
    return next((place.as_posix() for place in places if place.is_dir()), f"~/{_REGISTRY[0]}")


def _text(path: Path, name: str) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise BadConfig(f"{name} is not there", remedy="name a file that is") from error
    except OSError as error:
        raise NotPermitted(f"{name} cannot be read: {error.strerror}", remedy=f"get read access to {path}") from error
    if len(content) > LIMIT_BYTES:
        raise BadConfig(f"{name} is larger than {LIMIT_BYTES >> 20} MiB: no configuration is", remedy="name another")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"  # as PowerShell's `>` writes
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadConfig(
            f"{name} is no text: {error.reason} at byte {error.start}", remedy="save it as UTF-8"
        ) from error
