"""How tools are told where to keep their caches: by a variable each, one for all projects or one for each."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec

from .config import default_folder
from .errors import BadConfig
from .mistakes import did_you_mean
from .model import Frozen

TABLE = "cache_knobs.toml"
USUAL = ("hypothesis", "mypy", "pytest", "python", "ruff")  # those that leave caches in projects
DIGEST_SIZE = 10  # characters of a project's hash: two projects of one name must not meet


class Knob(Frozen, frozen=True, forbid_unknown_fields=True):
    """One entry of the table; `is_words`: its value is read as words of a command line."""

    tool: str
    variable: str
    value: str
    cache: str = ""
    apart: bool = False
    is_words: bool = False


class _Table(Frozen, frozen=True, forbid_unknown_fields=True):
    knob: tuple[Knob, ...]


@cache
def known() -> tuple[Knob, ...]:
    return msgspec.toml.decode((default_folder() / TABLE).read_bytes(), type=_Table).knob


def chosen(tools: Iterable[str]) -> tuple[Knob, ...]:
    """The knobs of `tools`, by default the usual ones, in the table's order. Raises BadConfig for one without."""
    tools = tuple(tools) or USUAL
    names = [knob.tool for knob in known()]
    wrong = [f"cache.tools: {tool!r} is not known{did_you_mean(tool, names)}" for tool in tools if tool not in names]
    if wrong:
        raise BadConfig("[cache] names a tool that we cannot tell where to keep its cache", details=wrong)
    wanted = set(tools)
    return tuple(knob for knob in known() if knob.tool in wanted)


def shared(knobs: Iterable[Knob], central: Path) -> Mapping[str, str]:
    """The variables that hold for every project."""
    return {knob.variable: _value(knob, central, central) for knob in knobs if not knob.apart}


def apart(knobs: Iterable[Knob], central: Path, project: Path, env: Mapping[str, str]) -> Mapping[str, str]:
    """The variables that hold for `project` alone; words that the user has there already stay, ours come last."""
    own = {}
    for knob in (each for each in knobs if each.apart):
        value, here = _value(knob, central, project_folder(central, project)), env.get(knob.variable, "")
        is_added = knob.is_words and here and not here.endswith(value)
        own[knob.variable] = f"{here} {value}" if is_added else value
        if knob.is_words and here.endswith(value):
            own[knob.variable] = here
    return own


def project_folder(central: Path, project: Path) -> Path:
    """The part of the central folder for one project: its name, for people, and a hash of its whole path."""
    digest = hashlib.sha256(str(project).encode("utf-8", "surrogateescape")).hexdigest()[:DIGEST_SIZE]
    return central / "projects" / f"{project.name or 'root'}-{digest}"


def _value(knob: Knob, central: Path, project: Path) -> str:
    if not knob.is_words:
        return str(Path(knob.value.format(central=central, project=project)))
    # Words are split as a shell would do it, on Windows too: no backslashes.
    words = (word.format(central=central.as_posix(), project=project.as_posix()) for word in knob.value.split())
    return shlex.join(words)
