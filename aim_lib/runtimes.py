"""Which Python or Node a tool runs on: what a release's needs are held against."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from . import files, interpreters, pythons
from .errors import AimError
from .host import Host
from .model import Present, Wanted
from .proc import Runner

NODE_FILE = "node-version.json"


class KnownNode(msgspec.Struct, frozen=True):
    """The version a node program gave, and what the program looked like then."""

    program: str
    mark: tuple[int, int]
    version: str


def python_version(host: Host, wanted: Wanted | None, present: Present | None, own: str) -> str:
    """The Python of a tool's environment, or of the next one, made by `own`, which runs us, if that fits; "": unknown.

    Where no Python fits, it is the one that the user is told to get.
    """
    asked = wanted.python if wanted else ""
    if present and present.python and pythons.fits(asked, present.python):
        return present.python
    if pythons.is_path(asked):
        return ""
    if pythons.fits(asked, own):
        return own
    found = interpreters.choose(host, asked)
    return found.version if found else pythons.newest(asked)


def node_version(host: Host, runner: Runner, provided: str) -> str:
    """The version of the node on PATH, else of the one we provide; "" when it will not say.

    Starting node takes longer than all the rest of a check, so its answer is kept while its program is the same.
    """
    program = host.which("node")
    if program is None:
        return provided
    real = program.resolve()
    about = real.stat()
    mark = (about.st_mtime_ns, about.st_size)
    known = _read(host.folders.cache / NODE_FILE)
    if known and (known.program, known.mark) == (str(real), mark):
        return known.version
    version = _ask(program, host, runner)
    if version:
        _remember(host, KnownNode(str(real), mark, version))
    return version


def _ask(program: Path, host: Host, runner: Runner) -> str:
    try:
        done = runner.run((str(program), "--version"), env=host.env, timeout_s=10)
    except AimError:
        return ""
    found = re.match(r"v(\d+\.\d+\.\d+)", done.stdout)
    return found[1] if done.is_ok and found else ""


def _read(path: Path) -> KnownNode | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=KnownNode)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _remember(host: Host, known: KnownNode) -> None:
    try:
        files.write_json(files.make_folder(host.folders.cache) / NODE_FILE, known)
    except (OSError, AimError):
        return
