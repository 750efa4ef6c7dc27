"""mise.toml and .mise.toml, by mise; of its many backends npm, pipx and cargo are known here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from . import Entry, Malformed, Reading, Remark, Writing, joined, load_toml, table_of
from ._mise_names import KINDS as KINDS
from ._mise_names import key_of, read_tool, unsaid, version_of, written

FILES = ("mise.toml", ".mise.toml", "mise.*.toml", ".mise.*.toml")
SYSTEM = "any"


def looks_like(text: str) -> bool:
    return bool(re.search(r"^\s*\[tools(\]|\.\"?[a-z]+:)", text, re.MULTILINE)) and "dependency-groups" not in text


def read(text: str) -> Reading:
    document = load_toml(text)
    tools = table_of(document, "tools")
    others = sorted(key for key in document if key not in ("tools", "min_version", "settings"))
    remarks = tuple(Remark(what=f"[{key}]", why="not about tools") for key in others)
    return joined((*(_read(key, value, _line(text, key)) for key, value in tools.items()), Reading(left_out=remarks)))


def write(entries: Sequence[Entry]) -> Writing:
    text, left = written(entries, _line_of, unsaid)
    return Writing(text=f"[tools]\n{text}", left_out=left)


def _line_of(entry: Entry) -> str:
    import tomli_w

    return f"{tomli_w.dumps({key_of(entry): ''}).split(' = ')[0]} = {_value(entry)}\n"


def _read(key: str, value: Any, line: int) -> Reading:
    several = value if isinstance(value, list) else [value]
    tables = [each if isinstance(each, dict) else {"version": each} for each in several]
    if not all(isinstance(each.get("version", "latest"), str | int) for each in tables):
        raise Malformed(f"the version of {key} is no text", line)
    options: Mapping[str, Any] = tables[0] if tables else {}
    return read_tool(key, [str(each.get("version", "latest")) for each in tables], options, line)


def _line(text: str, key: str) -> int:
    """The first line that begins with a key, however it is quoted; 0 when it is written in another way."""
    pattern = rf"^[ \t]*(?:\[tools\.)?[\"']?{re.escape(key)}[\"']?\]?[ \t]*(?:=|$)"
    found = re.search(pattern, text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def _value(entry: Entry) -> str:
    options: dict[str, Any] = {"version": version_of(entry)}
    if entry.platforms:
        options["os"] = list(entry.platforms)
    if entry.extras and entry.kind == "cargo":
        options["features"] = ",".join(entry.extras)
    elif entry.extras:
        options["uvx_args"] = shlex.join(word for extra in entry.extras for word in ("--with", extra))
    if len(options) == 1:
        return _toml(options["version"])
    return "{ " + ", ".join(f"{key} = {_toml(value)}" for key, value in options.items()) + " }"


def _toml(value: str | list[str]) -> str:
    """A text or a list of texts in one line."""
    import tomli_w

    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return tomli_w.dumps({"x": value}).removeprefix("x = ").rstrip("\n")
