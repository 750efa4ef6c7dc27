"""The options of a whole run: known to every task of it, wherever on the command line they stood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..errors import BadConfig

# name: (flag, kind, default, help)
SHARED: dict[str, tuple[str, type, Any, str]] = {
    "dry_run": ("dry-run", bool, False, "show what would be done; change nothing"),
    "json": ("json", bool, False, "print one JSON document on stdout"),
    "json_output": ("json-output", bool, False, "the same as --json"),
    "format": ("format", str, "", "terminal or json"),
    "quiet": ("quiet", bool, False, "only failures and results"),
    "yes": ("yes", bool, False, "answer yes to every question"),
    "keep_going": ("keep-going", bool, False, "after a failure go on with what does not depend on it"),
    "jobs": ("jobs", int, 1, "how many tasks may run at once"),
    "resume": ("resume", bool, False, "skip what the last, unfinished run has done and that is unchanged"),
    "force": ("force", bool, False, "run also what is up to date"),
    "only": ("only", bool, False, "only the named tasks, without what they refer to"),
    "output": (
        "output",
        str,
        "",
        "tasks side by side show their output as a group each, or line by line with a prefix",
    ),
    "report": ("report", str, "", "write the record of the run to this JSON file too"),
}
SWITCHES = ("dry_run", "quiet", "yes", "keep_going", "resume", "force", "only")
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
