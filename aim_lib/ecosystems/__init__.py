"""Version rules, one file an ecosystem: what a request may look like and how versions compare. Pure.

A member says what a package may be called (`NAME`, a regular expression), shows `EXAMPLES` of requests, and defines the
functions of `Rules`. It never sees "anything will do" (`*`, `latest`), which is the same everywhere: `versions` knows.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

MEMBERS = ("brew", "cargo", "deb", "npm", "pypi", "scoop", "winget")  # not by a look at the folder: versions is pure


class Rules(Protocol):
    """One ecosystem's version rules; satisfied by its module."""

    NAME: str
    EXAMPLES: str

    def exact(self, request: str) -> str:
        """The one version that `request` names, or ""."""
        ...

    def check_range(self, request: str) -> None:
        """Raises ValueError when `request` is no range."""
        ...

    def in_range(self, request: str, version: str) -> bool:
        """Whether `version` satisfies the range `request`. May raise ValueError when either cannot be read."""
        ...

    def answers(self, one: str, version: str) -> bool:
        """Whether `version` is what the exact request `one` means."""
        ...

    def is_same(self, left: str, right: str) -> bool: ...

    def is_above(self, left: str, right: str) -> bool:
        """Whether `left` is newer. May raise ValueError when either cannot be read."""
        ...


@runtime_checkable
class Ordered(Protocol):
    """What a member has in addition whose package index is asked for newer versions."""

    def order(self, version: str) -> Any:
        """A key to sort by. Raises ValueError when `version` cannot be read."""
        ...

    def is_prerelease(self, version: str) -> bool: ...

    def major(self, version: str) -> int: ...
