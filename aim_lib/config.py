"""Reads `aim.toml` in layers (default < user < project < environment < flags), checks all of it, remembers each origin.

Every mistake of every file is reported at once; nothing is guessed from a wrong file.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from . import catalog, host, versions
from .errors import BadConfig, NotPermitted
from .host import Host
from .model import Wanted
from .schema import Config, Tool

FILE_NAME = "aim.toml"
DEFAULT_FILE = "built-in default"
ENVIRONMENT = "environment"
OWN_VARIABLES = frozenset(host.FOLDER_VARIABLES.values())  # AIM_CONFIG_DIR and its like are folders, not keys
Path_ = tuple[str, ...]
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = {
    r"`str` matching regex '\^3.*": "a version such as 3.11",
    r"`str` matching regex .*": "a name of letters, digits and _",
    r"`str \| object`": "a version or a table",
    r"`str`": "a text",
    r"`int`": "a whole number",
    r"`float`": "a number",
    r"`bool`": "true or false",
    r"`array`": "a list",
    r"`object`": "a table",
}
_PYPI_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_NPM_NAME = re.compile(r"(@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*")


@dataclass(frozen=True, slots=True)
class Layer:
    """One source of settings: its name for messages, its raw tables, and the folder of its file."""

    name: str
    values: Mapping[str, Any]
    folder: Path


@dataclass(frozen=True, slots=True)
class Settings:
    """The merged config, where each value came from (dotted key → layer name), and the files that were read."""

    config: Config
    origins: Mapping[str, str]
    layers: tuple[Layer, ...] = ()
    folders: Mapping[str, Path] = field(default_factory=dict)
    project: Path | None = None
    problems: tuple[str, ...] = ()


def load_config(on: Host | None = None, flags: Mapping[str, Any] | None = None) -> Settings:
    """Read, check and merge every layer for the current folder.

    Raises BadConfig carrying every mistake found, each with its file, key path and what to write instead.
    """
    machine = on or host.current()
    unreadable: list[str] = []
    layers = tuple(_layers(machine, flags or {}, unreadable))
    problems = [*unreadable, *(line for layer in layers for line in _problems(layer))]
    if problems:
        count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        raise BadConfig(
            f"the configuration has {count}", details=problems, remedy="correct the lines above; nothing was touched"
        )
    return _merge(_without_idle_default(layers), project_file(machine))


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
    if found is not None and os.name == "posix" and found.stat().st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
        raise NotPermitted(f"{found} belongs to another user", remedy=f"work in a folder of your own, or chown {found}")
    return found


def wanted_tools(settings: Settings, system: str) -> tuple[Wanted, ...]:
    """Every tool declared for `system`, sorted by kind and name, without versions from a lock."""
    found = []
    for kind, tools in settings.config.tools.items():
        for name, spec in tools.items():
            tool = as_tool(spec)
            if not tool.platforms or system in tool.platforms:
                found.append(_wanted(kind, name, tool, settings))
    return tuple(sorted(found, key=lambda wanted: wanted.id))


def as_tool(spec: str | Tool) -> Tool:
    return spec if isinstance(spec, Tool) else Tool(version=spec)


def ecosystem(kind: str) -> versions.Ecosystem:
    """Whose version rules a kind of tool follows."""
    return catalog.load("aim_lib.resources", kind).ECOSYSTEM  # type: ignore[no-any-return]


def tool_kinds() -> tuple[str, ...]:
    """The kinds a `[tools.KIND]` table may name."""
    return tuple(name for name, module in catalog.table("aim_lib.resources").items() if module.IS_TOOL)


def _wanted(kind: str, name: str, tool: Tool, settings: Settings) -> Wanted:
    origin = settings.origins.get(dotted(("tools", kind, name)), DEFAULT_FILE)
    folder = settings.folders.get(origin, Path())
    source = tool.source
    if source.startswith((".", "~")) or (source and Path(source).is_absolute()):
        source = str((folder / Path(source).expanduser()).resolve())
    return Wanted(
        kind=kind,
        name=name,
        request=tool.version,
        commands=tuple(tool.commands),
        optional=tool.optional,
        python=tool.python,
        extras=tuple(tool.extras),
        source=source,
        smoke=tuple(tool.smoke),
        folder=str(folder),
        origin=origin,
    )


# --- layers -----------------------------------------------------------------------------------------------------


def _layers(machine: Host, flags: Mapping[str, Any], unreadable: list[str]) -> Iterator[Layer]:
    """Every layer, lowest first; a file that cannot be parsed is told in `unreadable` and left out."""
    yield _default_layer(machine)
    for path in (user_file(machine), project_file(machine)):
        if path is not None and path.is_file():
            try:
                yield Layer(str(path), _read_toml(path), path.parent)
            except BadConfig as error:
                unreadable.append(error.message)
    yield Layer(ENVIRONMENT, _from_environment(machine), machine.cwd)
    yield Layer("command line", flags, machine.cwd)


def _default_layer(machine: Host) -> Layer:
    # Its lock cannot stand in the installation: it lives in the user's own folder.
    return Layer(DEFAULT_FILE, _read_toml(default_folder() / "default.toml"), machine.folders.config)


def _read_toml(path: Path) -> dict[str, Any]:
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
    tables = {entry.name: entry.type for entry in msgspec.structs.fields(Config) if _is_struct(entry.type)}
    for variable in sorted(machine.env):
        _, _, rest = variable.partition("AIM_")
        table = next((name for name in tables if rest.startswith(f"{name.upper()}_")), None)
        if table is None or not variable.startswith("AIM_") or variable in OWN_VARIABLES or not machine.get(variable):
            continue
        key = rest[len(table) + 1 :].lower()
        kinds = {entry.encode_name: entry.type for entry in msgspec.structs.fields(tables[table])}
        values.setdefault(table, {})[key] = _from_text(machine.get(variable), kinds.get(key, str))
    return values


def _from_text(text: str, kind: Any) -> Any:
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError:
        return text  # the checker says what is wrong with it, naming the key


def _without_idle_default(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """The built-in tool list serves only who has declared no tools at all."""
    if not any("tools" in layer.values for layer in layers[1:]):
        return layers
    bare = {key: value for key, value in layers[0].values.items() if key != "tools"}
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


# --- checking ---------------------------------------------------------------------------------------------------


def _problems(layer: Layer) -> Iterator[str]:
    found = [*_check(Config, layer.values, ()), *_check_tools(layer.values)]
    for path, message in found:
        where = "AIM_" + "_".join(path).upper() if layer.name == ENVIRONMENT else dotted(path)
        yield f"{layer.name}: {where}: {message}"


def dotted(path: Path_) -> str:
    """A key path as TOML writes it: `tools.npm."@x/y"`, a list's item as `[0]`."""
    quoted = (f'"{part}"' if re.search(r"[^\w-]", part) else part for part in path)
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", ".".join(quoted))


def _check(kind: Any, value: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    if _is_struct(kind):
        yield from _check_table(kind, value, path)
    elif get_origin(kind) is dict:
        yield from _check_mapping(get_args(kind)[1], value, path)
    elif _is_union(kind) and isinstance(value, dict):
        struct = next(option for option in get_args(kind) if _is_struct(option))
        yield from _check_table(struct, value, path)
    else:
        yield from _check_value(kind, value, path)


def _check_table(kind: Any, value: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    if not isinstance(value, Mapping):
        yield path, f"expected a table, got {_named(value)}"
        return
    known = {entry.encode_name: entry.type for entry in msgspec.structs.fields(kind)}
    for key, inner in value.items():
        if key in known:
            yield from _check(known[key], inner, (*path, key))
        else:
            yield (*path, key), f"unknown key{did_you_mean(key, known)}"


def _check_mapping(kind: Any, value: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    if not isinstance(value, Mapping):
        yield path, f"expected a table, got {_named(value)}"
        return
    for key, inner in value.items():
        yield from _check(kind, inner, (*path, key))


def _check_value(kind: Any, value: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    bare = kind.__origin__ if hasattr(kind, "__metadata__") else kind
    if get_origin(bare) is list and isinstance(value, list):
        for place, item in enumerate(value):
            yield from _check_value(get_args(bare)[0], item, (*path, str(place)))
        return
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        if get_origin(bare) is Literal:
            choices = [str(choice) for choice in get_args(bare)]
            listed = ", ".join(f'"{choice}"' for choice in choices)
            yield path, f"{_toml(value)} is not one of {listed}{did_you_mean(str(value), choices)}"
        else:
            yield path, f"{_plainly(str(error))}: {_toml(value)}"


def _plainly(message: str) -> str:
    """A validator's message in the words of a config file."""
    message = message.partition(" - at")[0]
    for pattern, word in _WORDS.items():
        message = re.sub(pattern, word, message)
    return message[0].lower() + message[1:]


def _toml(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def _check_tools(values: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    tools = values.get("tools", {})
    for kind, entries in tools.items() if isinstance(tools, Mapping) else ():
        if kind not in tool_kinds():
            yield ("tools", kind), f"unknown package manager{did_you_mean(kind, tool_kinds())}"
        elif isinstance(entries, Mapping):
            for name, spec in entries.items():
                yield from _check_tool(kind, name, spec)


def _check_tool(kind: str, name: str, spec: Any) -> Iterator[tuple[Path_, str]]:
    rules = ecosystem(kind)
    pattern = _NPM_NAME if rules == "npm" else _PYPI_NAME
    if not pattern.fullmatch(name):
        yield ("tools", kind, name), f"{name!r} cannot be the name of a {rules} package"
    request = spec.get("version", "*") if isinstance(spec, Mapping) else spec
    trouble = versions.problem(rules, request) if isinstance(request, str) else ""
    if trouble:
        yield (("tools", kind, name, "version") if isinstance(spec, Mapping) else ("tools", kind, name)), trouble


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?`, or the list of what there is, or "" when nothing is known."""
    options = sorted(known)
    close = difflib.get_close_matches(word, options, n=1, cutoff=0.6)
    if close:
        return f'; did you mean "{close[0]}"?'
    return f"; known are {', '.join(options)}" if options else ""


def _named(value: Any) -> str:
    names = {bool: "true/false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    return names.get(type(value), type(value).__name__)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType)


def _is_collection(kind: Any) -> bool:
    inner = kind.__origin__ if hasattr(kind, "__metadata__") else kind
    return get_origin(inner) in (dict, list)
