"""A program of its own, standard library only: a folder lives elsewhere and a link stands in its place, and back.

    link PATH STORE     the folder PATH is at STORE, and PATH is a link to it
    unlink PATH STORE   as it was before; a real folder that has come to PATH since stays, and so does STORE
    mend PATH STORE     a link that leads nowhere gets an empty folder again

Where the system can exchange two names at once (Linux, macOS), no moment is seen at which PATH is not there. A link is
a junction on Windows, which needs no privilege. Both must be on one file system. Repeating a call is harmless.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import sys
from collections.abc import Callable, Mapping

AT_FDCWD, EXCHANGE = -100, 2  # renameat2(2), renamex_np(2); both call it 2
TOP = "projects"  # the folder of our making that is the last to go when nothing is left in it


class Refused(Exception):
    """What cannot be done, in one sentence."""


def exchange(one: str, other: str) -> bool:
    """Exchange two names at once; False where system or file system cannot."""
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    for name, before, between in (("renameat2", (AT_FDCWD,), (AT_FDCWD,)), ("renamex_np", (), ())):
        call = getattr(library, name, None)
        if call is not None:
            done: int = call(*before, first, *between, second, ctypes.c_uint(EXCHANGE))
            return done == 0
    return False


def link(path: str, store: str, swap: Callable[[str, str], bool] = exchange) -> None:
    if is_link_to(path, store):
        return
    if not stat.S_ISDIR(os.lstat(path).st_mode) or _is_junction(path):
        raise Refused(f"{path} is no folder")
    os.makedirs(os.path.dirname(store), exist_ok=True)
    if os.path.lexists(store):
        raise Refused(f"{store} is there already")
    if os.lstat(path).st_dev != os.lstat(os.path.dirname(store)).st_dev:
        raise Refused(f"{store} is on another file system than {path}")
    if os.name == "posix":
        # A link to its own place: once the two names are exchanged, it leads from PATH to the folder.
        os.symlink(store, store)
        if swap(path, store):
            return
        os.unlink(store)
    os.rename(path, store)
    try:
        make_link(path, store)
    except OSError:
        os.rename(store, path)
        raise


def unlink(path: str, store: str, swap: Callable[[str, str], bool] = exchange) -> None:
    if is_link_to(path, store):
        if os.path.isdir(store) and os.name == "posix" and swap(path, store):
            os.unlink(store)
        else:
            remove_link(path)
    if os.path.isdir(store) and not os.path.lexists(path):
        os.rename(store, path)
    above = os.path.dirname(store)
    with contextlib.suppress(OSError):  # it is not empty
        while TOP in above.split(os.sep):
            os.rmdir(above)
            above = os.path.dirname(above)


def mend(path: str, store: str) -> None:
    if is_link_to(path, store):
        os.makedirs(store, exist_ok=True)


def is_link_to(path: str, store: str) -> bool:
    """Whether PATH is a link of ours; a junction is told with a prefix of its own."""
    try:
        target = os.readlink(path)
    except (OSError, ValueError):
        return False
    return os.path.normcase(target.removeprefix("\\\\?\\")) == os.path.normcase(store)


def make_link(path: str, store: str) -> None:
    if os.name == "posix":
        os.symlink(store, path)
    else:
        import _winapi

        _winapi.CreateJunction(store, path)  # type: ignore[attr-defined,unused-ignore]


def remove_link(path: str) -> None:
    if _is_junction(path):
        os.rmdir(path)
    else:
        os.unlink(path)


def _is_junction(path: str) -> bool:
    return bool(getattr(os.lstat(path), "st_reparse_tag", 0))


ACTS: Mapping[str, Callable[[str, str], None]] = {"link": link, "unlink": unlink, "mend": mend}


def main(words: list[str]) -> int:
    try:
        ACTS[words[0]](*words[1:])
    except (Refused, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
