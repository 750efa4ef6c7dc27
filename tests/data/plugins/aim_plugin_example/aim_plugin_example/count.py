"""A report in one line: how many records there are of each status."""

from collections import Counter

from aim_lib.model import Result
from aim_lib.reports import Look


def render(result: Result, look: Look) -> str:
    counts = Counter(str(record.status) for record in result.records)
    said = " ".join(f"{status}={count}" for status, count in sorted(counts.items()))
    return f"{result.command}: exit {result.exit_code} {said}".rstrip() + "\n"
