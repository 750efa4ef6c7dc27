"""Where the commands we look for lie, and whose they are: every copy on PATH, read from disk. Starts no program."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from . import launchers
from .host import Host
from .model import Present
from .ownership import OFF_PATH, Claim, Owned, Seen, owners

SYSTEM_PROGRAMS = ("/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/")
ALIASES = "windowsapps"  # the folder of App Execution Aliases: empty files that Windows starts an app by
DEFAULT_ENDINGS = ".COM;.EXE;.BAT;.CMD"


def whose(
    host: Host, commands: Iterable[str], present: Iterable[Present], folders: Mapping[str, Path]
) -> dict[str, tuple[Owned, ...]]:
    """Every copy of `commands` with its owner, by command; `folders` are where a kind's commands lie, by kind."""
    wanted = frozenset(commands)
    bringing = [each for each in present if not wanted.isdisjoint(each.commands)]
    own = {Path(each.bin_folder) if each.bin_folder else folders[each.kind] for each in bringing}
    return owners(look_for(host, wanted, sorted(own)), claims(bringing, folders))


def look_for(host: Host, commands: Iterable[str], beside: Iterable[Path] = ()) -> tuple[Seen, ...]:
    """Every copy of `commands` on PATH, then in those folders `beside` that are not on it; in a shell's order.

    Folders that are one by another name are read once, each by one listing. A link whose target is gone is in the
    answer, marked as broken: a shell skips it.
    """
    names = _file_names(host, commands)
    found: list[Seen] = []
    for place, folder in enumerate(_folders(host.path)):
        found += _in_folder(folder, place, names, host)
    known = {os.path.realpath(folder) for folder in host.path}
    for folder in _folders(folder for folder in beside if os.path.realpath(folder) not in known):
        found += _in_folder(folder, OFF_PATH, names, host)
    return tuple(found)


def repeated(host: Host) -> frozenset[str]:
    """Every command that more than one folder of PATH has."""
    fold = _bare if host.is_windows else str
    counts: Counter[str] = Counter()
    for folder in _folders(host.path):
        counts.update({fold(name) for name in _names(folder)})
    return frozenset(name for name, count in counts.items() if count > 1)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - a Path each would cost more than the look
    except OSError:
        return []


def _bare(name: str) -> str:
    """The command that a file of Windows is, by its name."""
    return name.lower().rpartition(".")[0] or name.lower()


def claims(present: Iterable[Present], folders: Mapping[str, Path]) -> tuple[Claim, ...]:
    """What each of `present` says of its commands; see `whose`."""
    real = {kind: os.path.realpath(folder) for kind, folder in folders.items()}
    return tuple(_claim(each, real.get(each.kind, "")) for each in present)


def _claim(present: Present, folder: str) -> Claim:
    return Claim(
        id=present.id,
        kind=present.kind,
        name=present.name,
        version=present.version,
        where=os.path.realpath(present.where) if present.where else "",
        folder=os.path.realpath(present.bin_folder) if present.bin_folder else folder,
        commands=present.commands,
    )


def _folders(folders: Iterable[Path]) -> Iterator[str]:
    """The folders by the names that were given, without those that are another's second name."""
    first = {os.path.realpath(folder): str(folder) for folder in reversed(list(folders))}
    yield from reversed(first.values())


def _file_names(host: Host, commands: Iterable[str]) -> dict[str, tuple[str, int]]:
    """The names of files that are a command, with the command and the rank of the ending (Windows: PATHEXT)."""
    if not host.is_windows:
        return {command: (command, 0) for command in commands}
    endings = [ending.lower() for ending in (host.get("PATHEXT") or DEFAULT_ENDINGS).split(";") if ending]
    return {
        f"{command.lower()}{ending}": (command, rank)
        for command in commands
        for rank, ending in enumerate(endings)
        if not command.lower().endswith(tuple(endings))
    } | {command.lower(): (command, 0) for command in commands if command.lower().endswith(tuple(endings))}


def _in_folder(folder: str, place: int, names: Mapping[str, tuple[str, int]], host: Host) -> list[Seen]:
    fold = str.lower if host.is_windows else str
    try:
        with os.scandir(folder) as entries:
            found = [(names[key], entry.path) for entry in entries if (key := fold(entry.name)) in names]
    except OSError:  # it is not there, no folder, or closed to us: a shell finds nothing in it either
        return []
    found.sort()  # by command, then by the rank of its ending
    seen = (_seen(command, path, place, host) for (command, _), path in found)
    return [each for each in seen if each is not None]


def _seen(command: str, path: str, place: int, host: Host) -> Seen | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path each would cost more than the look
    except OSError:
        return Seen(command=command, path=path, real=os.path.realpath(path), place=place, note="broken")
    if not stat.S_ISREG(status.st_mode) or not (host.is_windows or os.access(path, os.X_OK)):
        return None
    is_alias = status.st_size == 0 and Path(path).parent.name.lower() == ALIASES
    real = os.path.realpath(path)
    launcher = launchers.read(real)
    real = os.path.realpath(launcher.target) if launcher else real
    return Seen(
        command=command,
        path=path,
        real=real,
        place=place,
        note="alias" if is_alias else "launcher" if launcher else "",
        package=_package(command, real, host),
        environment=_environment(launcher.target if launcher else path),
    )


def _environment(path: str) -> str:
    """The virtual environment whose command this is, or ""."""
    folder = os.path.dirname(os.path.dirname(path))  # noqa: PTH120
    return folder if os.path.exists(f"{folder}/pyvenv.cfg") else ""  # noqa: PTH110


def _package(command: str, real: str, host: Host) -> str:
    """The Debian package of a system's program, when it is called like its command: a look into the one list."""
    if not real.startswith(SYSTEM_PROGRAMS):
        return ""
    try:
        listed = (host.root / "var/lib/dpkg/info" / f"{command}.list").read_bytes()
    except OSError:
        return ""
    return command if f"/{command}\n".encode() in listed else ""
