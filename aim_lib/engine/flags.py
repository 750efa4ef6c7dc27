"""The flags of a whole run, which every task takes. Imported with every task: nothing else is."""

from __future__ import annotations

from typing import Any

# name: (flag, kind, default, help)
SHARED: dict[str, tuple[str, type, Any, str]] = {
    "dry_run": ("dry-run", bool, False, "show what would be done; change nothing"),
    "json": ("json", bool, False, "print one JSON document on stdout"),
    "json_output": ("json-output", bool, False, "the same as --json"),
    "format": ("format", str, "", "terminal, json, junit, github, markdown or html"),
    "quiet": ("quiet", bool, False, "only failures and results"),
    "yes": ("yes", bool, False, "answer yes to every question"),
    "keep_going": ("keep-going", bool, False, "after a failure go on with what does not depend on it"),
    "offline": ("offline", bool, False, "use no network: only what is installed or cached"),
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
