"""Two equal files on the blocks of one, and each on its own again: what the steps Share and Unshare do.

Nothing is believed that a scan has said: both files are opened again, never through a link, seen to be those that were
planned, and compared byte by byte. The old file goes only when it is seen not to have changed meanwhile.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator

from . import extents
from .errors import CommandFailed
from .model import Seen, Share

CLONE, HARDLINK = "clone", "hardlink"
_BLOCK = 1024 * 1024
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
AGAIN = "scan again: aim scan duplicates"


def seen(found: os.stat_result) -> Seen:
    return Seen(
        device=found.st_dev,
        inode=found.st_ino,
        size=found.st_size,
        mtime_ns=found.st_mtime_ns,
        ctime_ns=found.st_ctime_ns,
    )


def share(step: Share) -> None:
    """Do it. Raises CommandFailed, with both files as they were, when one is another than planned or they differ."""
    with _opened(step.source) as source, _opened(step.path) as target:
        _see_the_same(step.source, source, step.source_was, with_ctime=False)
        _see_the_same(step.path, target, step.was, with_ctime=True)
        if step.way == CLONE:
            _clone(step, source, target)
            return
        if not _are_equal(source, target):
            raise _differ(step)
        # Compared while somebody wrote: their times tell.
        _see_the_same(step.source, source, step.source_was, with_ctime=False)
        _see_the_same(step.path, target, step.was, with_ctime=True)
        _link(step, os.fstat(source))


def unshare(path: str, source: str) -> None:
    """Give `path` blocks of its own, its mode, owner and times kept, if it shares those of `source`."""
    if not are_shared(path, source):
        return
    with _opened(path) as handle:
        before = os.fstat(handle)
        with _beside(path) as temporary:
            _copy(handle, path, temporary, before)
            _see_the_same(path, handle, seen(before), with_ctime=False)
            os.replace(temporary, path)


def are_shared(path: str, source: str) -> bool:
    """Whether two names lead to one file, or two files lie on the same blocks."""
    try:
        with _opened(path) as one, _opened(source) as other:
            return os.path.samestat(os.fstat(one), os.fstat(other)) or extents.are_shared(one, other)
    except (OSError, CommandFailed):
        return False


def can_clone(path: str, source: str) -> bool:
    """Whether the file system lets them share blocks."""
    try:
        with _opened(path) as one, _opened(source) as other:
            return extents.can_share(other, one)
    except (OSError, CommandFailed):
        return False


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    handle = os.open(path, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise CommandFailed(f"{path} is no file any more", remedy=AGAIN)
        yield handle
    finally:
        os.close(handle)


def _see_the_same(path: str, handle: int, was: Seen, *, with_ctime: bool) -> None:
    """The open file, and what the name leads to now. A further name of a source changes its ctime: that is ours."""
    for found in (os.fstat(handle), os.lstat(path)):
        now = seen(found)
        is_same = (now.device, now.inode, now.size, now.mtime_ns) == (was.device, was.inode, was.size, was.mtime_ns)
        if not is_same or (with_ctime and now.ctime_ns != was.ctime_ns):
            raise CommandFailed(f"{path} has changed since it was looked at", remedy=AGAIN)


def _differ(step: Share) -> CommandFailed:
    return CommandFailed(f"{step.path} and {step.source} are not equal any more", remedy=AGAIN)


def _are_equal(one: int, other: int) -> bool:
    os.lseek(one, 0, os.SEEK_SET)
    os.lseek(other, 0, os.SEEK_SET)
    with os.fdopen(os.dup(one), "rb") as first, os.fdopen(os.dup(other), "rb") as second:
        while True:
            block = first.read(_BLOCK)
            if block != second.read(_BLOCK):
                return False
            if not block:
                return True


def _clone(step: Share, source: int, target: int) -> None:
    try:
        is_done = extents.share(source, target, step.was.size)
    except OSError as error:
        raise CommandFailed(
            f"{step.path} cannot share blocks with {step.source}: {error.strerror}",
            remedy="the file system cannot do it; aim scan clean --duplicates --hardlink makes hard links",
        ) from error
    if not is_done:
        raise _differ(step)


def _link(step: Share, source: os.stat_result) -> None:
    """Put a further name of `source` in the place of `path`; the old file is kept by another name until it is sure."""
    with _beside(step.path) as fresh, _beside(step.path) as old:
        try:
            os.link(step.source, fresh, follow_symlinks=False)
        except OSError as error:
            why = "it has as many names as it can have" if error.errno == errno.EMLINK else error.strerror
            raise CommandFailed(f"{step.source} gets no further name: {why}", remedy=AGAIN) from error
        if not os.path.samestat(os.lstat(fresh), source):
            raise CommandFailed(f"{step.source} was replaced meanwhile", remedy=AGAIN)
        os.link(step.path, old, follow_symlinks=False)
        os.replace(fresh, step.path)
        kept, was = seen(os.lstat(old)), step.was
        if (kept.inode, kept.size, kept.mtime_ns) != (was.inode, was.size, was.mtime_ns):
            os.replace(old, step.path)
            raise CommandFailed(f"{step.path} was changed meanwhile, and is as it was", remedy=AGAIN)


@contextlib.contextmanager
def _beside(path: str) -> Iterator[str]:
    """A name that is free, in the same folder; what has it afterwards goes."""
    handle, name = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".aim-")
    os.close(handle)
    os.unlink(name)
    try:
        yield name
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def _copy(handle: int, path: str, temporary: str, before: os.stat_result) -> None:
    made = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(os.dup(handle), "rb") as source, os.fdopen(made, "wb") as copy:
        source.seek(0)
        while block := source.read(_BLOCK):  # not shutil's copy: it may share blocks again
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
    if hasattr(os, "chown"):
        os.chown(temporary, before.st_uid, before.st_gid)
    shutil.copystat(path, temporary, follow_symlinks=False)
