"""The files beside `aim.lock` that give the same bits again: which are there, which must be made, and making them.

Each is made in a folder of its own, several at once, and read; nothing is written where the lock is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from . import lock
from .errors import AimError, CommandFailed, Interrupted, OurBug
from .host import Host
from .model import Change, Frozen, Lane, Locked
from .pins import Books, Choice
from .quantities import counted
from .resources import Locking, Locks, Resource

if TYPE_CHECKING:
    from concurrent import futures

    from .steps import Doer

WAIT_S = 0.2
NOWHERE = Path("aim-lock")  # for questions alone: nothing is made there
MISSING, DIFFERS = "its companion is missing", "its companion is not the file that was locked"


class Made(Frozen, frozen=True):
    """A companion to be written: its place below the lock's folder, its bytes, and what it was made for."""

    file: str
    content: bytes
    python: str = ""
    extras: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def lacking(choices: Iterable[Choice], resources: Mapping[str, Resource]) -> dict[str, str]:
    """Ids of the tools whose companion must be made, and why; starts no program."""
    found = ((choice.id, _lack(choice, resources[choice.wanted.kind])) for choice in choices)
    return {key: why for key, why in found if why}


def trouble(folder: str, entry: Locked) -> str:
    """What is wrong with the companion that `entry` names, or "" when it is the very file, or when it names none."""
    if not entry.file:
        return ""
    try:
        content = Path(folder, entry.file).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    return "" if hashlib.sha256(content).hexdigest() == entry.sha256 else DIFFERS


def make(choices: Iterable[Choice], doer: Doer) -> dict[str, Made]:
    """The companions of `choices`, by id, `doer.jobs` at once; network errors are retried.

    Raises CommandFailed with every tool that failed, or Interrupted; whatever was begun is gone then.
    """
    # Here, not above: most runs have nothing to make, and these take longer to load than all else they do.
    import tempfile
    from concurrent import futures

    from .signals import interrupt_once, signals_handled

    with tempfile.TemporaryDirectory(prefix="aim-lock-") as scratch, signals_handled(interrupt_once):
        folder = Path(scratch).resolve()
        pool = futures.ThreadPoolExecutor(max_workers=max(1, doer.jobs))
        running = {
            pool.submit(_make, choice, folder / str(place), doer): choice for place, choice in enumerate(choices)
        }
        try:
            return _gathered(running)
        except KeyboardInterrupt as error:
            doer.runner.cancel()
            raise Interrupted("interrupted: nothing was locked", remedy="aim pin") from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def with_made(book: Books, made: Mapping[str, Made]) -> Books:
    """`book` with the companions that were made in their entries."""
    return {folder: tuple(_with(entry, made.get(entry.id)) for entry in entries) for folder, entries in book.items()}


def _with(entry: Locked, made: Made | None) -> Locked:
    if made is None:
        return entry
    extras = tuple(sorted({*made.extras}))
    return msgspec.structs.replace(entry, file=made.file, sha256=made.sha256, python=made.python, extras=extras)


def _lack(choice: Choice, resource: Resource) -> str:
    entry = choice.entry
    if entry is None or not choice.version or not isinstance(resource, Locks):
        return ""
    if entry.file:
        return trouble(choice.wanted.folder, entry)
    misfit = choice.before.misfit(choice.wanted) if choice.before else ""
    if misfit:
        return misfit
    # A kind that locks versions alone here says so by None.
    return "it has no companion yet" if _locking(choice, resource, NOWHERE) else ""


def _locking(choice: Choice, resource: Locks, folder: Path) -> Locking | None:
    found = resource.locking(choice.wanted, choice.have, choice.version, folder)
    return found if found and found.made else None


# --- making -----------------------------------------------------------------------------------------------------


def _gathered(running: dict[futures.Future[Made | None], Choice]) -> dict[str, Made]:
    from concurrent import futures

    made: dict[str, Made] = {}
    failed: list[tuple[Choice, AimError]] = []
    waiting = set(running)
    while waiting:
        # In short waits: a signal that comes just before a wait begins would be noticed only when the wait ends.
        done, waiting = futures.wait(waiting, timeout=WAIT_S, return_when=futures.FIRST_COMPLETED)
        for future in done:
            choice = running[future]
            try:
                found = future.result()
            except AimError as error:
                failed.append((choice, error))
            except OSError as error:
                failed.append((choice, CommandFailed(str(error), remedy="aim pin")))
            else:
                made |= {choice.id: found} if found else {}
    if failed:
        raise _failure(sorted(failed, key=lambda each: each[0].id))
    return made


def _failure(failed: list[tuple[Choice, AimError]]) -> AimError:
    """One error for all: half a lock would be a trap, so one failure is everybody's."""
    first = failed[0][1]
    if isinstance(first, OurBug | Interrupted):
        return first
    if len(failed) == 1:
        name = failed[0][0].wanted.name
        return CommandFailed(
            f"{name} cannot be locked: {_bare(name, first)}", remedy=first.remedy, details=first.details
        )
    told = [f"{choice.wanted.name}: {_bare(choice.wanted.name, error)}" for choice, error in failed]
    return CommandFailed(
        f"{counted(len(failed), 'tool')} cannot be locked; nothing was written", remedy=first.remedy, details=told
    )


def _bare(name: str, error: AimError) -> str:
    return error.message.removeprefix(f"{name}: ").removeprefix(f"{name} ")


def _make(choice: Choice, folder: Path, doer: Doer) -> Made | None:
    from .steps import Event, perform_with_retries

    resource = doer.resources[choice.wanted.kind]
    folder.mkdir()
    locking = _locking(choice, resource, folder) if isinstance(resource, Locks) else None
    if locking is None:
        return None
    change = _as_change(choice, locking, doer)
    doer.on_event(Event(kind="lock", change=change))
    try:
        for step in locking.steps:
            perform_with_retries(step, change, doer)
        made = _read(choice, locking, folder, doer.host)
    except AimError as error:
        doer.on_event(Event(kind="failed", change=change, text=error.message))
        raise
    doer.on_event(Event(kind="locked", change=change, text=choice.version))
    return made


def _as_change(choice: Choice, locking: Locking, doer: Doer) -> Change:
    """What the making is for those who watch it: nothing of the machine changes."""
    return Change(
        id=choice.id,
        kind=choice.wanted.kind,
        name=choice.wanted.name,
        have=choice.have.version if choice.have else "",
        want=choice.version,
        reason="to be locked",
        do=locking.steps,
        undo=(),
        lane=Lane(name="lock", width=doer.jobs),
    )


def _read(choice: Choice, locking: Locking, folder: Path, host: Host) -> Made:
    try:
        content = Path(locking.made).read_bytes()
    except FileNotFoundError as error:
        raise CommandFailed("nothing was made, though every program said it did", remedy="aim pin") from error
    told = content.decode("utf-8", errors="replace")
    if lock.has_credentials(told):
        raise CommandFailed(
            "what would be locked holds a credential of an index",
            remedy="give it to the index through keyring, netrc or a variable instead of its URL, then: aim pin",
        )
    ours = next((place for place in (folder, host.home) if len(place.parts) > 1 and str(place) in told), None)
    if ours:
        raise CommandFailed(
            f"what would be locked names {'a scratch folder' if ours == folder else ours}, a place of this machine",
            remedy=f"use an index that others reach too for {choice.wanted.name}",
        )
    item = choice.wanted
    return Made(file=_place(item.kind, locking.name), content=content, python=item.python, extras=item.extras)


def _place(kind: str, name: str) -> str:
    """Where a companion lies below the lock's folder: always below its kind's. Raises OurBug for any other name."""
    parts = PurePosixPath(name).parts
    inside = parts if parts[:1] == (kind,) else (kind, *parts)
    if ".." in parts or PurePosixPath(name).is_absolute() or len(inside) < 2:
        raise OurBug(f"{name!r} is no name of a companion")
    return str(PurePosixPath(lock.COMPANIONS, *inside))
