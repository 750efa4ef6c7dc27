"""Where what the engine remembers of a project lies: a folder of its own for each, below the user's state folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from ..host import Host
from ..model import Frozen


class Places(Frozen, frozen=True):
    """A project's folder, and our files about it."""

    project: Path
    folder: Path

    @property
    def last_run(self) -> Path:
        return self.folder / "last-run.json"

    def unfinished(self, requested: Sequence[str]) -> Path:
        """What an unfinished run of these tasks has done; gone once one has succeeded."""
        return self.folder / f"unfinished-{digest_of(*requested)[:12]}.jsonl"

    def all_unfinished(self) -> list[Path]:
        return sorted(self.folder.glob("unfinished-*.jsonl"))

    def success(self, name: str) -> Path:
        """What an incremental task was made of; `name` may be anything."""
        return self.folder / "successes" / f"{digest_of(name)}.json"


def places_of(project: Path, host: Host) -> Places:
    """Our files about the project in that folder."""
    whole = project.resolve()
    word = re.sub(r"[^A-Za-z0-9]+", "-", whole.name).strip("-")[:40] or "root"
    return Places(project=whole, folder=host.folders.state / "runs" / f"{word}-{digest_of(str(whole))[:12]}")


def digest_of(*texts: str) -> str:
    """A digest of texts, in which ("ab", "c") is not ("a", "bc")."""
    state = hashlib.blake2b(digest_size=16)
    for text in texts:
        raw = text.encode("utf-8", "surrogateescape")
        state.update(len(raw).to_bytes(8, "little") + raw)
    return state.hexdigest()
