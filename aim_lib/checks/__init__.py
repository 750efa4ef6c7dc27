"""One health check per file: `ID`, `CODES` and `check(facts, runner) -> Record`. A check looks; it never mends.

A Record that has warned or failed has a code, one of the check's `CODES`, and a remedy that can be typed. `CODES` says
of each code in one paragraph what was found (its first sentence is the code's title), why it matters and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..host import Host
from ..model import Frozen, Record, Status
from ..proc import Runner

if TYPE_CHECKING:
    from ..drift import Standing


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
    now_s: float = 0.0  # epoch seconds; 0: not told
    is_optional_chosen: bool = False  # whether the user, and not the built-in list, names the optional commands
    standings: tuple[Standing, ...] = ()
    ai_tools: Mapping[str, Any] = {}  # of the registry, by id: their names by kind, and their commands
    cache_warn_gb: float = 20.0
    min_free_gb: float = 1.0
    open_run: str = ""  # what a run is in the middle of, or was when it was killed; "" for none
    has_network: bool = False  # whether package indexes may be asked
    has_release: bool = False  # whether a newer release of ours may be asked for
    is_offline: bool = False
    version: str = ""


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
