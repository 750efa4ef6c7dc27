"""The predecessor's contract: one JSON object on stdin, one on stdout, exit code 0, 1, 124 (timeout) or 127 (no tool).

Any executable may speak it; a script that ends with .ps1 is run by `pwsh`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..errors import Unavailable
from ..proc import Completed
from . import PASSING, Answer, Call, Failure, Request, classify, failed, streams

RETRYABLE: frozenset[Failure] = PASSING
REASONS = {
    "timeout": Failure.TIMEOUT,
    "authentication_required": Failure.AUTHENTICATION,
    "command_not_found": Failure.UNAVAILABLE,
    "rate_limit": Failure.RATE_LIMIT,
    "network": Failure.NETWORK,
}
CODES = {124: Failure.TIMEOUT, 127: Failure.UNAVAILABLE}


def call(request: Request) -> Call:
    """The executable with its own words. Raises Unavailable for a .ps1 where there is no pwsh."""
    words = (request.program, *(word for word in request.command[1:] if word != "{args}"), *request.args)
    if request.program.lower().endswith(".ps1"):
        if not request.pwsh:
            raise Unavailable("it is a PowerShell script, and pwsh is not on PATH", remedy="install PowerShell 7")
        words = (request.pwsh, "-NoLogo", "-NoProfile", "-NonInteractive", "-File", *words)
    return Call(argv=words, stdin=_question(request))


def _question(request: Request) -> str:
    """What adapters of either generation read: the payload, with time limit and retries beside it."""
    document = {
        "tool": request.tool,
        # What they knew as a capability has another name with us.
        "capability": "version" if request.capability == "version_checking" else request.capability,
        "payload": request.payload,
        "timeout_ms": round(request.timeout_s * 1000),
        "max_retries": request.retries,
    }
    return msgspec.json.encode(document).decode()


def read(request: Request, said: Completed) -> Answer:
    """What it says of itself counts, also when it failed; without an object that has `success` it broke the rules."""
    document = _document(said.stdout)
    if document is None or not isinstance(document.get("success"), bool):
        if said.timed_out or said.exit_code in CODES:
            return msgspec.structs.replace(
                failed(said, streams(said)), failure=CODES.get(said.exit_code, Failure.TIMEOUT)
            )
        what = f"it did not answer with a JSON object that has success (exit {said.exit_code})"
        return Answer(success=False, message=what, failure=Failure.PROTOCOL, content=streams(said))
    content = document.get("content")
    kept = {**(content if isinstance(content, dict) else {}), "exit_code": said.exit_code}
    if said.stderr:
        kept.setdefault("stderr", streams(said)["stderr"])
    message = str(document.get("message", ""))
    if document["success"] and said.is_ok:
        return Answer(success=True, message=message, content=kept)
    return Answer(success=False, message=message, failure=_kind(kept, message, said), content=kept)


def _kind(content: dict[str, Any], message: str, said: Completed) -> Failure:
    if said.timed_out:
        return Failure.TIMEOUT
    told = REASONS.get(str(content.get("error_reason", "")))
    if message.startswith("Unsupported capability"):
        return Failure.UNAVAILABLE
    return told or CODES.get(said.exit_code) or classify(f"{message}\n{content.get('stderr', '')}")


def _document(text: str) -> dict[str, Any] | None:
    """The one object of stdout, or that of its last line: PowerShell modules greet before they speak."""
    for part in (text, text.strip().rpartition("\n")[2]):
        try:
            found = msgspec.json.decode(part)
        except (msgspec.DecodeError, UnicodeEncodeError):
            continue
        if isinstance(found, dict):
            return found
    return None
