"""Finds every mistake of a configuration document, each with its key path and what to write instead."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from . import catalog, pythons, versions
from .kinds import ecosystem, name_pattern, tool_kinds
from .schema import Config

Path_ = tuple[str, ...]
CHECKS = "aim_lib.checks"
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


def find_mistakes(values: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    """Key path and message of each mistake, in the order of the document, the tools' own last."""
    yield from _check(Config, values, ())
    yield from _check_tools(values)
    yield from _check_groups(values)
    yield from _check_health(values)


def dotted(path: Path_) -> str:
    """A key path as TOML writes it: `tools.npm."@x/y"`, a list's item as `[0]`."""
    quoted = (f'"{part}"' if re.search(r"[^\w-]", part) else part for part in path)
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", ".".join(quoted))


def _check(kind: Any, value: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    if is_struct(kind):
        yield from _check_table(kind, value, path)
    elif get_origin(_bare(kind)) is dict:
        yield from _check_mapping(get_args(_bare(kind)), value, path)
    elif isinstance(value, dict) and (struct := _struct_of(kind)) is not None:
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


def _check_mapping(kinds: tuple[Any, ...], value: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    if not isinstance(value, Mapping):
        yield path, f"expected a table, got {_named(value)}"
        return
    for key, inner in value.items():
        yield from _check_value(kinds[0], key, (*path, key))
        yield from _check(kinds[1], inner, (*path, key))


def _check_value(kind: Any, value: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    bare = _bare(kind)
    if get_origin(bare) is list and isinstance(value, list):
        for place, item in enumerate(value):
            yield from _check(get_args(bare)[0], item, (*path, str(place)))
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


def _bare(kind: Any) -> Any:
    """A type without what is said about it."""
    return kind.__origin__ if hasattr(kind, "__metadata__") else kind


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


def _check_groups(values: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    """The members of `[first_of.NAME]`: each named once, and not declared by itself as well."""
    groups, tools = values.get("first_of", {}), values.get("tools", {})
    seen: dict[str, str] = {}
    for group, kinds in groups.items() if isinstance(groups, Mapping) else ():
        for kind, names in kinds.items() if isinstance(kinds, Mapping) else ():
            if kind not in tool_kinds():
                yield ("first_of", group, kind), f"unknown package manager{did_you_mean(kind, tool_kinds())}"
                continue
            own = tools.get(kind, {}) if isinstance(tools, Mapping) else {}
            for name in (name for name in names if isinstance(name, str)) if isinstance(names, list) else ():
                path = ("first_of", group, kind)
                if not re.fullmatch(name_pattern(kind), name):
                    yield path, f"{name!r} cannot be the name of a {ecosystem(kind)} package"
                if name in own:
                    yield path, f'"{name}" is declared in tools.{kind} as well; keep one of the two'
                if f"{kind}:{name}" in seen:
                    yield path, f'"{name}" is in first_of.{seen[f"{kind}:{name}"]} as well'
                seen[f"{kind}:{name}"] = group


def _check_health(values: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    """The ids of health checks, in `[health]` and in its profiles."""
    health = values.get("health", {})
    if not isinstance(health, Mapping):
        return
    yield from _check_ids(health, ("health",))
    profiles = health.get("profiles", {})
    for name, profile in profiles.items() if isinstance(profiles, Mapping) else ():
        if isinstance(profile, Mapping):
            yield from _check_ids(profile, ("health", "profiles", name))


def _check_ids(table: Mapping[str, Any], path: Path_) -> Iterator[tuple[Path_, str]]:
    said = ((key, table[key]) for key in ("only", "skip", "timeouts") if isinstance(table.get(key), list | Mapping))
    for key, names in said:
        known = catalog.members(CHECKS)
        for name in (name for name in names if isinstance(name, str) and name not in known):
            yield (*path, key), f'there is no check "{name}"{did_you_mean(name, known)}'


def _check_tool(kind: str, name: str, spec: Any) -> Iterator[tuple[Path_, str]]:
    rules = ecosystem(kind)
    if not re.fullmatch(name_pattern(kind), name):
        yield ("tools", kind, name), f"{name!r} cannot be the name of a {rules} package"
    python = spec.get("python", "") if isinstance(spec, Mapping) else ""
    if isinstance(python, str) and (wrong := pythons.problem(python)):
        yield ("tools", kind, name, "python"), wrong
    request = spec.get("version", "*") if isinstance(spec, Mapping) else spec
    trouble = versions.problem(rules, request) if isinstance(request, str) else ""
    if trouble:
        yield (("tools", kind, name, "version") if isinstance(spec, Mapping) else ("tools", kind, name)), trouble


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?`, or the list of what there is, or "" when nothing is known."""
    import difflib

    options = sorted(known)
    close = difflib.get_close_matches(word, options, n=1, cutoff=0.6)
    if close:
        return f'; did you mean "{close[0]}"?'
    return f"; known are {', '.join(options)}" if options else ""


def _named(value: Any) -> str:
    names = {bool: "true/false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    return names.get(type(value), type(value).__name__)


def is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _struct_of(kind: Any) -> Any:
    """The table that one of a union's kinds is, or None."""
    options = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else ()
    return next((option for option in options if is_struct(option)), None)


def is_collection(kind: Any) -> bool:
    inner = kind.__origin__ if hasattr(kind, "__metadata__") else kind
    return get_origin(inner) in (dict, list)
