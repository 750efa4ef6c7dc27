"""The page that a step of GitHub Actions may show beside its log: Markdown behind what earlier commands wrote.

Source: docs.github.com, "Adding a job summary": a file named by GITHUB_STEP_SUMMARY, 1 MiB a step.
"""

from __future__ import annotations

import os
from pathlib import Path

from .host import Host

VARIABLE = "GITHUB_STEP_SUMMARY"
MOST_BYTES = 1 << 20
CUT = "\n\n(the rest did not fit into a step's summary)\n"


def add(host: Host, text: str) -> str:
    """Write `text` where the step's summary is, if there is one. Returns why that could not be, or ""."""
    if not host.get(VARIABLE):
        return ""
    path = Path(host.get(VARIABLE))
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags, 0o644)
        with os.fdopen(handle, "ab") as file:
            file.write(_fitting(text, MOST_BYTES - os.fstat(handle).st_size))
    except OSError as error:
        return f"the step's summary, {path}, cannot be written: {error.strerror or error}"
    return ""


def _fitting(text: str, room: int) -> bytes:
    """What of `text` fits: GitHub drops a summary that is too large as a whole."""
    content = text.encode("utf-8", "replace") + b"\n"
    if len(content) <= room:
        return content
    kept = content[: max(0, room - len(CUT))]
    return kept[: kept.rfind(b"\n") + 1] + CUT.encode() if room > len(CUT) else b""
