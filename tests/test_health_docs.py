"""docs/health.md says what the checks say."""

from __future__ import annotations

import re
from pathlib import Path

from aim_lib import curing, findings

TEXT = (Path(__file__).parents[1] / "docs" / "health.md").read_text(encoding="utf-8")


def test_every_code_stands_in_the_table() -> None:
    """The table of codes is that of the checks; run this file to have its lines: python -m tests.test_health_docs."""
    assert re.findall(r"^\| AIM-H.*$", TEXT, re.MULTILINE) == rows()


def test_every_cure_heals_what_is_known() -> None:
    """A cure for a code that no check gives would never be asked for: those of the checks that are there are known."""
    known = findings.table()
    checks = {code[:-1] for code in known}
    healed = {code for cure in curing.table().values() for code in cure.HEALS} | curing.BY_THE_TOOLS

    assert {code for code in healed if code[:-1] in checks and code not in known} == set()


def rows() -> list[str]:
    """One line of the table for each code."""
    return [f"| {each.code} | {each.check} | {each.title} |" for each in findings.table().values()]


if __name__ == "__main__":
    import sys

    sys.stdout.write("\n".join(rows()) + "\n")
