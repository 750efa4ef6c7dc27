"""Read pytest's JUnit files: fail on a skip that is not on the reasoned list, or print the counts.

    python .ci/skips.py --allowed tests/skips.txt unit.xml     exit 1 when a skip is not on the list
    python .ci/skips.py --counts unit.xml real.xml             one line each, and the total last

A line of the list is a pattern of test ids (`tests/test_x.py::test_y*`; only * and ? are special), `#`, and the reason.
"""

from __future__ import annotations

import argparse
import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from pathlib import Path


def outcomes(report: Path) -> Iterator[tuple[str, str, str]]:
    """Test id, outcome (passed, failed, skipped, xfailed) and message of each test in a JUnit file."""
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - our own pytest wrote it
        identity = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name', '')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            yield identity, "failed", ""
        elif skipped is not None:
            outcome = "xfailed" if skipped.get("type") == "pytest.xfail" else "skipped"
            yield identity, outcome, skipped.get("message", "")
        else:
            yield identity, "passed", ""


def read_listed(path: Path) -> dict[str, str]:
    """The patterns of the list, each with its reason. Raises SystemExit for one without."""
    listed = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        pattern, _, reason = (part.strip() for part in line.partition("#"))
        if pattern and not reason:
            raise SystemExit(f"{path}:{number}: {pattern} has no reason; write it after a #")
        if pattern:
            listed[pattern] = reason
    return listed


def matches(identity: str, pattern: str) -> bool:
    """Like a shell, but a parameter's brackets are just brackets."""
    translated = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(translated, identity) is not None


def check(reports: list[Path], allowed: list[str]) -> int:
    """Print each skip that no pattern allows; the exit code."""
    unlisted = [
        f"{identity}: {message}"
        for report in reports
        for identity, outcome, message in outcomes(report)
        if outcome == "skipped" and not any(matches(identity, pattern) for pattern in allowed)
    ]
    for line in unlisted:
        sys.stdout.write(f"skipped, and not on the list: {line}\n")
    return 1 if unlisted else 0


def counts(reports: list[Path]) -> int:
    """Print how many tests of each report, and of all, ended how."""
    total: Counter[str] = Counter()
    for report in [report for report in reports if report.is_file()]:
        found = Counter(outcome for _, outcome, _ in outcomes(report))
        total += found
        expected = f", {found['xfailed']} expected failures" if found["xfailed"] else ""
        sys.stdout.write(f"{report.stem}: {sentence(found)}{expected}\n")
    sys.stdout.write(f"total: {sentence(total)}\n")
    return 0


def sentence(found: Counter[str]) -> str:
    return f"{found['passed']} passed, {found['failed']} failed, {found['skipped']} skipped"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--allowed", type=Path, help="the list of skips that have a reason")
    what.add_argument("--counts", action="store_true", help="print the counts only")
    parser.add_argument("reports", type=Path, nargs="+")
    asked = parser.parse_args()
    return counts(asked.reports) if asked.counts else check(asked.reports, list(read_listed(asked.allowed)))


if __name__ == "__main__":
    sys.exit(main())
