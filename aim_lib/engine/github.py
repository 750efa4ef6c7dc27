"""What GitHub Actions understands in a log: groups that fold, and annotations beside the lines of a pull request.

Source: docs.github.com, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from collections.abc import Iterable

from ..host import Host
from .run import FAILED, TaskState

CLOSE_GROUP = "::endgroup::\n"


def is_on(host: Host) -> bool:
    return host.get("GITHUB_ACTIONS") == "true"


def open_group(name: str) -> str:
    return f"::group::{_text(name)}\n"


def annotate(states: Iterable[TaskState], host: Host) -> list[str]:
    """One annotation for each failure and each warning."""
    found = []
    root = f"{host.get('GITHUB_WORKSPACE')}/"
    for state in states:
        place = _place(state.path.removeprefix(root))
        if state.state == FAILED:
            kind = "warning" if state.is_tolerated else "error"
            found.append(_annotation(kind, place, state.name, "\n".join((state.reason, *state.details))))
        found += [_annotation("warning", place, state.name, text) for text in state.warnings]
    return found


def _annotation(kind: str, place: str, name: str, message: str) -> str:
    return f"::{kind} {place}title={_property(name)}::{_text(message)}"


def _place(path: str) -> str:
    file, _, line = path.rpartition(":")
    return f"file={_property(file)},line={line}," if file and line.isdigit() else ""


def _text(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")
