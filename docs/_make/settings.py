"""The page of every key of `aim.toml`, from the JSON schema that is made of `aim_lib/schema.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from aim_lib.schema import json_schema
from docs._make.tables import code, plain, table

HEAD = """# Configuration

Every table and key of `aim.toml`. Files count in this order, later ones over earlier ones: the built-in defaults, your
own `aim.toml` in the [config folder](environment.md), the project's, `AIM_TABLE_KEY` variables, options of the command
line.
`aim config show --origin` says where each value came from; a key that does not exist is an error with the nearest
that does. The same as JSON schema, for editors: `aim config schema`.

"""
# What stands for the names that a user chooses, by the table they are in.
CHOSEN = {"tools": "MANAGER", "first_of": "GROUP", "health.profiles": "PROFILE"}
PLAIN = {"string": "text", "boolean": "true or false", "integer": "whole number", "number": "number"}
Schema = dict[str, Any]


def page() -> str:
    """The whole page as Markdown."""
    schema = json_schema()
    return HEAD + "\n".join(_tables("", schema, schema["$defs"]))


def _tables(path: str, schema: Schema, defs: Schema) -> Iterator[str]:
    """One section for a table, then those of the tables in it."""
    rows, inner = [], []
    for key, value in schema["properties"].items():
        place = f"{path}.{key}" if path else key
        below = list(_structs(place, value, defs))
        inner += below
        if not below or "anyOf" in value:
            rows.append((code(key), plain(kind(value, defs)), default(value), plain(value.get("description", ""))))
    if rows:
        about = f"{plain(schema['description'])}\n\n" if schema.get("description") and path else ""
        yield f"## {f'[{path}]' if path else 'At the top'}\n\n{about}" + table(
            ("key", "type", "default", "means"), rows
        )
    for place, struct in inner:
        yield from _tables(place, struct, defs)


def _structs(place: str, value: Schema, defs: Schema) -> Iterator[tuple[str, Schema]]:
    """The tables that a value is, or may hold, with their paths."""
    if "$ref" in value:
        yield place, defs[value["$ref"].rpartition("/")[2]]
    elif "anyOf" in value:
        for one in value["anyOf"]:
            yield from _structs(place, one, defs)
    elif value.get("type") == "array" and "$ref" in value["items"]:
        yield from _structs(f"[{place}]", value["items"], defs)
    elif isinstance(value.get("additionalProperties"), dict):
        yield from _structs(f"{place}.{_name_in(place)}", value["additionalProperties"], defs)


def _name_in(place: str) -> str:
    return CHOSEN.get(place, "NAME")


def kind(value: Schema, defs: Schema) -> str:
    """What a value must be, in words."""
    if "enum" in value:
        words = [json.dumps(each) for each in value["enum"] if each != ""]
        return "one of " + ", ".join(words) if len(words) > 1 else words[0]
    if "anyOf" in value:
        return " or ".join(kind(each, defs) for each in value["anyOf"])
    if "$ref" in value:
        return "table"
    if value["type"] == "array":
        return f"list of {kind(value['items'], defs)}"
    if value["type"] == "object":
        return f"table: name = {kind(value['additionalProperties'], defs)}"
    return PLAIN[value["type"]] + _limits(value)


def _limits(value: Schema) -> str:
    limits = [f"at least {value['minimum']:g}"] if "minimum" in value else []
    limits += [f"above {value['exclusiveMinimum']:g}"] if "exclusiveMinimum" in value else []
    limits += [f"at most {value['maximum']:g}"] if "maximum" in value else []
    limits += ["not empty"] if value.get("minLength") else []
    limits += [f"like `{value['pattern']}`"] if "pattern" in value else []
    return f", {', '.join(limits)}" if limits else ""


def default(value: Schema) -> str:
    """What holds when nothing is said, as TOML; "" where there is none."""
    given = value.get("default")
    return "" if given in (None, "", [], {}) else code(json.dumps(given))
