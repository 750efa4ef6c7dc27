"""A program of its own, standard library only: what has to wait until npm has installed, such as which commands came.

    expose TOOL BUILD PACKAGE BIN STYLE   the commands of PACKAGE in TOOL/BUILD are the ones in BIN; TOOL is at BUILD
    withdraw TOOL BIN                     no command in BIN leads into TOOL, and TOOL is at no build
    make FOLDER                           FOLDER is there
    gather PLACE                          the folders t0, t1, … of PLACE are workspaces of one project, under one lock
    scatter PLACE BUILD...                t0, t1, … of PLACE are the BUILDs, each with its own lock; PLACE is gone
    tidy LOCK                             LOCK is in normal form: no place or registry of one machine; all has a hash

STYLE is "link", or "text" where links need a privilege (Windows): then commands are texts that name the build.
Repeating a call is harmless, and each of its effects is one step: killed in between, another call finishes it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PUBLIC = "https://registry.npmjs.org"  # what every npm takes for "the configured registry" in a lock file
CURRENT = "current"
MINE = "aim: "
CMD = '@"%~dp0{path}.cmd" %*\r\n'
SH = '#!/bin/sh\nexec "$(dirname "$0")/{path}" "$@"\n'
PS1 = (
    'if ($MyInvocation.ExpectingInput) {{ $input | & "$PSScriptRoot/{path}.ps1" $args }} '
    'else {{ & "$PSScriptRoot/{path}.ps1" $args }}\nexit $LASTEXITCODE\n'
)
FORMS = {"": SH, ".cmd": CMD, ".ps1": PS1}


class Refused(Exception):
    """What cannot be done, in one sentence."""


def main(words: list[str]) -> int:
    verbs: dict[str, Callable[..., None]] = {
        "expose": expose,
        "withdraw": withdraw,
        "make": make,
        "tidy": tidy,
        "gather": gather,
        "scatter": scatter,
    }
    try:
        verbs[words[0]](*words[1:])
    except (Refused, OSError, ValueError) as error:
        sys.stderr.write(f"{MINE}{error}\n")
        return 1
    return 0


def expose(tool: str, build: str, package: str, bin_folder: str, style: str) -> None:
    """Make TOOL/BUILD the current one; commands that it no longer has are removed. Raises Refused, with nothing done.

    A command that exists and belongs to something else is refused, as npm itself refuses it.
    """
    home, folder = Path(tool), Path(bin_folder)
    commands = commands_in(home / build, package)
    entrances = _texts(home, build, commands) if style == "text" else _links(home, folder, commands)
    taken = [name for name in entrances if _is_foreign(folder / name, home)]
    if taken:
        raise Refused(f"the command {taken[0]} belongs to something else: {folder / taken[0]}")
    lock = home / build / "package-lock.json"
    if lock.is_file():
        _write(lock, normal_text(lock.read_bytes()))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write = _write_command if style == "text" else _link
    for name, content in entrances.items():
        write(folder / name, content)
    write(home / CURRENT, build)
    _remove_stale(home, folder, entrances)


def withdraw(tool: str, bin_folder: str) -> None:
    home = Path(tool)
    _remove_stale(home, Path(bin_folder), {})
    (home / CURRENT).unlink(missing_ok=True)


def make(folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)


def gather(place: str) -> None:
    folders = sorted((path for path in Path(place).iterdir() if path.is_dir()), key=lambda path: int(path.name[1:]))
    names = [folder.name for folder in folders]
    packages: dict[str, Any] = {"": {"name": "together", "workspaces": names}}
    for folder in folders:
        lock = json.loads((folder / "package-lock.json").read_bytes())["packages"]
        manifest = {**json.loads((folder / "package.json").read_bytes()), "name": folder.name}
        _write(folder / "package.json", json.dumps(manifest))
        packages[f"node_modules/{folder.name}"] = {"resolved": folder.name, "link": True}
        packages[folder.name] = {**lock[""], "name": folder.name}
        packages |= {f"{folder.name}/{path}": entry for path, entry in lock.items() if path}
    document = {"name": "together", "lockfileVersion": 3, "requires": True, "packages": packages}
    _write(Path(place) / "package-lock.json", json.dumps(document))
    _write(Path(place) / "package.json", json.dumps({"name": "together", "private": True, "workspaces": names}))


def scatter(place: str, *builds: str) -> None:
    """Raises Refused when npm has left one of them without its packages."""
    made = [Path(place) / f"t{number}" for number in range(len(builds))]
    empty = [builds[number] for number, folder in enumerate(made) if not (folder / "node_modules").is_dir()]
    if empty:
        raise Refused(f"npm has installed nothing for {empty[0]}")
    for folder, build in zip(made, map(Path, builds), strict=True):
        lock = json.loads((folder / "package-lock.json").read_bytes())
        lock["packages"].pop("", None)
        # npm writes this file last: it says that all is there.
        _write(folder / "node_modules" / ".package-lock.json", json.dumps(lock, indent=2) + "\n")
        build.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(build, ignore_errors=True)
        folder.replace(build)
    shutil.rmtree(place, ignore_errors=True)


def tidy(lock: str) -> None:
    """Raises Refused when something that a registry serves has no hash."""
    text = normal_text(Path(lock).read_bytes())
    bare = unhashed(json.loads(text))
    if bare:
        raise Refused(f"the registry gives no hash for {bare[0]}: it cannot be locked")
    _write(Path(lock), text)


# --- commands -----------------------------------------------------------------------------------------------------


def commands_in(build: Path, package: str) -> tuple[str, ...]:
    """The commands that PACKAGE promises and npm has made. Raises Refused when the package is not there."""
    manifest = build / "node_modules" / package / "package.json"
    try:
        bins = json.loads(manifest.read_bytes()).get("bin")
    except (OSError, ValueError) as error:
        raise Refused(f"{package} is not there after its installation") from error
    names = [package.rpartition("/")[2]] if isinstance(bins, str) else sorted(bins or ())
    made = build / "node_modules" / ".bin"
    return tuple(name for name in names if re.fullmatch(r"[^/\\:]+", name) and os.path.lexists(made / name))


def _links(home: Path, folder: Path, commands: tuple[str, ...]) -> dict[str, str]:
    """Each command's link: through `current`, so that one step switches all of them."""
    made = Path(os.path.relpath(home, folder)) / CURRENT / "node_modules" / ".bin"
    return {name: str(made / name) for name in commands}


def _texts(home: Path, build: str, commands: tuple[str, ...]) -> dict[str, str]:
    """Each command's entrances, in the forms that npm made: for cmd.exe, for a shell, for PowerShell."""
    made = home / build / "node_modules" / ".bin"
    forms = [
        (name, ending, text) for name in commands for ending, text in FORMS.items() if (made / (name + ending)).exists()
    ]
    return {name + ending: text.format(path=_way(home, build, name, text)) for name, ending, text in forms}


def _way(home: Path, build: str, name: str, text: str) -> str:
    way = f"../{home.name}/{build}/node_modules/.bin/{name}"
    return way.replace("/", "\\") if text is CMD else way


def _is_foreign(place: Path, home: Path) -> bool:
    """Whether something that works, and is not a command of this tool, is at `place`."""
    return place.exists() and not _leads_into(place, home)


def _leads_into(place: Path, home: Path) -> bool:
    if place.is_symlink():
        return Path(os.path.normpath(place.parent / place.readlink())).is_relative_to(home)
    return place.is_file() and place.stat().st_size < 1000 and f"../{home.name}/" in _slashed(place)


def _slashed(place: Path) -> str:
    return place.read_bytes().decode(errors="replace").replace("\\", "/")


def _remove_stale(home: Path, folder: Path, kept: Mapping[str, str]) -> None:
    entries = folder.iterdir() if folder.is_dir() else ()
    for place in entries:
        if place.name not in kept and not place.name.startswith(".") and _leads_into(place, home):
            place.unlink(missing_ok=True)


def _link(place: Path, target: str) -> None:
    temporary = place.with_name(f".{place.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(place)


def _write_command(place: Path, text: str) -> None:
    _write(place, text, 0o755)


def _write(place: Path, text: str, mode: int = 0o644) -> None:
    temporary = place.with_name(f".{place.name}.{os.getpid()}")
    temporary.write_bytes(text.encode())
    temporary.chmod(mode)
    temporary.replace(place)


# --- locks --------------------------------------------------------------------------------------------------------


def normal_text(content: bytes) -> str:
    """A package-lock.json without what is of one machine: which mirror served a package, credentials in URLs.

    A registry's file is named by its place on the public registry, for which npm puts in the configured one; that of a
    scope, which may have a registry of its own, is left for npm to find. The hash is what decides in any case.
    """
    lock = json.loads(content)
    for path, entry in lock.get("packages", {}).items():
        if path and not entry.get("link") and not entry.get("inBundle"):
            _normalise(path, entry)
    return json.dumps(lock, indent=2, ensure_ascii=False) + "\n"


def unhashed(lock: Mapping[str, Any]) -> list[str]:
    """The packages of a lock that have no hash, though they are neither in another package nor in a folder."""
    packages = lock.get("packages", {}).items()
    return [
        path
        for path, entry in packages
        if path and not (entry.get("integrity") or entry.get("link") or entry.get("inBundle"))
    ]


def _normalise(path: str, entry: dict[str, Any]) -> None:
    name = str(entry.get("name") or path.rpartition("node_modules/")[2])
    resolved = str(entry.get("resolved", ""))
    file = f"/{name}/-/{name.rpartition('/')[2]}-{entry.get('version')}.tgz"
    is_served = not resolved or (resolved.startswith("http") and resolved.partition("?")[0].endswith(file))
    if resolved.startswith(f"{PUBLIC}/"):
        return
    if not is_served or "integrity" not in entry:
        if resolved:
            entry["resolved"] = re.sub(r"://[^/@\s]*@", "://", resolved)
        return
    entry.pop("resolved", None)
    if not name.startswith("@"):
        _put_after(entry, "version", "resolved", PUBLIC + file)


def _put_after(entry: dict[str, Any], before: str, key: str, value: str) -> None:
    """Add a key where npm has it."""
    pairs = list(entry.items())
    entry.clear()
    for each, content in pairs:
        entry[each] = content
        if each == before:
            entry[key] = value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
