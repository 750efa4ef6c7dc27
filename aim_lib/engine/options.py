"""The options of a whole run: known to every task of it, wherever on the command line they stood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..errors import BadConfig

SWITCHES = ("dry_run", "quiet", "yes", "keep_going", "resume", "force", "only", "offline")
OUTPUTS = ("group", "prefix")


class Options(msgspec.Struct):
    """What was asked for the whole run."""

    dry_run: bool = False
    format: str = "terminal"
    quiet: bool = False
    yes: bool = False
    keep_going: bool = False
    jobs: int = 1
    resume: bool = False
    force: bool = False
    only: bool = False
    offline: bool = False
    output: str = "group"
    report: str = ""

    def merge(self, given: Mapping[str, Any]) -> None:
        """Lay `given`, by the names of SHARED, over what is known; what was asked for once stays asked for."""
        for key in SWITCHES:
            setattr(self, key, getattr(self, key) or is_on(given.get(key)))
        if given.get("jobs") not in (None, 1):
            self.jobs = given["jobs"]
        self.output = given.get("output") or self.output
        self.report = given.get("report") or self.report
        is_json = is_on(given.get("json")) or is_on(given.get("json_output"))
        self.format = "json" if is_json else given.get("format") or self.format

    def check(self) -> None:
        """Raises BadConfig for a value that means nothing."""
        if not isinstance(self.jobs, int) or self.jobs < 1:
            raise BadConfig(f"--jobs {self.jobs!r}: a number from 1 upwards is needed", remedy="--jobs 4")
        if self.output not in OUTPUTS:
            raise BadConfig(f"--output {self.output!r} is not known", remedy="--output group, or --output prefix")


def is_on(value: Any) -> bool:
    """Whether a switch is on, also when a file or a variable wrote it as text: Invoke takes "false" for true."""
    return value.lower() not in ("", "0", "false", "no", "off") if isinstance(value, str) else bool(value)
