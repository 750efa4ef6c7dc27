"""What we arrange ourselves and has states, not versions: variables, jobs, launchers, links, cleared folders.

Nothing of it is in `resources/`, whose members are kinds of tools: whoever plans such a thing reads how it stands,
makes the `Change`s, and hands `apply` an `Arranged`, by which it sees whether each has come about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from .model import Change, Frozen, Lane, Present, Step, Write
from .resources import Diagnosis

Note = TypeVar("Note", bound=Frozen)


@dataclass(frozen=True, slots=True)
class Arranged:
    """One kind of such things: `look` reads every one that is there, its state as the version, from disk."""

    kind: str
    look: Callable[[], tuple[Present, ...]]
    explain: Callable[[str], Diagnosis] | None = None

    @property
    def bin_folders(self) -> tuple[Path, ...]:
        return ()

    def find(self) -> tuple[Present, ...]:
        return self.look()

    def diagnose(self, output: str) -> Diagnosis:
        if self.explain is not None:
            return self.explain(output)
        *said, code = output.strip().splitlines() or ["it failed"]  # `steps` adds the exit code as a line of its own
        words = next((line.strip() for line in reversed(said) if line.strip()), code)
        return Diagnosis(cause="unknown", message=words, remedy="run it by hand")


def change(
    kind: str,
    name: str,
    *,
    topic: str,
    have: str,
    want: str,
    reason: str,
    do: Iterable[Step],
    undo: Iterable[Step],
    event: str = "changed",
    after: Iterable[str] = (),
) -> Change:
    """From one state of such a thing to another; "" is none. One of a kind at a time: they often share a file."""
    return Change(
        id=f"{kind}:{name}",
        kind=kind,
        name=name,
        have=have,
        want=want,
        reason=reason,
        do=tuple(do),
        undo=tuple(undo),
        lane=Lane(name=kind),
        after=tuple(after),
        event=event,
        topic=topic,
    )


def notes_in(folder: Path, kind: type[Note]) -> Iterator[Note]:
    """What is noted of things of one kind, by file; a file that cannot be read is not one of ours."""
    for path in sorted(folder.glob("*.json")):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=kind)
        except (OSError, msgspec.DecodeError):
            continue


def noted(path: str, note: Frozen) -> Write:
    """The step that puts `note` where `notes_in` finds it again, for its owner's eyes alone."""
    return Write(path=path, text=msgspec.json.encode(note).decode() + "\n", mode=0o600)
