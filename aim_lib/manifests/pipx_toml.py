"""pipx's own manifest (`pipx manifest sync`, from pipx 1.16): one dependency group a tool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from . import (
    Entry,
    Malformed,
    Reading,
    Remark,
    Writing,
    joined,
    load_toml,
    parse_requirement,
    requirement_of,
    source_trouble,
    table_of,
)

FILES = ("pipx.toml",)
SYSTEM = "this"
KINDS = ("pipx", "uv")
VERSION = "1.0"
# pipx requires the name and version of a project, and uses neither.
HEADER = '[project]\nname = "tools"\nversion = "0"\ndependencies = []\n'
_WORDS = {
    "include-dependencies": "commands of its dependencies cannot be declared",
    "include-resources-from": "commands of its dependencies cannot be declared",
    "lock": "its lock is pipx's own; try: aim pin",
    "apps": "the commands it must bring are not carried over",
}


def looks_like(text: str) -> bool:
    return "[dependency-groups]" in text and "[tool.pipx" in text


def read(text: str) -> Reading:
    document = load_toml(text)
    table = table_of(table_of(document, "tool"), "pipx", where="tool.")
    if table.get("version") != VERSION:
        raise Malformed(f"tool.pipx.version {table.get('version')!r} is not known, only {VERSION!r}")
    tools = table_of(table, "tools", where="tool.pipx.")
    groups = table_of(document, "dependency-groups")
    return joined(
        _read(name, group, table_of(tools, name, where="tool.pipx.tools."), _line(text, name))
        for name, group in groups.items()
    )


def write(entries: Sequence[Entry]) -> Writing:
    groups: dict[str, str] = {}
    left: list[Remark] = []
    for entry in entries:
        name = _normal(entry.name)
        why = "it is there already, from pipx" if name in groups else ""
        if entry.source:
            why = "it is installed from an address, not from a registry"
        if why:
            left.append(Remark(what=entry.id, why=why))
            continue
        groups[name] = requirement_of(entry)
        left += (Remark(what=entry.id, why=why, is_part=True) for why in _unsaid(entry))
    lines = "".join(f"{name} = [{_toml(requirement)}]\n" for name, requirement in groups.items())
    tail = f'\n[tool.pipx]\nversion = "{VERSION}"\n'
    return Writing(text=f"{HEADER}\n[dependency-groups]\n{lines}{tail}", left_out=tuple(left))


def _read(name: str, group: Any, options: dict[str, Any], line: int) -> Reading:
    if not (isinstance(group, list) and len(group) == 1 and isinstance(group[0], str)):
        raise Malformed(f"the dependency group {name} is not one requirement", line)
    asked = parse_requirement(group[0])
    if asked is None or not asked.name:
        raise Malformed(f"the requirement of {name} cannot be read", line)
    why = f"a second copy, with the suffix {options['suffix']}" if options.get("suffix") else ""
    why = why or (source_trouble(asked.source) if asked.source else "")
    if why:
        return Reading(left_out=(Remark(what=f"pipx:{asked.name}", why=why, line=line),))
    entry = Entry(kind="pipx", name=asked.name, request=asked.request, source=asked.source, line=line)
    lost = [f"its extras [{','.join(asked.extras)}] cannot be declared"] if asked.extras else []
    lost += dict.fromkeys(_WORDS[key] for key in options if key in _WORDS and options[key])
    return Reading(
        tools=(entry,), left_out=tuple(Remark(what=entry.id, why=why, line=line, is_part=True) for why in lost)
    )


def _toml(text: str) -> str:
    import tomli_w

    return tomli_w.dumps({"x": text}).removeprefix("x = ").rstrip("\n")


def _unsaid(entry: Entry) -> Iterator[str]:
    if entry.kind == "uv":
        yield "written as a tool of pipx"
    if entry.extras:
        yield f"a manifest has no word for packages beside it: with {', '.join(entry.extras)}"
    if entry.python:
        yield f"a manifest has no word for its Python: {entry.python}"


def _normal(name: str) -> str:
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)


def _line(text: str, name: str) -> int:
    """Where a group begins; 0 when it is written in an unusual way."""
    places = (place for place, line in enumerate(text.splitlines(), 1) if line.strip().strip("\"'").startswith(name))
    return next(places, 0)
