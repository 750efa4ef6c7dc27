"""What was migrated as lines of an `aim.toml`: a new file, or more in one that somebody wrote. Text to text.

Each value says in a comment where it came from. What somebody wrote by hand stays, also where the old files differ.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import msgspec

from .declaring import extend, keeps_lines, key_of
from .errors import BadConfig
from .keyed_text import ABSENT, value_at
from .migrate_document import Carried, Path_
from .model import Frozen
from .schema import Config

HEADER = "# What this project needs, taken over by `aim config migrate`; a comment says where each value came from."
LONGEST = 100  # characters of a line, from which on a list has a line for each item


class Drafted(Frozen, frozen=True):
    """The text of the new file, what of it is new, and what was written by hand and differs from the old files."""

    text: str
    added: tuple[Carried, ...]
    kept: tuple[Carried, ...] = ()


def draft(before: str, carried: Iterable[Carried], name: str) -> Drafted:
    """`before` with everything of `carried` that it does not say yet; nothing of it is changed or moved.

    Raises BadConfig with the lines to write by hand where that cannot be done, which is checked by reading both.
    """
    ending = "\r\n" if "\r\n" in before else "\n"
    plain = before.replace("\r\n", "\n")
    said = tomllib.loads(plain)
    added, kept = _sorted_out(carried, said)
    if not plain.strip():
        return Drafted(text=f"{HEADER}\nschema_version = 1\n{_blocks(added)}", added=added)
    if not added:
        return Drafted(text=before, added=(), kept=kept)
    new = _edited(plain, said, added)
    if new is None or not _is_right(plain, new, added):
        lines = _blocks(added).strip().splitlines()
        raise BadConfig(
            f"{name} is written in a way that cannot be added to", remedy="add these lines by hand", details=lines
        )
    return Drafted(text=new.replace("\n", ending), added=added, kept=kept)


def as_toml(value: Any) -> str:
    """A value as TOML writes it, on one line."""
    text: str = _item(value, is_long=False).as_string()
    return text


def _sorted_out(carried: Iterable[Carried], said: Mapping[str, Any]) -> tuple[tuple[Carried, ...], tuple[Carried, ...]]:
    """What is not there yet, and what is there and differs."""
    added: list[Carried] = []
    kept: list[Carried] = []
    for each in carried:
        there = value_at(said, each.path)
        if there is ABSENT and not _is_in_group(each.path, said):
            added.append(each)
        elif there != each.value:
            kept.append(each)
    return tuple(added), tuple(kept)


def _is_in_group(path: Path_, said: Mapping[str, Any]) -> bool:
    """Whether a tool is a member of a group already: it may not be declared by itself as well."""
    groups = said.get("first_of", {})
    names = [table.get(path[1], ()) for table in groups.values()] if path[0] == "tools" else []
    return any(path[2] in members for members in names)


# --- text -------------------------------------------------------------------------------------------------------------


def _blocks(carried: Iterable[Carried]) -> str:
    """Whole tables, in the order of the schema."""
    order = {entry.encode_name: place for place, entry in enumerate(msgspec.structs.fields(Config))}
    ranked = sorted(carried, key=lambda each: (order.get(each.path[0], len(order)), each.path[:-1]))
    blocks = []
    for table, group in groupby(ranked, key=lambda each: each.path[:-1]):
        head = ".".join(key_of(part).as_string() for part in table)
        lines = (f"{key_of(each.path[-1]).as_string()} = {_with_comment(each)}" for each in group)
        blocks.append(f"\n[{head}]\n" + "".join(f"{line}\n" for line in lines))
    return "".join(blocks)


def _with_comment(each: Carried) -> str:
    return f"{_item(each.value).as_string()}  # {comment(each)}"


def comment(each: Carried) -> str:
    """Where a value came from, and what was done to it: `aim_config.json: environment.pipxApps`."""
    pairs = [origin.partition(": ")[::2] for origin in each.origins]
    named = f".{each.path[-1]}" if each.path[0] in ("tools", "secrets") else "\n"  # it stands before the comment
    files = {file: [key.removesuffix(named) for name, key in pairs if name == file] for file, _ in pairs}
    told = "; ".join(f"{file}: {', '.join(keys)}" for file, keys in files.items())
    said = f"{told} ({each.note})" if each.note else told
    return "".join(char if char.isprintable() else " " for char in said)


def _item(value: Any, *, is_long: bool = True) -> Any:
    import tomlkit

    if isinstance(value, dict):
        inline = tomlkit.inline_table()
        for key, inner in value.items():
            inline.add(key_of(key), _item(inner, is_long=False))
        return inline
    if isinstance(value, list):
        array = tomlkit.array()
        for inner in value:
            array.append(_item(inner, is_long=False))
        return array.multiline(is_long and len(array.as_string()) > LONGEST)
    return tomlkit.item(value)


def _edited(text: str, said: Mapping[str, Any], added: tuple[Carried, ...]) -> str | None:
    """New tables at the end, and new values at the end of tables that are there; None where tomlkit loses its way."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    inside = [each for each in added if value_at(said, each.path[:-1]) is not ABSENT]
    try:
        document: Any = tomlkit.parse(text)
        for table, group in groupby(inside, key=lambda each: each.path[:-1]):
            place = document
            for key in table:
                place = place[key]
            extend(place, [(key_of(each.path[-1]), _commented(each)) for each in group])
        new = tomlkit.dumps(document)
    except (TOMLKitError, TypeError, ValueError, KeyError, AttributeError, IndexError):
        return None
    return f"{new.rstrip()}\n{_blocks(each for each in added if each not in inside)}"


def _commented(each: Carried) -> Any:
    item = _item(each.value)
    item.comment(comment(each)).trivia.comment_ws = "  "
    return item


def _is_right(before: str, after: str, added: tuple[Carried, ...]) -> bool:
    """Whether `after` says what `before` did and what was added, and keeps every line of `before`."""
    try:
        old, new = tomllib.loads(before), tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        return False
    for each in added:
        table = old
        for key in each.path[:-1]:
            table = table.setdefault(key, {})
        table[each.path[-1]] = each.value
    return old == new and keeps_lines(before, after)
