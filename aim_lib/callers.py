"""Who asked for a run: a person at a terminal, a CI, an AI agent, or another program. Pure."""

from __future__ import annotations

import re

from .host import Host

# Set by programs that read the terminal of what they start: what is shown there is not for a person alone.
AGENTS = ("CLAUDECODE", "CODEX_SANDBOX", "CURSOR_AGENT", "GEMINI_CLI", "OPENCODE", "AI_AGENT", "AGENT")
SESSION_VARIABLE = "AIM_SESSION_ID"


def agent(on: Host) -> str:
    """The variable by which an AI agent shows itself, or ""."""
    return next((name for name in AGENTS if on.get(name)), "")


def asked_by(on: Host) -> str:
    """`agent:NAME` of its variable, `ci`, `human`, or `program` where there is no terminal."""
    found = agent(on)
    if found:
        return f"agent:{found.lower()}"
    return "ci" if on.in_ci else "human" if on.is_interactive else "program"


def session_of(on: Host) -> str:
    """The session that the process which started us belongs to; "" when it is none of ours."""
    told = on.get(SESSION_VARIABLE)
    return told if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", told) else ""
