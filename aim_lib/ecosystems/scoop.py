"""Scoop's apps: a version is exactly what the manifest writes."""

from __future__ import annotations

from ._written import EXAMPLES, check_range, exact, in_range, is_above, is_same

__all__ = ["EXAMPLES", "NAME", "answers", "check_range", "exact", "in_range", "is_above", "is_same"]

NAME = r"[A-Za-z0-9][A-Za-z0-9+._-]*"


def answers(one: str, version: str) -> bool:
    return one == version
