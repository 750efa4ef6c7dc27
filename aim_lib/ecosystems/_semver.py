"""Semantic versions, by the `semantic_version` library: what npm and cargo share."""

from __future__ import annotations

import re

VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


def check_range(request: str) -> None:
    from semantic_version import NpmSpec

    NpmSpec(request)


def in_range(request: str, version: str) -> bool:
    from semantic_version import NpmSpec, Version

    return Version(version) in NpmSpec(request)


def is_above(left: str, right: str) -> bool:
    from semantic_version import Version

    return bool(Version(left) > Version(right))
