"""Claude Code and those that print its messages: `--output-format json`, one result message, a list, or a line each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ..proc import Completed
from . import PASSING, Answer, Call, Failure, Request, failed, fill, streams

RETRYABLE: frozenset[Failure] = PASSING
EDITORS = ("Edit", "MultiEdit", "Write", "NotebookEdit", "edit", "write_file", "replace", "edit_file", "create_file")
# Amp, which has no key, opens a browser and waits.
GIVE_UP = r"Starting login flow"


def call(request: Request) -> Call:
    """The template, filled."""
    return msgspec.structs.replace(fill(request), give_up=GIVE_UP)


def read(request: Request, said: Completed) -> Answer:
    """By its result message: `is_error` and `result`, what it cost, and the files that its editing tools were given."""
    messages = list(_messages(said.stdout))
    result = next((each for each in reversed(messages) if each.get("type") == "result"), None)
    content = {**streams(said), **_figures(result or {}), **_edits(messages)}
    if result is None:
        return failed(said, content)
    error = result.get("error")
    told = str(result.get("result") or (error.get("message", "") if isinstance(error, dict) else error or ""))
    if said.is_ok and not result.get("is_error"):
        return Answer(success=True, message=told, content=content)
    return failed(said, content, told, told=f"{told}\n{said.stderr}")


def _messages(text: str) -> Iterator[dict[str, Any]]:
    """Every message, in one document or one a line; lines that are none are left out."""
    for part in (text.strip(), *text.splitlines()):
        try:
            found = msgspec.json.decode(part)
        except (msgspec.DecodeError, UnicodeEncodeError):
            continue
        yield from (each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict))
        if part == text.strip():
            return


def _figures(result: dict[str, Any]) -> dict[str, Any]:
    wanted = {"session_id": "session_id", "cost_usd": "total_cost_usd", "turns": "num_turns", "usage": "usage"}
    return {name: result[key] for name, key in wanted.items() if key in result}


def _edits(messages: list[dict[str, Any]]) -> dict[str, Any]:
    found: list[str] = []
    texts: list[str] = []
    for message in messages:
        inner = message.get("message")
        parts = inner.get("content") if isinstance(inner, dict) else None
        for part in parts if isinstance(parts, list) else ():
            given = part.get("input") if isinstance(part, dict) else None
            if isinstance(given, dict) and part.get("name") in EDITORS:
                found.append(str(given.get("file_path") or given.get("path") or given.get("notebook_path") or ""))
            if isinstance(part, dict) and part.get("type") == "text":
                texts.append(str(part.get("text", "")))
    edits = {"files_modified": list(dict.fromkeys(filter(None, found)))} if found else {}
    return {**edits, **({"messages": texts} if texts else {})}
