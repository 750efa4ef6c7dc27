"""A short name of a content, for things that have states and not versions. Pure."""

from __future__ import annotations

from hashlib import sha256

STATE_SIZE = 12  # characters: enough to tell two contents of one small file apart


def state_of(content: str | bytes) -> str:
    """A short name of a content: equal for equal ones."""
    data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    return sha256(data).hexdigest()[:STATE_SIZE]
