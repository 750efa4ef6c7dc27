"""Places a secret may lie, one file each; `open(host, runner)` gives a Vault. "Not mine" is `Unavailable`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Vault(Protocol):
    """Where secrets lie. Values are never in an exception's text."""

    name: str

    def has(self, names: Iterable[str]) -> frozenset[str]:
        """Which of `names` it holds. Raises Unavailable when it cannot be used here, with the reason."""
        ...

    def store(self, name: str, value: str) -> None:
        """Keep `value` and read it back. Raises Unavailable when that does not work, with the reason."""
        ...
