"""Codex: `codex exec --json` prints one event a line; https://developers.openai.com/codex/noninteractive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ..proc import Completed
from . import PASSING, Answer, Call, Failure, Request, failed, fill, streams

RETRYABLE: frozenset[Failure] = PASSING


def call(request: Request) -> Call:
    """The template, filled."""
    return fill(request)


def read(request: Request, said: Completed) -> Answer:
    """By its events: the agent's messages, the files it changed, the tokens it used, what went wrong."""
    events = list(_events(said.stdout))
    items = [each["item"] for each in events if each.get("type") == "item.completed" and _is_object(each.get("item"))]
    messages = [str(item.get("text", "")) for item in items if item.get("type") == "agent_message"]
    errors = [_error_of(each) for each in events if each.get("type") in ("error", "turn.failed")]
    content: dict[str, Any] = {**streams(said), **_files(items), **_figures(events)}
    if messages:
        content["messages"] = messages
    if said.is_ok and not any(each.get("type") == "turn.failed" for each in events):
        return Answer(success=True, message=messages[-1] if messages else "", content=content)
    last = errors[-1] if errors else ""
    return failed(said, content, last, told="\n".join((*errors, said.stderr)))


def _events(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        try:
            found = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeEncodeError):  # what it says beside its events
            continue
        if isinstance(found, dict):
            yield found


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _error_of(event: dict[str, Any]) -> str:
    inner = event.get("error")
    return str(event.get("message") or (inner.get("message", "") if isinstance(inner, dict) else inner or ""))


def _files(items: list[dict[str, Any]]) -> dict[str, Any]:
    changes = [
        change
        for item in items
        if item.get("type") == "file_change" and isinstance(item.get("changes"), list)
        for change in item["changes"]
        if isinstance(change, dict)
    ]
    if not changes:
        return {}
    by_kind: dict[str, list[str]] = {"add": [], "update": [], "delete": []}
    for change in changes:
        by_kind.setdefault(str(change.get("kind", "update")), []).append(str(change.get("path", "")))
    return {
        "files_created": by_kind["add"],
        "files_modified": by_kind["update"],
        "files_deleted": by_kind["delete"],
    }


def _figures(events: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for event in events:
        if "thread_id" in event:
            found["session_id"] = event["thread_id"]
        if _is_object(event.get("usage")):
            found["usage"] = event["usage"]
    return found
