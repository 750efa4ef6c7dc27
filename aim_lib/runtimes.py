"""Which Python or Node a tool runs on: what a release's needs are held against."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from . import files
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


def python_version(wanted: Wanted | None, present: Present | None, own: str) -> str:
    """The Python of a tool's environment, else the one asked for, else `own`, which makes new ones; "" when unknown."""
    made_with = _environment_python(Path(present.where)) if present and present.where else ""
    asked = wanted.python if wanted else ""
    if made_with or not asked:
        return made_with or own
    return asked if re.fullmatch(r"3(\.\d+){1,2}", asked) else ""


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


def _environment_python(environment: Path) -> str:
    """By its pyvenv.cfg: `version` of venv's, `version_info` of uv's and virtualenv's."""
    try:
        text = (environment / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    found = re.search(r"^version(?:_info)? *= *(\d+\.\d+(?:\.\d+)?)", text, re.MULTILINE)
    return found[1] if found else ""


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
