"""What we arrange ourselves and has states, not versions: variables, jobs, launchers, links, cleared folders.

Nothing of it is in `resources/`, whose members are kinds of tools: whoever plans such a thing reads how it stands,
makes the `Change`s, and hands `apply` an `Arranged`, by which it sees whether each has come about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .model import Lane, Present
from .resources import Diagnosis
from .states import state_of as state_of


@dataclass(frozen=True, slots=True)
class Arranged:
    """One kind of such things: `look` reads every one that is there, its state as the version, from disk."""

    kind: str
    look: Callable[[], tuple[Present, ...]]
    explain: Callable[[str], Diagnosis] | None = None

    @property
    def bin_folders(self) -> tuple[Path, ...]:
        return ()

    @property
    def lane(self) -> Lane:
        """One at a time: such things often share a file."""
        return Lane(name=self.kind, width=1)

    def find(self) -> tuple[Present, ...]:
        return self.look()

    def diagnose(self, output: str) -> Diagnosis:
        if self.explain is not None:
            return self.explain(output)
        *said, code = output.strip().splitlines() or ["it failed"]  # `steps` adds the exit code as a line of its own
        words = next((line.strip() for line in reversed(said) if line.strip()), code)
        return Diagnosis(cause="unknown", message=words, remedy="run it by hand")
