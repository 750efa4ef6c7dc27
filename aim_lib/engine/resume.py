"""What an unfinished run has done, on disk as it goes, so that `--resume` need not do it again. Digests, no values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from ..errors import LockHeld
from ..files import PRIVATE_FILE, delete, make_folder, write_text
from ..model import Frozen
from .fingerprint import Fingerprint
from .places import digest_of

if TYPE_CHECKING:
    from filelock import FileLock

VERSION = 1


class Begun(Frozen, frozen=True):
    """The first line: which form this file has, and when the run began (ISO 8601)."""

    version: int
    began: str


class Done(Frozen, frozen=True):
    """One task that succeeded, in the run that began then; none when that is "": it is being done again.

    `key` is a digest of its name and arguments.
    """

    key: str
    fingerprint: Fingerprint
    began: str = ""


class Memory:
    """The done tasks of the last unfinished run, and a file that grows with this one's.

    Only one run of the same tasks at a time writes it; another one does without.
    """

    def __init__(self, path: Path, began: str) -> None:
        self.path = path
        self._began = began
        self._lock: FileLock | None = None
        self._file: IO[bytes] | None = None
        self.known: Mapping[str, Done] = {}

    @property
    def is_on(self) -> bool:
        """Whether what succeeds is being put on record."""
        return self._file is not None

    def begin(self, *, resume: bool) -> None:
        """Take the lock; start a new file, with `resume` from what the last one holds.

        Raises LockHeld when another run of this project has it and `resume` needs it.
        """
        from filelock import FileLock, Timeout

        make_folder(self.path.parent)
        lock = FileLock(self.path.with_suffix(".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            if resume:
                raise LockHeld(
                    "another run of the same tasks is not finished", remedy="wait for it to end, then --resume again"
                ) from error
            return
        self._lock = lock
        self.known = read(self.path) if resume else {}
        self._start()

    def _start(self) -> None:
        lines = [Begun(version=VERSION, began=self._began), *self.known.values()]
        write_text(self.path, "".join(f"{msgspec.json.encode(line).decode()}\n" for line in lines), PRIVATE_FILE)
        self._file = self.path.open("ab", buffering=0)

    def add(self, key: str, fingerprint: Fingerprint) -> None:
        """Put a task on record that has succeeded. One write: a kill leaves a whole line or one that is not read."""
        if self._file is not None:
            done = Done(key=digest_of(key), fingerprint=fingerprint, began=self._began)
            self._file.write(msgspec.json.encode(done) + b"\n")

    def forget(self, key: str) -> None:
        """A task that was done is about to be done again: until it succeeds it counts for nothing."""
        if self._file is not None and digest_of(key) in self.known:
            self._file.write(msgspec.json.encode(Done(key=digest_of(key), fingerprint=Fingerprint())) + b"\n")

    def reason_to_run(self, key: str, fingerprint: Fingerprint) -> str:
        """Why a task must run again, "" when it is done and nothing it depends on has changed."""
        done = self.known.get(digest_of(key))
        return "was not done" if done is None else fingerprint.difference(done.fingerprint)

    def when(self, key: str) -> str:
        """When the run began that has done the task (ISO 8601)."""
        return self.known[digest_of(key)].began

    def end(self, *, succeeded: bool) -> None:
        """Close; after success there is nothing to resume."""
        if self._file is not None:
            self._file.close()
            self._file = None
            if succeeded:
                delete(self.path)
        if self._lock is not None:
            self._lock.release()
            self._lock = None


class Others:
    """What other, unfinished runs of the project have done: of that, what is begun anew here does not count.

    `take_out` before a task runs, `put_back` when it has succeeded: a kill in between leaves it taken out.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = [path for path in paths if read(path)]
        self._taken: dict[str, list[tuple[Path, Done]]] = {}

    def take_out(self, key: str) -> None:
        nothing = Done(key=digest_of(key), fingerprint=Fingerprint())
        known = ((path, read(path).get(nothing.key)) for path in self._paths)
        self._taken[key] = [(path, done) for path, done in known if done is not None and _replace(path, nothing)]

    def put_back(self, key: str) -> None:
        for path, done in self._taken.pop(key, []):
            _replace(path, done)


def _replace(path: Path, done: Done) -> bool:
    """Have every line about a task say `done`, in one step; False when the run that writes this file goes on."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(path.with_suffix(".lock")).acquire(timeout=0):
            first, *lines = path.read_bytes().split(b"\n")[:-1]
            kept = [msgspec.json.encode(done) if done.key.encode() in line else line for line in lines]
            write_text(path, b"".join(line + b"\n" for line in (first, *kept)).decode(), PRIVATE_FILE)
    except Timeout:
        return False
    return True


def read(path: Path) -> dict[str, Done]:
    """Digest of key → what is done; {} when there is no file, or one of another version. A torn line ends it."""
    found: dict[str, Done] = {}
    try:
        first, *lines = path.read_bytes().split(b"\n")
        if msgspec.json.decode(first, type=Begun).version != VERSION:
            return {}
        for line in lines[:-1]:  # what follows the last newline is torn, or empty
            done = msgspec.json.decode(line, type=Done)
            found.pop(done.key, None)
            if done.began:
                found[done.key] = done
    except (OSError, ValueError, msgspec.DecodeError):
        return found
    return found
