"""Gemini CLI: `--output-format json` prints one object, `response` and `stats` on stdout, or `error` on stderr."""

from __future__ import annotations

from typing import Any

import msgspec

from ..proc import Completed
from . import PASSING, Answer, Call, Failure, Request, failed, fill, streams

RETRYABLE: frozenset[Failure] = PASSING
CODES = {41: Failure.AUTHENTICATION, 42: Failure.USAGE}  # FatalAuthenticationError, FatalInputError


def call(request: Request) -> Call:
    """The template, filled."""
    return fill(request)


def read(request: Request, said: Completed) -> Answer:
    """By its object; an exit code of its own kind counts for more than its words."""
    document = _document(said.stdout) or _document(said.stderr) or {}
    error = document.get("error")
    content = {**streams(said), **_figures(document)}
    if said.is_ok and not error:
        return Answer(success=True, message=str(document.get("response", said.stdout.strip())), content=content)
    told = str(error.get("message", "")) if isinstance(error, dict) else ""
    answer = failed(said, content, told, told=told)
    if said.exit_code in CODES and not said.timed_out:
        return msgspec.structs.replace(answer, failure=CODES[said.exit_code])
    return answer


def _document(text: str) -> dict[str, Any] | None:
    """The object in what it printed; warnings may stand before it."""
    start = text.find("{")
    try:
        found = msgspec.json.decode(text[start:]) if start >= 0 else None
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    return found if isinstance(found, dict) else None


def _figures(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "session_id" in document:
        found["session_id"] = document["session_id"]
    stats = document.get("stats")
    if isinstance(stats, dict):
        found["usage"] = stats.get("models", {})
        files = stats.get("files")
        if isinstance(files, dict):
            found["lines_added"] = files.get("totalLinesAdded", 0)
            found["lines_removed"] = files.get("totalLinesRemoved", 0)
    return found
