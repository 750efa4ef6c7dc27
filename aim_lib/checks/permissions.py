"""Owners and modes: our folders, the files that nobody else may read, the folders that programs are started from."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ..host import Host
from ..managers import word
from ..model import Record, Status
from ..proc import Runner
from . import Facts, host_of, record
from ._flaws import Flaw, verdict
from ._mounts import has_modes, without_modes

ID = "permissions"
CODES = {
    "AIM-H070": "Other users of this machine can reach the folder of the vault, the vault or a file with its key. "
    "AIM refuses to use such a key, and who can read it can read every secret that it opens. Close it; when others "
    "may have looked, rotate the secrets.",
    "AIM-H071": "Other users of this machine can read the event log, which tells what was done here and by whom. AIM "
    "makes it for your eyes alone; something has opened it since.",
    "AIM-H072": "A file or folder of AIM belongs to another user, most often since a run with sudo. Sooner or later "
    "a write to it fails. Give it back to yourself.",
    "AIM-H073": "A file that AIM has to write to cannot be written. What touches secrets or changes the machine "
    "refuses to go on when its event cannot be recorded.",
    "AIM-H074": "Everybody may change a folder of PATH, and so can put a program there that you will start by one of "
    "its usual names. Take the right to write away from others, or the folder from PATH.",
    "AIM-H075": "Everybody may change one of AIM's own folders. What AIM reads there, its configuration included, "
    "could be the work of another user of this machine. Take the right to write away from others.",
}


def check(facts: Facts, runner: Runner) -> Record:
    host = host_of(facts)
    if host.is_windows or os.name != "posix":
        return record(ID, Status.SKIPPED, "access lists are not judged on Windows")
    return verdict(ID, _flaws(facts, host), "our folders and files are yours, PATH is closed to others")


def _flaws(facts: Facts, host: Host) -> Iterator[Flaw]:
    odd, secrets = without_modes(host), host.folders.data / "secrets"

    def judged(*paths: Path) -> Iterator[Path]:
        return (path for path in dict.fromkeys(paths) if has_modes(path, odd))

    for folder in judged(*facts.folders):
        yield from _of_folder(folder, host)
    for path in judged(secrets, *_children(secrets, ("vault", "identity"))):
        yield from _of_private(path, host, "AIM-H070", Status.FAILED)
    for path in judged(*_children(host.folders.logs, ("audit",))):
        yield from _of_private(path, host, "AIM-H071", Status.WARNED)
    for folder in judged(*host.path):
        yield from _of_path(folder)


def _of_folder(folder: Path, host: Host) -> Iterator[Flaw]:
    found = _look(folder)
    if found is None:
        return
    if found.st_uid != os.geteuid() and os.access(folder, os.W_OK):  # one that cannot be written is for `paths` to tell
        yield _of_another(folder, found, host)
    if found.st_mode & stat.S_IWOTH:
        yield Flaw(
            code="AIM-H075",
            what=f"{folder}: everybody may change it (mode {_mode(found)})",
            remedy=f"chmod o-w {word(str(folder))}",
        )


def _of_private(path: Path, host: Host, code: str, status: Status) -> Iterator[Flaw]:
    found = _look(path)
    if found is None or stat.S_ISLNK(found.st_mode):
        return
    is_folder = stat.S_ISDIR(found.st_mode)
    if found.st_uid != os.geteuid():
        yield _of_another(path, found, host)
    elif found.st_mode & 0o077:
        what = f"{path}: others have access to it (mode {_mode(found)})"
        yield Flaw(
            code=code, what=what, remedy=f"chmod {'700' if is_folder else '600'} {word(str(path))}", status=status
        )
    elif not is_folder and path.suffix == ".jsonl" and path.stem == "audit" and not found.st_mode & stat.S_IWUSR:
        what = f"{path}: it cannot be written (mode {_mode(found)})"
        yield Flaw(code="AIM-H073", what=what, remedy=f"chmod 600 {word(str(path))}", status=Status.FAILED)


def _of_another(path: Path, found: os.stat_result, host: Host) -> Flaw:
    what = f"{path}: it belongs to {_user(found.st_uid)}, and you are {_user(os.geteuid())}"
    return Flaw(code="AIM-H072", what=what, remedy=f"sudo chown -R {host.user} {word(str(path))}")


def _of_path(folder: Path) -> Iterator[Flaw]:
    try:
        found = folder.stat()
    except OSError:
        return
    if folder.is_absolute() and stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_IWOTH:
        what = f"{folder}: on PATH, and everybody may change it (mode {_mode(found)})"
        yield Flaw(code="AIM-H074", what=what, remedy=f"chmod o-w {word(str(folder))}")


def _children(folder: Path, beginnings: tuple[str, ...]) -> tuple[Path, ...]:
    try:
        with os.scandir(folder) as entries:
            return tuple(sorted(Path(entry.path) for entry in entries if entry.name.startswith(beginnings)))
    except OSError:
        return ()


def _look(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None


def _mode(found: os.stat_result) -> str:
    return f"{stat.S_IMODE(found.st_mode):o}"


def _user(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
