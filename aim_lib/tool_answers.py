"""What programs say to `--version`, asked of those that may be asked, and kept for as long as their files are the same.

Asking a program is running it: who calls says which may be. Each is asked in the user's home, for a few seconds.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from . import files
from .errors import AimError
from .host import Host
from .launchers import real_path
from .proc import Runner
from .together import ask_together

ASK_S = 10.0  # the slowest that was measured took 0.4 s, on two cores
AT_ONCE = 8
LARGEST_ANSWER = 4000  # characters in which a version is looked for
KEPT = 2000  # answers
FILE_NAME = "tool-versions.json"
# They look for a newer version, or update themselves, when they are started.
QUIET_ENV = {"DISABLE_AUTOUPDATER": "1", "NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}
VERSION = re.compile(r"(?<![\w.])v?(\d+\.\d+(?:\.\d+)*(?:[-+.]?[0-9A-Za-z][0-9A-Za-z.+-]*)?)")

Program = tuple[str, str]  # a command and its path
Identity = tuple[int, int, int, int]  # device, inode, size, and when it was last changed, in ns


@dataclass(frozen=True, slots=True)
class Asker:
    """Who may be asked, how, and where answers are kept; `may_ask` is told a command and its path.

    `keeps` is False where nothing may be written.
    """

    host: Host
    runner: Runner
    may_ask: Callable[[str, str], bool]
    keeps: bool = True

    @property
    def file(self) -> Path:
        return self.host.folders.cache / FILE_NAME


class Answer(msgspec.Struct, frozen=True):
    """What a program said, and which file it was then."""

    identity: Identity
    version: str


def answers(programs: Sequence[Program], asker: Asker) -> dict[Program, str]:
    """The versions of those that may be asked and have one: what is kept of them, else what they say now."""
    kept = _read(asker.file)
    allowed = {one: identity for one in programs if asker.may_ask(*one) and (identity := _identity(one[1]))}
    known = {one: kept[_key(one)].version for one, identity in allowed.items() if _is_kept(one, identity, kept)}
    new = _ask_new([one for one in allowed if one not in known], asker)
    if new and asker.keeps:
        fresh = {_key(one): Answer(allowed[one], version) for one, version in new.items()}
        _write(asker.file, {**kept, **fresh})
    return {**known, **new}


def _is_kept(program: Program, identity: Identity, kept: Mapping[str, Answer]) -> bool:
    known = kept.get(_key(program))
    return known is not None and known.identity == identity


def _key(program: Program) -> str:
    """One name for a command and the file it is: a launcher of many commands is one file."""
    command, path = program
    return hashlib.sha256(os.fsencode(f"{command}\0{real_path(path)}")).hexdigest()[:24]


def _ask_new(programs: Sequence[Program], asker: Asker) -> dict[Program, str]:
    """Every answer that has a version, several asked at once. What has none is asked again another time."""

    def some(mine: Sequence[Program]) -> list[tuple[Program, str]]:
        return [(one, _ask(one[1], asker)) for one in mine]

    shares = [programs[place::AT_ONCE] for place in range(min(AT_ONCE, len(programs)))]
    found = ask_together([partial(some, share) for share in shares])
    return {one: version for share in found for one, version in share if version}


def _ask(path: str, asker: Asker) -> str:
    """The first version in what a program says to `--version`; "" when it says none, fails or takes too long."""
    cwd = asker.host.home if asker.host.home.is_dir() else asker.host.root
    env = {**asker.host.env, **QUIET_ENV}
    try:
        done = asker.runner.run((path, "--version"), env=env, timeout_s=ASK_S, cwd=cwd)
    except AimError:
        return ""
    if not done.is_ok:
        return ""
    found = VERSION.search(done.stdout[:LARGEST_ANSWER]) or VERSION.search(done.stderr[:LARGEST_ANSWER])
    return found[1].rstrip(".,;:") if found else ""


def _identity(path: str) -> Identity | None:
    try:
        status = os.stat(real_path(path))  # noqa: PTH116 - the path is text, of whatever bytes
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _read(file: Path) -> dict[str, Answer]:
    """A convenience: what cannot be read is as if nothing was kept."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Answer])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}


def _write(file: Path, answers: Mapping[str, Answer]) -> None:
    try:
        files.make_folder(file.parent)
        files.write_json(file, dict(list(answers.items())[-KEPT:]))
    except (OSError, AimError):
        return


# --- who may be asked -------------------------------------------------------------------------------------------


def is_safe_place(path: str, host: Host, projects: Iterable[Path]) -> bool:
    """Whether a program lies where only its user and the system put programs: in no project, open to nobody else."""
    real = real_path(path)
    around = [folder for folder in projects if not host.home.is_relative_to(folder)]
    if any(Path(place).is_relative_to(folder) for place in (path, real) for folder in around):
        return False
    return host.is_windows or all(_is_closed(place) for place in (path, real, *map(os.path.dirname, (path, real))))


def _is_closed(place: str) -> bool:
    """Whether nobody but the user and root may change a file or folder."""
    try:
        status = os.stat(place)  # noqa: PTH116
    except OSError:
        return False
    is_sticky = stat.S_ISDIR(status.st_mode) and bool(status.st_mode & stat.S_ISVTX)
    return status.st_uid in (0, os.geteuid()) and (is_sticky or not status.st_mode & stat.S_IWOTH)


def outside(host: Host, projects: Iterable[Path]) -> Host:
    """This host without the folders of PATH that are in `projects`, or in whatever folder one is."""
    around = [folder for folder in projects if not host.home.is_relative_to(folder)]
    path = [
        entry
        for entry in host.path
        if entry.is_absolute() and not any(entry.is_relative_to(folder) for folder in around)
    ]
    return host.with_path(*path)
