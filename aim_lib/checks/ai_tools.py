"""The AI tools we know, of those that are here: can each be started, and which version is it? Starts none of them.

`aim verify` starts them; a look at files takes a millisecond and never waits for a login or an update.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .. import environments
from ..host import Host
from ..managers import by_place
from ..model import Record
from ..proc import Runner
from . import Facts, host_of
from ._flaws import Flaw, verdict

ID = "ai_tools"
CODES = {
    "AIM-H030": "An AI tool's command cannot be started. The file is empty, or the interpreter that its first line "
    "names is not there, so whatever calls the tool will fail. Install it again, or remove that copy; `aim verify` "
    "starts each of the declared ones.",
}
HEAD_BYTES = 256


def check(facts: Facts, runner: Runner) -> Record:
    host = host_of(facts).with_path_first(*facts.bin_folders)
    flaws, versions = [], {}
    for tool, known in facts.ai_tools.items():
        path = next((found for command in known.commands if (found := host.which(command))), None)
        if path is None:
            continue
        why = _why_not(path, host)
        versions[tool] = _version(tool, known, path, facts)
        if why:
            remedy = f"aim sync-versions, or remove {path}"
            flaws.append(Flaw(code="AIM-H030", what=f"{tool}: {path} cannot be started: {why}", remedy=remedy))
    listed = ", ".join(f"{tool} {version}".rstrip() for tool, version in versions.items())
    return verdict(ID, flaws, listed or "none of those we know are here", versions=versions)


def _why_not(path: Path, host: Host) -> str:
    """Why the system could not start a file that may be executed, by its first line; "" when it can."""
    if host.is_windows:
        return ""  # there an empty file may be an app's alias, and first lines count for nothing
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return ""  # a program may be executable and not readable
    if not head:
        return "the file is empty"
    if not head.startswith(b"#!"):
        return ""
    words = head[2:].splitlines()[0].decode("utf-8", "replace").split()
    return _why_no_interpreter(words, host)


def _why_no_interpreter(words: list[str], host: Host) -> str:
    if not words:
        return "its first line names no interpreter"
    if Path(words[0]).name != "env":
        return "" if Path(words[0]).exists() else f"its interpreter {words[0]} is not there"
    named = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    return "" if not named or host.which(named[0]) else f"its interpreter {named[0]} is not on PATH"


def _version(tool: str, known: Any, path: Path, facts: Facts) -> str:
    """What our inventory, or the metadata beside the program, says; "" when neither does."""
    for standing in facts.standings:
        if known.names.get(standing.manager) == standing.tool and standing.actual:
            return standing.actual
    real = path.resolve()
    manager, _, version, _ = by_place(str(path), str(real)) or ("", "", "", "")
    if version or manager not in ("pipx", "uv"):
        return version or _of_package(real)
    return environments.package_version(real.parent.parent, known.names.get(manager, ""))[0]


def _of_package(real: Path) -> str:
    """The version in the package.json of the npm package that a program is of."""
    for folder in real.parents:
        if folder.name == "node_modules":
            return ""
        try:
            said = json.loads((folder / "package.json").read_bytes())
        except (OSError, ValueError):
            continue
        return str(said.get("version", "")) if isinstance(said, dict) else ""
    return ""
