"""Places a secret may lie, one file each; `open(host, runner)` gives a Vault. "Not mine" is `Unavailable`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, runtime_checkable

from ..secret import Secret


class Vault(Protocol):
    """Where secrets lie. Values are never in an exception's text.

    A name that is absent is left out of an answer: the next vault is asked. Unavailable, with the reason, says that
    this one cannot be used here at all: the next is asked too. Any other AimError is a failure, and ends the search:
    what the user keeps here is not silently taken from elsewhere.
    """

    name: str

    def has(self, names: Iterable[str]) -> frozenset[str]:
        """Which of `names` it holds. Raises Unavailable when it cannot be used here, with the reason."""
        ...

    def store(self, name: str, value: str) -> None:
        """Keep `value` and read it back. Raises Unavailable when that does not work, with the reason."""
        ...


@runtime_checkable
class Readable(Protocol):
    """What a vault has whose values can be had; one that has it not only says which names it holds."""

    def get(self, names: Iterable[str]) -> Mapping[str, Secret]:
        """The values of those it holds, all in one go. Raises Unavailable, as `has` does."""
        ...


@runtime_checkable
class Explaining(Protocol):
    """What a vault has that can say more than that it does not hold a name."""

    def why_not(self, name: str) -> str:
        """Why it had nothing under that name; a clause, without the name of the vault."""
        ...
