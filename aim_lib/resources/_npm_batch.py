"""Several locked builds by one npm: most of its time is its own start, not the packages.

The builds become the workspaces of a folder nobody looks at, under one lock that is made of theirs; `npm ci` checks the
same hashes as for each alone, and puts the same files at the same places. Then each goes where it belongs. One that is
whole in npm's cache is not among them: it is unpacked, without npm, quicker than a part of this would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from ..model import Change, Copy, Delete, Run, Step, Write
from . import Batch
from ._npm_program import Program

FOLDER = ".together"
SEPARATOR = "--"  # before npm's words in a call of our own program


class Parts(NamedTuple):
    """A change that makes a build from its lock and makes it current."""

    sweep: tuple[Delete, ...]
    manifest: Write
    lock: Copy
    install: Run
    expose: Run

    @property
    def build(self) -> str:
        return str(Path(self.manifest.path).parent)


def together(changes: Sequence[Change], root: Path, program: Program) -> Batch | None:
    """One `npm ci` for all `changes`, or None when one is something else, needs no npm or calls it differently."""
    import hashlib  # OpenSSL's start costs milliseconds that only a change is worth

    found = [_parts(change) for change in changes]
    parts = [one for one in found if one is not None]
    place = root / FOLDER / hashlib.sha256("\0".join(one.build for one in parts).encode()).hexdigest()[:12]
    calls = {_call(one, place) for one in parts}
    if not parts or len(parts) < len(found) or len(calls) > 1 or any(map(_needs_no_npm, parts)):
        return None
    builds = tuple(one.build for one in parts)
    steps: tuple[Step, ...] = (
        Delete(path=str(place)),
        *(step for number, one in enumerate(parts) for step in _into(place / f"t{number}", one)),
        program.hands("gather", str(place)),
        calls.pop(),
        program.hands("scatter", str(place), *builds),
        *(one.manifest for one in parts),  # each was given a name of its own among the others
    )
    return Batch(together=steps, alone=tuple((*one.sweep, one.expose) for one in parts))


def _parts(change: Change) -> Parts | None:
    match change.do:
        case (*sweep, Write() as manifest, Copy() as lock, Run() as install, Run() as expose) if "ci" in install.argv:
            deletes = tuple(step for step in sweep if isinstance(step, Delete))
            return Parts(deletes, manifest, lock, install, expose) if len(deletes) == len(sweep) else None
        case _:
            return None


def _into(place: Path, parts: Parts) -> tuple[Step, ...]:
    return (
        msgspec.structs.replace(parts.manifest, path=str(place / "package.json")),
        msgspec.structs.replace(parts.lock, path=str(place / "package-lock.json")),
    )


def _needs_no_npm(parts: Parts) -> bool:
    from ._npm_cache import is_ready

    before, separator, _ = _split(parts.install.argv)
    return bool(separator) and is_ready(parts.lock.source, parts.lock.sha256, before[-1])


def _split(argv: tuple[str, ...]) -> tuple[tuple[str, ...], bool, tuple[str, ...]]:
    """The words of our own program (the last is npm's cache), whether it is asked at all, those of npm."""
    if SEPARATOR not in argv:
        return (), False, argv
    at = argv.index(SEPARATOR)
    return argv[:at], True, argv[at + 1 :]


def _call(parts: Parts, place: Path) -> Run:
    argv = tuple(str(place) if word == parts.build else word for word in _split(parts.install.argv)[2])
    return msgspec.structs.replace(parts.install, argv=argv)
