"""Files for one user's eyes: owner and mode are checked, links are refused, a new version comes whole or not at all.

On Windows neither modes nor owners are looked at: there the user's own folders are closed by their access lists.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from .errors import BadConfig, Failed, LockHeld, NotPermitted
from .files import PRIVATE_FILE, PRIVATE_FOLDER, move_over

LOCK_S = 20.0
IS_POSIX = os.name == "posix"
FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file may not grow",
}


def read(path: Path, *, is_private: bool = True) -> bytes | None:
    """The bytes of a file; None when it is not there.

    Raises NotPermitted when it is a link or no plain file, cannot be read, or, being private, when it or its folder
    belongs to someone else or others may read or change it.
    """
    if is_private and not _check_folder(path.parent):
        return None
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    with os.fdopen(handle, "rb") as file:
        _check_file(path, os.fstat(handle), is_private)
        return file.read()


def read_named(path: Path, what: str) -> bytes:
    """The bytes of a file that the user has named by `what`, a link or a pipe too.

    Raises BadConfig when it is not there, NotPermitted when it cannot be read, or is ours and others may read it.
    """
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if IS_POSIX and stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
                _check_mode(path, found, "600")
            return file.read()
    except FileNotFoundError as error:
        raise BadConfig(
            f"{what} names a file that is not there: {path}", remedy=f"unset {what}, or name another"
        ) from error
    except OSError as error:
        raise NotPermitted(
            f"{path} cannot be read: {error.strerror}", remedy=f"give yourself read access to {path}"
        ) from error


def _unreadable(path: Path, error: OSError) -> NotPermitted:
    if path.is_symlink():
        return NotPermitted(f"{path} is a link, and links are not followed here", remedy=f"rm {path}")
    return NotPermitted(f"{path} cannot be read: {error.strerror}", remedy=f"give yourself read access to {path}")


def _check_file(path: Path, found: os.stat_result, is_private: bool) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotPermitted(f"{path} is no plain file", remedy=f"move {path} away")
    if is_private:
        _check_owner(path, found)
        _check_mode(path, found, "600")
    elif IS_POSIX and found.st_mode & stat.S_IWOTH:
        raise NotPermitted(f"everybody may change {path}", remedy=f"chmod o-w {path}")


def _check_folder(folder: Path) -> bool:
    """Whether it is there. Raises NotPermitted for one that others reach."""
    try:
        found = folder.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise NotPermitted(f"{folder} cannot be looked at", remedy=f"give yourself access to {folder}") from error
    if stat.S_ISLNK(found.st_mode):
        raise NotPermitted(f"{folder} is a link, and links are not followed here", remedy=f"rm {folder}")
    _check_owner(folder, found)
    _check_mode(folder, found, "700")
    return True


def _check_owner(path: Path, found: os.stat_result) -> None:
    if IS_POSIX and found.st_uid != os.geteuid():
        raise NotPermitted(
            f"{path} belongs to {_user(found.st_uid)}, and you are {_user(os.geteuid())}",
            remedy=f"run this as {_user(found.st_uid)}, or: chown {_user(os.geteuid())} {path}",
        )


def _check_mode(path: Path, found: os.stat_result, wanted: str) -> None:
    if IS_POSIX and found.st_mode & 0o077:
        shown = f"{stat.S_IMODE(found.st_mode):o}"
        raise NotPermitted(f"others have access to {path} (mode {shown})", remedy=f"chmod {wanted} {path}")


def _user(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


@contextlib.contextmanager
def locked(path: Path, timeout_s: float = LOCK_S) -> Iterator[None]:
    """Hold the lock file `path` (0600, never a link). Raises LockHeld after `timeout_s`, NotPermitted.

    The lock is the operating system's: it dies with its process.
    """
    from filelock import FileLock, Timeout

    make_folder(path.parent)
    _check_folder(path.parent)
    lock = FileLock(path, mode=PRIVATE_FILE)
    try:
        lock.acquire(timeout=timeout_s)
    except Timeout as error:
        raise LockHeld(f"another program has held {path} for {timeout_s:g} s", remedy="wait for it to end") from error
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def make_folder(folder: Path) -> None:
    """Make `folder` for this user alone, unless it is there. Raises NotPermitted, Failed when the disk is full."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=PRIVATE_FOLDER)
    except OSError as error:
        raise unwritable(folder, error) from error


def replace(path: Path, content: bytes, *, previous: Path | None = None, mode: int = PRIVATE_FILE) -> None:
    """Put `content` in the place of `path`: whoever reads, and a crash at any moment, finds the old or the new one.

    The old one is kept as `previous`. Hold the lock: what a killed run left of its attempt is removed.
    Raises NotPermitted, or Failed when the disk is full, with the old file as it was.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        try:
            _write_new(fresh, content, mode)
            if previous is not None:
                _keep(path, previous)
            move_over(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error


def _write_new(path: Path, content: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, PRIVATE_FILE), "wb") as file:
        file.write(content)
        file.flush()
        if IS_POSIX:
            os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())


def _keep(path: Path, previous: Path) -> None:
    """Let `previous` be what `path` is now, in one step; nothing when there is no `path`."""
    second = previous.with_name(f".{previous.name}.new")
    second.unlink(missing_ok=True)
    if not path.exists():
        return
    if not _link(path, second):
        _write_new(second, path.read_bytes(), PRIVATE_FILE)
    move_over(second, previous)
    second.unlink(missing_ok=True)  # a rename onto another name of the same file does nothing


def _link(path: Path, second: Path) -> bool:
    """Give a closed file a second name, for no more writing; False where that cannot be."""
    if path.stat().st_mode & 0o077 and IS_POSIX:  # a second name has the same mode
        return False
    try:
        os.link(path, second)
    except OSError:  # another file system, or one without hard links
        return False
    return True


def _sync_folder(folder: Path) -> None:
    if not IS_POSIX:
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unwritable(path: Path, error: OSError) -> NotPermitted | Failed:
    """What to say when a file could not be written."""
    if error.errno in FULL:
        remedy = f"make room where {path.parent} is, and try again"
        return Failed(f"{path} cannot be written: {FULL[error.errno]}; what was there is as it was", remedy=remedy)
    if path.is_symlink():
        return NotPermitted(f"{path} is a link, and links are not followed here", remedy=f"rm {path}")
    why = error.strerror or type(error).__name__
    remedy = f"give yourself write access to {path.parent}"
    return NotPermitted(f"{path} cannot be written: {why}", remedy=remedy)
