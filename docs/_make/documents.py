"""The page of JSON documents: the envelope, records, and the keys of each command's own part.

The keys are those of the documents that the scenarios of the test suite print. The page remembers them:
`python3 aim.py dev reference --documents` plays all scenarios and writes them down anew, and each scenario fails
that prints a key which is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aim_lib.model import Status
from docs._make.tables import code, table

HEAD = """# JSON documents

Every command takes `--json`, and then prints one document on stdout and nothing else, also when it fails and when
there is nothing to say. Its keys are a contract: `schema_version` changes when one goes away or changes its meaning;
new ones may come at any time.

## Every document

"""
ENVELOPE = {
    "schema_version": ("number", "The version of these keys: 1"),
    "command": ("text", "The command, as its task is called: `health.check`"),
    "exit_code": ("number", "What the program ends with: see [exit codes](exit-codes.md)"),
    "timestamp": ("text", "When it was made, ISO 8601 in UTC"),
    "records": ("list", "What was looked at or done, one record each; below"),
}
RECORD = {
    "id": ("text", "What it is about: `pipx:ruff`, the id of a check, a task"),
    "status": ("text", "One of " + ", ".join(f"`{status}`" for status in Status)),
    "title": ("text", "What is known in one line"),
    "detail": ("text", "More lines, or empty"),
    "remedy": ("text", "What to type so that it is well, or empty"),
    "seconds": ("number", "How long it took"),
    "where": ("text", "The file or folder it is about, or empty"),
    "code": ("text", "The [health code](health-codes.md), or empty"),
    "facts": ("object", "More, by kind of record"),
}
INNER = """
## Each command's own

`[]` stands for each item of a list, `NAME` for names that are no fixed words.
"""
# Objects whose keys are names of things, not words of ours; `*` is any one key on the way.
NAMED = (
    "config",
    "details",
    "origins",
    "schema",
    "facts",
    "settings",
    "variables",
    "by_",
    "counts",
    "arguments",
    "environment",
)
KINDS = {str: "text", bool: "true or false", int: "number", float: "number", list: "list", dict: "object"}
Keys = Mapping[str, str]


def page(path: Path, found: Mapping[str, Keys] | None = None) -> str:
    """The page with the keys that the one at `path` has, or with those of `found`: command → key → kind."""
    known = read_keys(path) if found is None else found
    head = ("key", "kind", "is")
    parts = [HEAD + table(head, _rows(ENVELOPE)), "## A record\n\n" + table(head, _rows(RECORD)), INNER]
    return "\n".join([*parts, *(_section(name, known[name]) for name in sorted(known))])


def _section(name: str, own: Keys) -> str:
    return f"### {name}\n\n" + table(("key", "kind"), ((code(key), kind) for key, kind in sorted(own.items())))


def _rows(keys: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    return ((code(key), kind, says) for key, (kind, says) in keys.items())


def read_keys(path: Path) -> dict[str, dict[str, str]]:
    """Command → key → kind, as the page at `path` has them."""
    if not path.exists():
        return {}
    known: dict[str, dict[str, str]] = {}
    own = path.read_text(encoding="utf-8").partition("\n## Each command's own")[2]
    for part in own.split("\n### ")[1:]:
        name, _, rest = part.partition("\n")
        known[name] = dict(re.findall(r"^\| `(.+?)` \| (.+?) \|$", rest, re.MULTILINE))
    return known


def keys(document: Mapping[str, Any]) -> dict[str, str]:
    """The keys of a document's own part, with what kind of value they have; `null` says nothing of a kind."""
    found: dict[str, str] = {}
    for key, value in document.items():
        if key not in ENVELOPE:
            found |= _below(key, value)
    return found


def _below(place: str, value: Any) -> dict[str, str]:
    found = {place: KINDS[type(value)]} if value is not None else {}
    if isinstance(value, list):
        for each in value:
            if isinstance(each, dict | list):
                found |= {key: kind for key, kind in _below(f"{place}[]", each).items() if key != f"{place}[]"}
    elif isinstance(value, dict) and not place.rpartition(".")[2].startswith(NAMED):
        for key, inner in value.items():
            found |= _below(f"{place}.{key}", inner)
    return found


def unknown(document: Mapping[str, Any], path: Path) -> list[str]:
    """Keys of a document that the page at `path` does not have for its command."""
    known = read_keys(path).get(document["command"], {})
    return [key for key in keys(document) if key not in known]
