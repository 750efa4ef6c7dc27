"""The tables of docs/migration.md, made from the data that the program and the tests go by; run as a module it writes
them there anew."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

from aim_lib import namespace
from aim_lib.cli import translate
from aim_lib.errors import BadConfig
from aim_lib.migrate_rows import GONE, ROWS, SUCCESSORS, TITLES, VAULT, Row

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "migration.md"
DATA = Path(__file__).parent / "data"
NOT_YET = "not there yet: "


def entries(name: str, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))[key]
    return found


def invoke_name(words: str) -> str:
    """What Invoke calls the command that `aim` is given by these words, "" when there is none."""
    if words.startswith("-"):
        return words
    try:
        return translate([word for word in shlex.split(words) if not word.startswith("-")], namespace())[0]
    except (BadConfig, IndexError):
        return ""


def commands() -> list[str]:
    """A row for each old command line."""
    rows = ["| then | now, with Invoke | |", "|---|---|---|"]
    for entry in entries("old_commands", "command"):
        line = re.sub(r"^(python -m )?aim ", "aim ", entry["printed"][0])
        now = entry.get("missing") or invoke_name(line.removeprefix("aim "))
        told = f"{NOT_YET}`{now}`" if entry.get("missing") else f"`invoke {now}`"
        rows.append(f"| `{line}` | {told} | {entry.get('note', '')} |")
    return rows


def tasks() -> list[str]:
    """A row for each old task."""
    rows = ["| then | now | |", "|---|---|---|"]
    for entry in entries("old_tasks", "task"):
        told = f"{NOT_YET if entry.get('missing') else ''}`aim {entry['now']}`" if entry["now"] else "none"
        rows.append(f"| {entry['name']} | {told} | {entry.get('why', '')} |")
    return rows


def keys() -> list[str]:
    """A row for each old key, file by file."""
    lines: list[str] = []
    for form, table in ROWS.items():
        if form == VAULT:
            continue
        lines += ["", f"### {TITLES[form]}", "", "| then | now | |", "|---|---|---|"]
        lines += [_key(row) for row in table]
    return lines[1:]


def _key(row: Row) -> str:
    return f"| `{row.old}` | {f'`{row.new}`' if row.new else 'none'} | {row.why} |"


def packages() -> list[str]:
    """A row for each package that is gone or given up."""
    rows = ["| then | now | |", "|---|---|---|"]
    for item, new in sorted(SUCCESSORS.items()):
        kind, _, name = item.partition(":")
        why = f"gone from {kind}: not carried" if item in GONE else "nobody keeps it any more"
        rows.append(f"| `{name}` | `{new}` | {why} |")
    return rows


TABLES = {"commands": commands, "tasks": tasks, "keys": keys, "packages": packages}


def with_tables(text: str) -> str:
    """`text` with every table between its two marks made anew."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name} -->\n", "<!-- end -->"
        before, mark, rest = text.partition(begin)
        assert mark, name
        lines = "\n".join(table())
        text = f"{before}{begin}{lines}\n{end}{rest.partition(end)[2]}"
    return text


if __name__ == "__main__":
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
