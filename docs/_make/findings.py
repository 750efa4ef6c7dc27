"""The page of health codes, from the checks: what each means, why it matters, what to do."""

from __future__ import annotations

import itertools

from aim_lib import catalog, findings, health
from docs._make.tables import plain

HEAD = """# Health codes

What the codes behind a finding of [`aim health`](../health.md) mean. `aim health explain AIM-H010` says the same in the
terminal. A code keeps its meaning for good.
"""


def page() -> str:
    """The whole page as Markdown; of AIM's own checks alone, whatever plugins are installed."""
    own = {name: catalog.load(health.PACKAGE, name) for name in catalog.own(health.PACKAGE)}
    known = findings.table(own).values()
    parts = [HEAD]
    for check, found in itertools.groupby(known, key=lambda finding: finding.check):
        parts.append(f"## {check}\n")
        parts += [f"### {each.code}\n\n{plain(each.text)}\n" for each in found]
    return "\n".join(parts)
