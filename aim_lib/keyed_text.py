"""Sets and removes one key in the text of a JSON (comments and trailing commas allowed) or TOML file.

Every other byte stays as it is: these are files that people write by hand. Pure.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Keys = tuple[str, ...]

_STRING = r'"(?:\\.|[^"\\])*"'
_COMMENT = re.compile(rf"{_STRING}|//[^\n]*|/\*.*?\*/", re.DOTALL)
_TRAILING = re.compile(rf"{_STRING}|,(?=\s*[}}\]])")
_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder()
ABSENT = object()


class Member(NamedTuple):
    """One `"key": value` of an object, and where it stands in the text."""

    key: str
    start: int
    value_start: int
    end: int


def read(text: str, kind: str) -> dict[str, Any]:
    """The document, {} for an empty text. Raises ValueError when it is no object of `kind`, "json" or "toml"."""
    if not text.strip():
        return {}
    found = tomllib.loads(text) if kind == "toml" else json.loads(_plain(text))
    if not isinstance(found, dict):
        raise ValueError("it is no object")  # noqa: TRY004 - every reason why it cannot be edited is a ValueError
    return found


def value_at(document: Mapping[str, Any], keys: Keys) -> Any:
    """What is at `keys`, or ABSENT."""
    found: Any = document
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            return ABSENT
        found = found[key]
    return found


def depth(document: dict[str, Any], keys: Keys) -> int:
    """How many of `keys` lead somewhere, one after the other."""
    return next((place for place in range(len(keys)) if value_at(document, keys[: place + 1]) is ABSENT), len(keys))


def with_value(text: str, kind: str, keys: Keys, value: Any) -> str:
    """`text` with `value` at `keys`. Raises ValueError when that cannot be done without touching anything else."""
    read(text, kind)
    edited = _toml_with(text, keys, value) if kind == "toml" else _json_with(text, keys, value)
    return _checked(text, edited, kind, keys, value)


def without(text: str, kind: str, keys: Keys) -> str:
    """`text` without what is at `keys`; the same text when nothing is. Raises ValueError as `with_value` does."""
    if value_at(read(text, kind), keys) is ABSENT:
        return text
    edited = _toml_without(text, keys) if kind == "toml" else _json_without(text, keys)
    return _checked(text, edited, kind, keys, ABSENT)


def _checked(before: str, after: str, kind: str, keys: Keys, value: Any) -> str:
    """`after`, once reading it has shown that nothing but `keys` differs."""
    old, new = read(before, kind), read(after, kind)
    if value_at(new, keys) is not value and value_at(new, keys) != value:
        raise ValueError(f"{'.'.join(keys)} cannot be set in it")
    if _leaves(old, keys) != _leaves(new, keys):
        raise ValueError(f"{'.'.join(keys)} cannot be set without touching what is beside it")
    return after


def _leaves(document: dict[str, Any], but: Keys, path: Keys = ()) -> dict[Keys, Any]:
    found: dict[Keys, Any] = {}
    for key, value in document.items():
        here = (*path, key)
        if here == but:
            continue
        if isinstance(value, dict) and but[: len(here)] == here:
            found |= _leaves(value, but, here)
        else:
            found[here] = value
    return found


# --- JSON -------------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """`text` as strict JSON of the same length: comments and trailing commas are blanks."""
    without_comments = _COMMENT.sub(lambda found: found[0] if found[0][0] == '"' else _blank(found[0]), text)
    return _TRAILING.sub(lambda found: found[0] if found[0][0] == '"' else " ", without_comments)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _members(plain: str, start: int) -> Iterator[Member]:
    """The members of the object that begins at `start`, in their order."""
    place = _after_space(plain, start + 1)
    while plain[place] == '"':
        key, colon = _DECODER.raw_decode(plain, place)
        value_start = _after_space(plain, _after_space(plain, colon) + 1)
        _, end = _DECODER.raw_decode(plain, value_start)
        yield Member(key, place, value_start, end)
        place = _after_space(plain, end)
        if plain[place] != ",":
            return
        place = _after_space(plain, place + 1)


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _json_with(text: str, keys: Keys, value: Any) -> str:
    if not text.strip():
        return json.dumps(_nested(keys, value), indent=2) + "\n"
    plain = _plain(text)
    start, indent = _after_space(plain, 0), ""
    for place, key in enumerate(keys):
        members = list(_members(plain, start))
        found = next((member for member in members if member.key == key), None)
        inner = _indent(text, start, members, indent)
        if found is None:
            return _inserted(text, start, members, inner, indent, key, _nested(keys[place + 1 :], value))
        if place == len(keys) - 1:
            return text[: found.value_start] + json.dumps(value) + text[found.end :]
        if plain[found.value_start] != "{":
            raise ValueError(f"{'.'.join(keys[: place + 1])} is no object in it")
        start, indent = found.value_start, inner
    return text


def _nested(keys: Keys, value: Any) -> Any:
    for key in reversed(keys):
        value = {key: value}
    return value


def _indent(text: str, start: int, members: list[Member], outer: str) -> str:
    """The white space that the members of an object stand behind."""
    if not members:
        return f"{outer}  "
    line = text[text.rfind("\n", 0, members[0].start) + 1 : members[0].start]
    return line if not line.strip() else f"{outer}  "


def _inserted(text: str, start: int, members: list[Member], inner: str, outer: str, key: str, value: Any) -> str:
    """`text` with a new first member; the others, and the space between them, stay."""
    step = inner.removeprefix(outer) or "  "
    shown = json.dumps(value, indent=step).replace("\n", f"\n{inner}")
    member = f"{json.dumps(key)}: {shown}"
    if not members:
        return f"{text[: start + 1]}\n{inner}{member}\n{outer}{text[start + 1 :].lstrip()}"
    gap = text[start + 1 : members[0].start]
    if gap.strip():  # a comment: it stays with what it stands above
        return f"{text[: start + 1]}\n{inner}{member},{text[start + 1 :]}"
    if "\n" not in gap:
        member = f"{json.dumps(key)}: {json.dumps(value)}"
    return f"{text[: start + 1]}{gap}{member},{gap or ' '}{text[members[0].start :]}"


def _json_without(text: str, keys: Keys) -> str:
    plain = _plain(text)
    start = _after_space(plain, 0)
    for key in keys[:-1]:
        start = next(member.value_start for member in _members(plain, start) if member.key == key)
    members = list(_members(plain, start))
    place = next(place for place, member in enumerate(members) if member.key == keys[-1])
    return _cut(text, plain, start, members, place)


def _cut(text: str, plain: str, start: int, members: list[Member], place: int) -> str:
    """`text` without one member and one comma; comments around it stay."""
    gone = members[place]
    if place + 1 < len(members):
        comma, after = plain.index(",", gone.end), members[place + 1].start
        if text[comma + 1 : after].strip():
            return text[: gone.start].rstrip() + text[comma + 1 :]
        return text[: gone.start] + text[after:]
    if place:
        comma = plain.index(",", members[place - 1].end)
        return text[:comma] + _comment(text[comma + 1 : gone.start]) + text[gone.end :]
    end = plain.index("}", gone.end)
    return text[: start + 1] + _comment(text[start + 1 : gone.start]) + _comment(text[gone.end : end]) + text[end:]


def _comment(between: str) -> str:
    """What stands between two things, or "" when it is space alone."""
    return between if between.strip() else ""


# --- TOML -------------------------------------------------------------------------------------------------------


def _toml_with(text: str, keys: Keys, value: Any) -> str:
    """A key of the whole document only: a new one is its first line, before every table."""
    if len(keys) > 1:
        raise ValueError("only keys outside of every table can be set in TOML")
    line = f"{keys[0]} = {json.dumps(value)}"
    found = _toml_line(text, keys[0])
    return f"{line}\n{text}" if found is None else text[: found.start()] + line + text[found.end() :]


def _toml_without(text: str, keys: Keys) -> str:
    found = _toml_line(text, keys[0]) if len(keys) == 1 else None
    return text if found is None else text[: found.start()] + text[found.end() :].removeprefix("\n")


def _toml_line(text: str, key: str) -> re.Match[str] | None:
    """The line of a bare key outside of every table, with a plain value; a comment behind it is not part of it."""
    table = re.search(r"^[ \t]*\[", text, re.MULTILINE)
    outside = text[: table.start()] if table else text
    return re.search(rf"^{re.escape(key)}[ \t]*=[ \t]*[^\s#]+", outside, re.MULTILINE)
