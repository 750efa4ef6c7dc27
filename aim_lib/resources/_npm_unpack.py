"""A program of its own, standard library only: `npm ci` from npm's cache, without npm where only files are needed.

    BUILD CACHE -- NPM...    BUILD/node_modules is what the command NPM would make of BUILD's package-lock.json

Each tarball in npm's CACHE lies under its own sha512, the lock names that, and it is checked while it is read. What is
not certain to come out as npm has it (scripts, links, bundles, a missing or damaged content) is npm's: this process
becomes NPM, with nothing left behind. `node_modules` appears whole, in one step; killed before that, another call
starts again. POSIX only: on Windows commands are npm's shims.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Mapping

TYPE_CHECKING = False  # not typing's: its import is a tenth of this program's start
if TYPE_CHECKING:
    from typing import Any
if TYPE_CHECKING or __package__:
    from ._npm_locked import chosen, content, digest
    from ._npm_platform import Machine, Unsure
    from ._npm_tarball import make_folder, unpack
else:
    sys.path.append(os.path.dirname(__file__))  # -I leaves it out
    from _npm_locked import chosen, content, digest
    from _npm_platform import Machine, Unsure
    from _npm_tarball import make_folder, unpack

NEW = ".node_modules-to-be"
LARGEST_BYTES = 100 << 20  # npm reads a tarball piece by piece, this program at once
# The order of the English collation, by which npm lets the first of two packages have a command's name.
ORDER = "_-!.'()@*/~0123456789abcdefghijklmnopqrstuvwxyz"


def main(words: list[str]) -> int:
    build, cache, _, *npm = words
    try:
        fill(build, cache, Machine())
    except Exception:  # noqa: BLE001 - whatever it is, npm gets over it or has the words for it
        _remove(os.path.join(build, NEW))
        return hand_over(npm)
    return 0


def hand_over(npm: list[str]) -> int:
    """Become npm; returns only when that cannot be."""
    try:
        os.execv(npm[0], npm)  # noqa: S606 - no shell is meant
    except OSError as error:
        sys.stderr.write(f"aim: {npm[0]} cannot be started: {error.strerror}\n")
    return 127


def fill(build: str, cache: str, machine: Machine) -> None:
    """Make BUILD/node_modules. Raises Unsure and others when npm has to, with BUILD/NEW left at most."""
    lock, manifest = (_read_json(os.path.join(build, name)) for name in ("package-lock.json", "package.json"))
    entries = chosen(lock, manifest, machine)
    names = {place: digest(entry.get("integrity")) for place, entry in entries.items()}
    paths = {place: content(cache, name) for place, name in names.items()}
    too_large = [path for path in paths.values() if os.stat(path).st_size > LARGEST_BYTES]
    if too_large or not entries or os.path.lexists(os.path.join(build, ".npmrc")):
        raise Unsure("a very large package, none at all, or settings of its own")
    new, old = os.path.join(build, NEW), os.path.join(build, "node_modules")
    _remove(new)
    made = {build}
    for place, path in paths.items():
        unpack(_verified(path, names[place]), _at(new, place), made)
    link_commands(new, entries, made)
    _write_hidden_lock(new, lock, entries)
    _remove(old)
    os.rename(new, old)


def _read_json(path: str) -> dict[str, Any]:
    with open(path, "rb") as file:
        document = json.loads(file.read())
    if not isinstance(document, dict):
        raise Unsure(f"{path} is no object")
    return document


def _verified(path: str, name: str) -> bytes:
    with open(path, "rb") as file:
        packed = file.read()
    if hashlib.sha512(packed).hexdigest() != name:
        raise Unsure(f"{path} is damaged")
    return packed


def _at(new: str, place: str) -> str:
    return new + place.removeprefix("node_modules")


def _write_hidden_lock(new: str, lock: Mapping[str, Any], entries: Mapping[str, Any]) -> None:
    """npm's own note of what is there: it writes it last, and so do we."""
    head = {key: lock[key] for key in ("name", "version") if key in lock}
    document = {**head, "lockfileVersion": 3, "requires": True, "packages": entries}
    with open(os.path.join(new, ".package-lock.json"), "w", encoding="utf-8") as file:
        file.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _remove(folder: str) -> None:
    if os.path.lexists(folder):
        import shutil  # its import is a tenth of this program's time, and hardly ever needed

        shutil.rmtree(folder, ignore_errors=True)


# --- commands -----------------------------------------------------------------------------------------------------


def link_commands(new: str, entries: Mapping[str, Mapping[str, Any]], made: set[str]) -> None:
    """The links in each `.bin`, as npm's bin-links makes them; what they lead to can be executed."""
    os.umask(umask := os.umask(0o077))
    links: dict[str, tuple[str, str]] = {}
    for place, entry in entries.items():
        above, _, name = place.rpartition("node_modules/")
        folder = _at(new, f"{above}node_modules/.bin")
        for command, path in commands_of(str(entry.get("name", name)), entry.get("bin")).items():
            link = f"{folder}/{command}"
            if link not in links or _rank(name) < _rank(links[link][0]):
                links[link] = name, path
    for link, (name, path) in links.items():
        folder = os.path.dirname(link)
        file = f"{os.path.dirname(folder)}/{name}/{path}"
        if os.path.lexists(file):  # npm too makes none to a file that is not there
            make_folder(folder, made)
            os.symlink(f"../{name}/{path}", link)
            os.chmod(file, 0o777 & ~umask)
            _end_first_line(file)


def _end_first_line(file: str) -> None:
    """A script whose first line ends as on Windows would ask for an interpreter whose name ends in CR."""
    with open(file, "r+b") as script:
        if re.match(rb"#![^\n]+\r\n", script.read(2048)):
            script.seek(0)
            text = re.sub(r"\A(#![^\n]+)\r\n", r"\1\n", script.read().decode())  # npm reads it as UTF-8
            script.seek(0)
            script.write(text.encode())
            script.truncate()


def commands_of(package: str, bins: object) -> dict[str, str]:
    """Command and file, as npm-normalize-package-bin has them."""
    if not isinstance(bins, str | dict | None):
        raise Unsure("commands in a form of their own")
    pairs = {package: bins} if isinstance(bins, str) else bins or {}
    clean = {re.sub(r"[\\:]", "/", key).rstrip("/").rpartition("/")[2]: path for key, path in pairs.items()}
    paths = {command: _inside(path) for command, path in clean.items() if isinstance(path, str)}
    return {command: path for command, path in paths.items() if command not in ("", ".", "..") and path}


def _inside(path: str) -> str:
    """A path that leads nowhere above its package."""
    return os.path.normpath("/" + path.replace("\\", "/").lstrip("/"))[1:]


def _rank(name: str) -> list[int]:
    """Raises ValueError for a name whose place in the order is not known."""
    return [ORDER.index(letter) for letter in name]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
