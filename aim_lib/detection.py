"""Where an AI tool is and which version: by what its package says on disk; started only when that is silent.

A tool is never started by its bare name: that would open a conversation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from . import environments
from .ai_tools import Tool
from .errors import AimError
from .host import Host, is_executable
from .model import Present
from .proc import Runner
from .routing import Found

VERSION_S = 10.0  # a node CLI of 90 MB takes seconds on a cold disk
PARENTS = 6  # folders above a program in which its package.json may lie
USUAL = r"(\d+(?:\.\d+)+\S*)"
_VARIABLE = re.compile(r"%(\w+)%|\$\{(\w+)\}|\$(\w+)")


def find(tool: Tool, host: Host, present: Mapping[str, Present]) -> Found:
    """Where `tool` is, and its version as far as the disk tells; `present` is what package managers have, by id."""
    where = next((place for word in tool.detect if (place := locate(word, host)) is not None), None)
    if where is None:
        return Found(why=f"none of {', '.join(tool.detect) or 'its commands'} is on this machine")
    return Found(where=str(where), version=_recorded(tool, where, present) or on_disk(tool, where))


def locate(word: str, host: Host) -> Path | None:
    """The executable that `word` means: a command on PATH, or a file, with `~` and variables; None when not there."""
    if re.search(r"[\s]", word) and not re.search(r"[/\\]", word):
        word = word.split()[0]  # the predecessor's "aider --version": its first word is the command
    if not re.search(r"[/\\~%$]", word):
        return host.which(word)
    path = expanded(word, host)
    return path if path is not None and is_executable(path) else None


def expanded(word: str, host: Host) -> Path | None:
    """A path with `~`, `%NAME%`, `$NAME` and `${NAME}` filled in; None when one is not set."""
    names = [next(filter(None, found)) for found in _VARIABLE.findall(word)]
    known = {"USERPROFILE": str(host.home), "HOME": str(host.home), **host.env}
    if any(not known.get(name) for name in names):
        return None
    text = _VARIABLE.sub(lambda found: known[next(filter(None, found.groups()))], word)
    if not host.is_windows:
        text = text.replace("\\", "/")
    home = host.home
    path = home / text[2:] if text.startswith("~/") else home if text == "~" else Path(text)
    return path if path.is_absolute() else host.cwd / path


def ask_version(tool: Tool, found: Found, host: Host, runner: Runner) -> str:
    """What the tool itself says when asked with its version command, "" when that is of no use. Starts it."""
    words = tool.version_command[1:] if tool.version_command else ("--version",)
    try:
        answer = runner.run((found.where, *words), env=host.env, timeout_s=VERSION_S, cwd=host.home)
    except AimError:
        return ""
    text = f"{answer.stdout}\n{answer.stderr}"
    said = re.search(tool.version_pattern, text, re.MULTILINE) if tool.version_pattern else None
    said = said or re.search(USUAL, text)
    return (said[1] if said.groups() else said[0]) if said and answer.is_ok else ""


def on_disk(tool: Tool, where: Path) -> str:
    """The version that the package a program belongs to says of itself: its package.json, or its dist-info; or ""."""
    return _of_node(where.resolve(), where.name) or _of_python(tool, where)


def _recorded(tool: Tool, where: Path, present: Mapping[str, Present]) -> str:
    """The version of what a package manager has, when `where` is of that."""
    real = str(where.resolve())
    for source in tool.sources:
        have = present.get(source)
        if have is None or where.stem not in have.commands:
            continue
        if have.where and real.startswith(str(Path(have.where).resolve())):
            return have.version
        if have.bin_folder and Path(have.bin_folder) == where.parent:
            return have.version
    return ""


def _of_node(real: Path, command: str) -> str:
    for folder in list(real.parents)[:PARENTS]:
        try:
            document = json.loads((folder / "package.json").read_bytes())
        except (OSError, ValueError):
            continue
        brings = document.get("bin", {}) if isinstance(document, dict) else {}
        named = {str(document.get("name", "")).rpartition("/")[2]} if isinstance(brings, str) else set(brings)
        if Path(command).stem in named:
            return str(document.get("version", ""))
    return ""


def _of_python(tool: Tool, where: Path) -> str:
    names = {source.partition(":")[2] for source in tool.sources if source.startswith(("pipx:", "uv:"))}
    for folder in _environments(where):
        for name in sorted(names):
            version, _ = environments.package_version(folder, name)
            if version:
                return version
    return ""


def _environments(where: Path) -> Iterable[Path]:
    """The virtual environments a script may be of: where it lies, and where its link leads, without the Python's."""
    places = [where]
    if where.is_symlink():
        places.append(where.parent / where.readlink())
    folders = (place.parent.parent for place in places)
    return [folder for folder in folders if (folder / "pyvenv.cfg").is_file()]
