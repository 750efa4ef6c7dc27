"""Reads `aim.toml` in layers (default < user < project < environment < flags), checks all of it, remembers each origin.

Every mistake of every file is reported at once; nothing is guessed from a wrong file.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from . import catalog, host, kinds, plugins, predecessors
from .errors import BadConfig, NotPermitted
from .host import Host
from .mistakes import Path_, dotted, find_mistakes, is_struct
from .schema import Config

FILE_NAME = "aim.toml"
DEFAULT_FILE = "built-in default"
ENVIRONMENT = "environment"
OWN_VARIABLES = frozenset(host.FOLDER_VARIABLES.values())  # AIM_CONFIG_DIR and its like are folders, not keys


@dataclass(frozen=True, slots=True)
class Layer:
    """One source of settings: its name for messages, its raw tables, and the folder of its file.

    `is_project`: it came with the project, which may be somebody else's. `left` says what of a predecessor's file is
    of no use here.
    """

    name: str
    values: Mapping[str, Any]
    folder: Path
    is_project: bool = False
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """The merged config, where each value came from (dotted key → layer name), and the files that were read.

    `project` is the file of the project, of several of a predecessor's the one with the last word.
    """

    config: Config
    origins: Mapping[str, str]
    layers: tuple[Layer, ...] = ()
    folders: Mapping[str, Path] = field(default_factory=dict)
    project: Path | None = None
    problems: tuple[str, ...] = ()

    @property
    def project_files(self) -> tuple[Path, ...]:
        """Every file that came with the project, lowest first."""
        return tuple(dict.fromkeys(Path(layer.name) for layer in self.layers if layer.is_project))

    def is_foreign(self, key: str) -> bool:
        """Whether the value of a dotted key came with the project."""
        origin = self.origins.get(key, "")
        return any(layer.is_project and layer.name == origin for layer in self.layers)


def load_config(on: Host | None = None, flags: Mapping[str, Any] | None = None) -> Settings:
    """Read, check and merge every layer for the current folder.

    Raises BadConfig carrying every mistake found, each with its file, key path and what to write instead; before that
    for a plugin's resource that cannot be used: nobody knows then what its tables mean.
    """
    broken = catalog.refused(kinds.PACKAGE)
    if broken:
        raise plugins.unusable(broken)
    machine = on or host.current()
    unreadable: list[str] = []
    layers = tuple(_layers(machine, flags or {}, unreadable))
    # The built-in one has no mistakes, a test sees to that; asking of all its tools costs as much as reading all files.
    given = (layer for layer in layers if layer.name != DEFAULT_FILE)
    problems = [*unreadable, *(line for layer in given for line in _problems(layer))]
    if problems:
        count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        raise BadConfig(
            f"the configuration has {count}", details=problems, remedy="correct the lines above; nothing was touched"
        )
    own = [Path(layer.name) for layer in layers if layer.is_project]
    return _merge(_without_idle_default(layers), own[-1] if own else None)


def built_in(machine: Host, problems: Iterable[str]) -> Settings:
    """The defaults alone, for commands that must work while the user's files do not."""
    return replace(_merge((_default_layer(machine),), None), problems=tuple(problems))


def default_folder() -> Path:
    """The folder of the built-in config: package data in a wheel, `config/` in a checkout."""
    packaged = Path(__file__).parent / "builtin_config"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "config"


def user_file(machine: Host) -> Path:
    return machine.folders.config / FILE_NAME


def project_file(machine: Host) -> Path | None:
    """The nearest `aim.toml` from the current folder upward. Raises NotPermitted when another user owns it."""
    found = next(
        (folder / FILE_NAME for folder in (machine.cwd, *machine.cwd.parents) if (folder / FILE_NAME).is_file()), None
    )
    if found is not None:
        _refuse_of_another(found)
    return found


def _refuse_of_another(path: Path) -> None:
    if os.name == "posix" and path.stat().st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
        raise NotPermitted(f"{path} belongs to another user", remedy=f"work in a folder of your own, or chown {path}")


# --- layers -----------------------------------------------------------------------------------------------------


def _layers(machine: Host, flags: Mapping[str, Any], unreadable: list[str]) -> Iterator[Layer]:
    """Every layer, lowest first; a file that cannot be parsed is told in `unreadable` and left out."""
    yield _default_layer(machine)
    project = project_file(machine)
    for path in (user_file(machine), project):
        if path is not None and path.is_file():
            try:
                yield Layer(str(path), read_toml(path), path.parent, is_project=path == project)
            except BadConfig as error:
                unreadable.append(error.message)
    if project is None:
        yield from _predecessors(machine, unreadable)
    yield Layer(ENVIRONMENT, _from_environment(machine), machine.cwd)
    yield Layer("command line", flags, machine.cwd)


def _predecessors(machine: Host, unreadable: list[str]) -> Iterator[Layer]:
    """What stands in the files of AI_MANGER and AIM, where there is no `aim.toml`."""
    own = predecessors.nearest(machine)
    for path in (*predecessors.of_the_user(machine), *own):
        _refuse_of_another(path)
        try:
            made = predecessors.as_it_is(machine, path)
        except BadConfig as error:
            unreadable.append(error.message)
            continue
        left = tuple(f"{each.origin}: {each.why}" for each in made.left)
        yield Layer(str(path), made.tree(), predecessors.base_of(path, machine), is_project=path in own, left=left)


def _default_layer(machine: Host) -> Layer:
    # Its lock cannot stand in the installation: it lives in the user's own folder.
    return Layer(DEFAULT_FILE, read_toml(default_folder() / "default.toml"), machine.folders.config)


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file's tables. Raises BadConfig when it is not TOML in UTF-8, NotPermitted when it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{path} is not valid TOML: {error}", remedy=f"correct {path}; nothing was touched") from error
    except UnicodeDecodeError as error:
        raise BadConfig(
            f"{path} is not UTF-8: {error.reason} at byte {error.start}", remedy=f"save {path} as UTF-8"
        ) from error
    except OSError as error:
        raise NotPermitted(f"{path} cannot be read: {error.strerror}", remedy=f"get read access to {path}") from error


def _from_environment(machine: Host) -> dict[str, Any]:
    """`AIM_BOOTSTRAP_NODE=none` sets `bootstrap.node`: every scalar of every fixed table has such a variable.

    A variable of a table that is no key of it is passed on, too: the checker names it and what may have been meant.
    """
    values: dict[str, Any] = {}
    tables = {entry.name: entry.type for entry in msgspec.structs.fields(Config) if is_struct(entry.type)}
    for variable in sorted(machine.env):
        _, _, rest = variable.partition("AIM_")
        table = next((name for name in tables if rest.startswith(f"{name.upper()}_")), None)
        if table is None or not variable.startswith("AIM_") or variable in OWN_VARIABLES or not machine.get(variable):
            continue
        key = rest[len(table) + 1 :].lower()
        kinds = {entry.encode_name: entry.type for entry in msgspec.structs.fields(tables[table])}
        values.setdefault(table, {})[key] = _from_text(machine.get(variable), kinds.get(key, str))
    if machine.get("AIM_OFFLINE"):  # short for AIM_BOOTSTRAP_OFFLINE, which has the last word
        values.setdefault("bootstrap", {}).setdefault("offline", _from_text(machine.get("AIM_OFFLINE"), bool))
    return values


def _from_text(text: str, kind: Any) -> Any:
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError:
        return text  # the checker says what is wrong with it, naming the key


def _without_idle_default(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """The built-in tool list serves only who has declared no tools at all."""
    if not any(key in layer.values for layer in layers[1:] for key in ("tools", "first_of")):
        return layers
    bare = {key: value for key, value in layers[0].values.items() if key not in ("tools", "first_of")}
    return (Layer(layers[0].name, bare, layers[0].folder), *layers[1:])


def _merge(layers: tuple[Layer, ...], project: Path | None) -> Settings:
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for layer in layers:
        for path, value in _leaves(layer.values):
            _put(merged, path, value)
            origins[dotted(path)] = layer.name
    return Settings(
        config=msgspec.convert(merged, Config),
        origins=origins,
        layers=layers,
        folders={layer.name: layer.folder for layer in layers},
        project=project,
    )


def _leaves(values: Mapping[str, Any], path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    for key, value in values.items():
        here = (*path, key)
        is_tool = len(here) == 3 and here[0] == "tools"
        if isinstance(value, dict) and not is_tool:
            yield from _leaves(value, here)
        else:
            yield here, value


def _put(tree: dict[str, Any], path: Path_, value: Any) -> None:
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = value


def _problems(layer: Layer) -> Iterator[str]:
    for path, message in find_mistakes(layer.values):
        where = "AIM_" + "_".join(path).upper() if layer.name == ENVIRONMENT else dotted(path)
        yield f"{layer.name}: {where}: {message}"
