"""One health check per file: `ID`, `CODES` and `check(facts, runner) -> Record`. A check looks; it never mends.

A Record that has warned or failed has a code, one of the check's `CODES`, and a remedy that can be typed. `CODES` says
of each code in one paragraph what was found (its first sentence is the code's title), why it matters and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from ..host import Host
from ..model import Frozen, Record, Status
from ..proc import Runner


class Facts(Frozen, frozen=True):
    """What the checks may know, gathered before they start."""

    host: Any  # Host; a dataclass, which msgspec cannot name as a field type of a Struct it may encode
    python_version: tuple[int, int, int]
    min_python: str
    required_commands: tuple[str, ...]
    optional_commands: tuple[str, ...]
    config_files: tuple[str, ...]
    config_problems: tuple[str, ...]
    folders: tuple[Path, ...]
    bin_folders: tuple[Path, ...]
    off_tools: tuple[tuple[str, str], ...]
    tool_count: int
    timeout_s: float
    secret_warn_days: int = 14
    plugins: tuple[str, ...] = ()
    plugin_problems: tuple[str, ...] = ()


class Check(Protocol):
    ID: str
    CODES: Mapping[str, str]

    def check(self, facts: Facts, runner: Runner) -> Record: ...


def host_of(facts: Facts) -> Host:
    host: Host = facts.host
    return host


def record(identity: str, status: Status, detail: str, remedy: str = "", code: str = "", **facts: Any) -> Record:
    """A check's Record, titled by its id; a bad one has a `code` of the check's."""
    return Record(id=identity, status=status, title=identity, detail=detail, remedy=remedy, code=code, facts=facts)
