"""Reads the predecessors' files as they were really written: JSON with a byte order mark, comments or commas too many.

Also the one flat YAML file that AIM had. Pure: text to tables.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .errors import BadConfig

# A text, which may hold anything, or what JSON does not know: only the latter goes.
_COMMENTS = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_COMMAS = re.compile(r'("(?:\\.|[^"\\\n])*")|,(?=\s*[}\]])')
_LINE = re.compile(r"([A-Za-z_][\w-]*)\s*:\s*(.*)")
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_REMEDY = "correct it, or name another file; nothing was touched"


def read_tables(text: str, name: str) -> dict[str, Any]:
    """The tables of a file called `name`; of a key that stands there twice the last value. Raises BadConfig."""
    bare = text.removeprefix("\ufeff")
    if name.lower().endswith((".yaml", ".yml")):
        return _flat_yaml(bare, name)
    try:
        document = json.loads(_without(_COMMAS, _without(_COMMENTS, bare)))
    except json.JSONDecodeError as error:
        raise BadConfig(f"{name}, line {error.lineno}: {error.msg.lower()}", remedy=_REMEDY) from None
    except RecursionError:
        raise BadConfig(f"{name} is nested too deeply", remedy=_REMEDY) from None
    if not isinstance(document, dict):
        raise BadConfig(f"{name} holds no tables", remedy=_REMEDY)
    return document


def _without(pattern: re.Pattern[str], text: str) -> str:
    """`text` without what `pattern` finds outside of strings; lines stay where they are."""
    return pattern.sub(lambda found: found[1] or "\n" * found[0].count("\n") or " ", text)


def _flat_yaml(text: str, name: str) -> dict[str, Any]:
    """`key: value` lines, which is all that the predecessor's YAML was."""
    tables: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.partition(" #")[0].rstrip() if not line.lstrip().startswith("#") else ""
        if not bare or bare in ("---", "..."):
            continue
        found = _LINE.fullmatch(bare)
        if found is None:
            raise BadConfig(f"{name}, line {number}: only lines of `key: value` are understood here", remedy=_REMEDY)
        tables[found[1]] = _scalar(found[2].strip())
    return tables


def _scalar(text: str) -> Any:
    if text[:1] in "\"'" and text[-1:] == text[:1] and len(text) > 1:
        return text[1:-1]
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return int(text) if re.fullmatch(r"-?\d+", text) else text
