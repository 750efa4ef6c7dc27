"""Homebrew's formulae and casks."""

from __future__ import annotations

import re

from ._written import EXAMPLES, check_range, exact, in_range, is_above, is_same

__all__ = ["EXAMPLES", "NAME", "answers", "check_range", "exact", "in_range", "is_above", "is_same"]

NAME = r"([\w-]+/[\w.-]+/)?[A-Za-z0-9][A-Za-z0-9+._@-]*"  # with its tap, when that is not Homebrew's own


def answers(one: str, version: str) -> bool:
    """Builds of a release count: brew's 1.2.3_1 (a revision) and 1.2.3,45 (a cask's build) are both 1.2.3."""
    return one == version or re.fullmatch(rf"{re.escape(one)}(_\d+|,.+)", version) is not None
