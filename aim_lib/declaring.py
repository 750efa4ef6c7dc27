"""Declarations as lines of an aim.toml: a new file, or more tools in one that somebody wrote. Pure: text to text."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from .errors import BadConfig
from .manifests import Entry

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import AbstractTable, Item


def new_tables(entries: Iterable[Entry], comments: Mapping[str, str]) -> str:
    """Tables of `entries`, one a kind, each under its comment."""
    import tomlkit

    blocks = []
    for kind, group in _by_kind(entries):
        document = tomlkit.document()
        table = tomlkit.table()
        for entry in group:
            table.add(key_of(entry.name), _item(entry))
        tools = tomlkit.table(is_super_table=True)
        tools.add(key_of(kind), table)
        document.add("tools", tools)
        comment = f"# {comments[kind]}\n" if kind in comments else ""
        blocks.append(f"\n{comment}{tomlkit.dumps(document)}")
    return "".join(blocks)


def with_tools(text: str, entries: Iterable[Entry], name: str) -> str:
    """`text` with `entries` declared in it; everything else of it stays as it is, byte for byte.

    Raises BadConfig with the lines to write by hand when that cannot be done, which is checked by reading both.
    """
    asked = tuple(entries)
    ending = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n")
    for attempt in (_edited, _appended):
        new = attempt(plain, asked)
        if new is not None and _is_right(plain, new, asked):
            return new.replace("\n", ending)
    lines = new_tables(asked, {}).strip().splitlines()
    raise BadConfig(
        f"{name} is written in a way that cannot be added to", remedy="add these lines by hand", details=lines
    )


def _edited(text: str, entries: tuple[Entry, ...]) -> str | None:
    """`text` with the new tools at the end of the tables of their kinds; None where tomlkit loses its way."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        for kind, group in _by_kind(entries):
            _add(document, kind, list(group))
        return tomlkit.dumps(document)
    except (TOMLKitError, TypeError, ValueError, KeyError, AttributeError, IndexError):
        return None  # tables written out of order, for one: the caller has another way


def _add(document: TOMLDocument, kind: str, entries: list[Entry]) -> None:
    import tomlkit
    from tomlkit.items import InlineTable

    tools: Any = document.get("tools")
    if tools is None:
        tools = tomlkit.table(is_super_table=True)
        document.add("tools", tools)
        tools = document["tools"]
    table: Any = tools.get(kind)
    if table is None:
        tools[kind] = tomlkit.inline_table() if isinstance(tools, InlineTable) else tomlkit.table()
        table = tools[kind]
    extend(table, [(key_of(entry.name), _item(entry)) for entry in entries])


def extend(table: AbstractTable, items: Iterable[tuple[Any, Item]]) -> None:
    """Add to a table; the empty lines and comments before the next one stay before it."""
    import tomlkit
    from tomlkit.items import Comment, Table, Whitespace

    tail: list[Any] = []
    body = table.value.body
    while isinstance(table, Table) and body and isinstance(body[-1][1], Whitespace | Comment):
        tail.insert(0, body.pop()[1])
    kept = next((place for place, item in enumerate(tail) if isinstance(item, Whitespace)), len(tail))
    for item in tail[:kept]:
        table.add(item)
    for key, value in items:
        table.add(key, value)
    for item in tail[kept:]:
        table.add(item if isinstance(item, Comment) else tomlkit.ws(item.as_string()))


def _appended(text: str, entries: tuple[Entry, ...]) -> str | None:
    """`text` with whole tables at its end: the plain way where no table of those kinds is there yet."""
    return f"{text.rstrip()}\n{new_tables(entries, {})}" if text.strip() else new_tables(entries, {}).lstrip()


def _is_right(before: str, after: str, entries: tuple[Entry, ...]) -> bool:
    """Whether `after` says what `before` did and the entries, and keeps every line of `before`."""
    try:
        old, new = tomllib.loads(before), tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        return False
    for entry in entries:
        old.setdefault("tools", {}).setdefault(entry.kind, {})[entry.name] = plain_value(entry)
    return old == new and keeps_lines(before, after)


def keeps_lines(before: str, after: str) -> bool:
    """Whether the lines of `before` are all in `after`, in order; an inline table is one that may grow."""
    rest = iter(after.splitlines())
    return all(not line.strip() or line in rest or "{" in line for line in before.splitlines())


def plain_value(entry: Entry) -> str | dict[str, Any]:
    """What stands behind a tool's name: its request alone, or a table."""
    options: dict[str, Any] = {"version": entry.request}
    options |= {"python": entry.python} if entry.python else {}
    options |= {"with": list(entry.extras)} if entry.extras else {}
    options |= {"source": entry.source} if entry.source else {}
    options |= {"platforms": list(entry.platforms)} if entry.platforms else {}
    options |= {"optional": True} if entry.optional else {}
    return options if len(options) > 1 else entry.request


def _item(entry: Entry) -> Item:
    import tomlkit

    value = plain_value(entry)
    if isinstance(value, str):
        return tomlkit.string(value)
    inline = tomlkit.inline_table()
    inline.update(value)
    return inline


def key_of(name: str) -> Any:
    """A name as a key of TOML, in quotes where it needs them."""
    import tomlkit
    from tomlkit.items import KeyType, SingleKey

    bare = all(char.isascii() and (char.isalnum() or char in "-_") for char in name) and name
    return tomlkit.key(name) if bare else SingleKey(name, t=KeyType.Basic)


def _by_kind(entries: Iterable[Entry]) -> Iterable[tuple[str, Iterable[Entry]]]:
    return groupby(sorted(entries, key=lambda entry: (entry.kind, entry.name)), key=lambda entry: entry.kind)
