"""The names of AIM's errors; none of them is raised by the bridge, which answers `success: False` instead."""

from __future__ import annotations


class AIMError(Exception):
    """Base of what a caller may have caught."""


class AIMRegistryNotFoundError(AIMError):
    """No registry folder is there."""
