"""The way over is complete: docs/migration.md says what the program does, and all of the old has an answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from aim_lib import namespace
from aim_lib.engine.catalogue import dotted_names
from tests import migration_tables as tables

TESTS = Path(__file__).parent
# Tasks of AI_MANGER's build files and plugins, whatever branch they were on.
OLD_TASKS = """
    Default Bootstrap Rebuild Verify PipxInstall NpmInstall CentralizeApply Pin.Report Pin.Sync Update.Check Update.All
    Scan.Duplicates Scan.Misplaced Scan.Report Secrets.List Secrets.Set Secrets.Get Secrets.ExportEnv Health.Check
    MasterBin.Clean MasterBin.Rebuild WatcherEnforce WatcherWatch AuditSetup Audit.InstallAlerts Audit.RemoveAlerts
    Audit.TestAlert Observability.RotateLogs Observability.Diagnostics Observability.InstallHealthScan
    Observability.RemoveHealthScan Observability.Telemetry
"""


def exists(words: str) -> bool:
    """Whether there is a command of these words or this dotted name; an option behind them must be one of its own."""
    bare, _, option = words.partition(" --")
    name = bare.replace(" ", ".")
    known = dict(dotted_names(namespace()))
    aliases = {alias for task in namespace().task_names.values() for alias in task}
    if name not in known and name not in aliases:
        return False
    options = {argument for each in known[name].get_arguments() for argument in each.names} if name in known else set()
    return not option or option.replace("-", "_") in options or option in options


def test_the_tables_of_the_guide_are_those_of_the_program() -> None:
    """They are made anew by `python -m tests.migration_tables`."""
    text = tables.DOCUMENT.read_text(encoding="utf-8")

    assert tables.with_tables(text) == text


def test_every_old_task_has_its_counterpart_or_a_reason() -> None:
    """None of AI_MANGER's tasks is forgotten, and what is said to do their work exists."""
    told = {entry["name"]: entry for entry in tables.entries("old_tasks", "task")}

    assert [name for name in OLD_TASKS.split() if name not in told] == []
    assert [name for name, entry in told.items() if not entry["now"] and not entry.get("why")] == []


@pytest.mark.parametrize("entry", tables.entries("old_tasks", "task"), ids=lambda entry: entry["name"])
def test_what_an_old_task_became_exists(entry: dict[str, Any]) -> None:
    """Or is marked as missing; a mark whose command has come must go."""
    is_there = not entry["now"] or entry["now"].startswith("--") or exists(entry["now"])

    assert is_there is not entry.get("missing", False)


def test_there_are_54_acceptance_scenarios() -> None:
    """Numbered as they were."""
    assert [row["number"] for row in tables.entries("acceptance", "row")] == list(range(1, 55))


@pytest.mark.parametrize("row", tables.entries("acceptance", "row"), ids=lambda row: str(row["number"]))
def test_an_acceptance_scenario_is_shown_or_has_its_reason(row: dict[str, Any]) -> None:
    """What shows it is there; what it waits for is not."""
    assert row.get("by") or row.get("why") or row.get("missing")
    assert [what for what in row.get("by", ()) if not is_shown(what)] == []
    assert not (row.get("missing") and exists(row["missing"]))


def is_shown(what: str) -> bool:
    """Whether there is such a scenario, test, or printed command line that works."""
    if what.endswith(".txt"):
        return (TESTS / "scenarios" / what).is_file()
    file, _, name = what.partition("::")
    if name:
        text = (TESTS / file).read_text(encoding="utf-8") if (TESTS / file).is_file() else ""
        return re.search(rf"^def {re.escape(name)}\(", text, re.MULTILINE) is not None
    works = [entry for entry in tables.entries("old_commands", "command") if not entry.get("missing")]
    lines = [line for entry in works for line in entry["printed"]]
    return what in lines
