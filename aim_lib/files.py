"""Files that are never half-written and locks that know who holds them."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from .errors import CommandFailed, LockHeld, NotPermitted

if TYPE_CHECKING:
    from filelock import FileLock

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
PAUSES_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT, which `stat` has only on Windows
RESTORE = "restore it from version control, or lock again: aim pin"


def make_folder(folder: Path, mode: int = PRIVATE_FOLDER) -> Path:
    """Create `folder` (0700, as all ours are) with its parents. Raises NotPermitted."""
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except PermissionError as error:
        raise NotPermitted(
            f"{folder} cannot be created", remedy=f"give yourself write access to {_nearest(folder)}"
        ) from error
    return folder


def _nearest(folder: Path) -> Path:
    """The first of `folder` and its parents that can be seen to be there."""
    # Path.exists raises where a folder may not be looked into.
    return next((place for place in (folder, *folder.parents) if os.path.exists(place)), folder)  # noqa: PTH110


def write_text(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace `path` with `text` in one step: a reader, or a crash, sees the old file or the new one.

    A symbolic link is followed, so that a dotfile kept elsewhere stays a link. Raises NotPermitted.
    """
    write_bytes(path, text.encode(), mode)


def write_bytes(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace `path` with `content`, as `write_text` does."""
    with _replacing(path, mode) as file:
        file.write(content)


def write_pieces(path: Path, pieces: Iterable[bytes], mode: int = 0o644) -> None:
    """Replace `path` with what `pieces` make together, as `write_text` does; they need not fit into memory."""
    with _replacing(path, mode) as file:
        file.writelines(pieces)


def copy_locked(source: Path, path: Path, sha256: str, mode: int = 0o644) -> None:
    """Replace `path` with a copy of `source`, as `write_text` does, when its bytes have the hash `sha256` (hex).

    What is hashed is what is written: the source is read once. Raises CommandFailed, with nothing written, when the
    source is gone or is another file, and NotPermitted.
    """
    import hashlib

    try:
        content = source.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CommandFailed(f"{source} was locked but is not there", remedy=RESTORE) from error
    except PermissionError as error:
        raise NotPermitted(f"{source} cannot be read", remedy=f"give yourself read access to {source}") from error
    if hashlib.sha256(content).hexdigest() != sha256.lower():
        raise CommandFailed(f"{source} is not the file that was locked: its hash differs", remedy=RESTORE)
    with _replacing(path, mode) as file:
        file.write(content)


@contextlib.contextmanager
def _replacing(path: Path, mode: int) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of `path` when all went well."""
    target = path.resolve() if path.is_symlink() else path
    temporary = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        move_over(Path(temporary), target)
    except PermissionError as error:
        closing = "" if os.name == "posix" else "close the program that has it open, or "
        raise NotPermitted(
            f"{path} cannot be written", remedy=f"{closing}give yourself write access to {_nearest(target.parent)}"
        ) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def move_over(fresh: Path, path: Path) -> None:
    """Let `fresh` be `path`. Raises PermissionError, on Windows only when somebody has the old one open for long."""
    for pause_s in () if os.name == "posix" else PAUSES_S:
        try:
            fresh.replace(path)
        except PermissionError:  # a reader, a virus scanner, an indexer: each for a moment
            time.sleep(pause_s)
        else:
            return
    fresh.replace(path)


def append_line(path: Path, line: str) -> None:
    """Append one line (0600 when new) and see it on disk before returning."""
    make_folder(path.parent)
    # Without O_BINARY Windows would make two characters of the line's end.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, PRIVATE_FILE)
    try:
        os.write(handle, (line + "\n").encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def make_link(path: Path, target: str) -> None:
    """Point the symbolic link `path` at `target`, replacing a link in one step; a real file there is left alone.

    Raises NotPermitted when something that is not a link is in the way.
    """
    if path.exists() and not path.is_symlink():
        raise NotPermitted(f"{path} exists and is not a link", remedy=f"move {path} away")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(path)


def move(source: Path, path: Path) -> None:
    """Rename `source` to `path`; what is there goes first, but only when there is something to take its place."""
    source.lstat()
    delete(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    source.rename(path)


def delete(path: Path) -> None:
    """Remove a file, a link (never what it points to) or a whole folder; absent is fine."""
    if path.is_dir() and not path.is_symlink() and not is_junction(path):
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def is_junction(path: Path) -> bool:
    """Whether it is Windows' other link to a folder, which is no symbolic link and yet none of its own."""
    try:
        return getattr(path.lstat(), "st_reparse_tag", 0) == JUNCTION
    except OSError:
        return False


@contextlib.contextmanager
def held_lock(
    path: Path, owner: dict[str, Any], timeout_s: float, on_wait: Callable[[dict[str, Any]], None]
) -> Iterator[None]:
    """Hold the lock at `path`, with `owner` written beside it for whoever has to wait.

    `on_wait` is told the holder once when waiting begins. Raises LockHeld after `timeout_s` seconds (0: at once).
    The lock is the operating system's: it dies with its process, so none is ever stale.
    """
    from filelock import FileLock, Timeout

    make_folder(path.parent)
    card = path.with_suffix(".owner.json")
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        on_wait(_read_owner(card))
        _wait_for(lock, card, timeout_s)
    try:
        write_json(card, owner)
        yield
    finally:
        card.unlink(missing_ok=True)
        lock.release()


def _wait_for(lock: FileLock, card: Path, timeout_s: float) -> None:
    from filelock import Timeout

    try:
        lock.acquire(timeout=timeout_s)
    except Timeout as error:
        holder = describe_owner(_read_owner(card))
        raise LockHeld(
            f"another run holds the lock: {holder}", remedy="wait for it to end, or raise bootstrap.lock_timeout_s"
        ) from error


def describe_owner(owner: dict[str, Any]) -> str:
    if not owner:
        return "unknown process"
    return f"{owner.get('command', '?')} (pid {owner.get('pid', '?')}, since {owner.get('since', '?')})"


def _read_owner(card: Path) -> dict[str, Any]:
    import msgspec

    try:
        return msgspec.json.decode(card.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):  # the holder has just begun or just ended
        return {}


def write_json(path: Path, document: Any) -> None:
    """Write `document` as JSON for our own eyes (0600)."""
    import msgspec

    write_text(path, msgspec.json.encode(document).decode() + "\n", PRIVATE_FILE)
