"""What heals a finding, one file per kind of cure: `HEALS` (codes), `KIND`, `plan(host)` and `look(host)`.

A check never mends, and neither does a cure: it reads how things stand and returns Changes, which `apply` does. It
touches only what is ours, and plans nothing where all is well.
"""

from __future__ import annotations

from typing import Protocol

from ..host import Host
from ..model import Change, Present

TOPIC = "cure"


class Cure(Protocol):
    HEALS: frozenset[str]
    KIND: str

    def plan(self, host: Host) -> tuple[Change, ...]:
        """What is to be changed, () when all is well."""
        ...

    def look(self, host: Host) -> tuple[Present, ...]:
        """How that stands on disk now; a state is a version."""
        ...
