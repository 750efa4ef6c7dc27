"""Lists of tools as other programs write them, one format a file: text → entries, and entries → text.

A member defines `FILES` (names such a file usually has, lower case), `looks_like(text)` and `read(text) -> Reading`,
which raises Malformed. `KINDS` are the kinds of tools it can be written with, () when it is only read; otherwise
`write(entries) -> Writing` gets entries of these kinds alone, and `SYSTEM` is where such a list is for: "windows",
"this" machine, or "any", where each tool can say its own. Members read no file and know nothing of the machine.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from ..model import Frozen
from ..versions import ANY, accepts, problem

PLATFORMS = ("linux", "macos", "windows")


class Entry(Frozen, frozen=True):
    """One tool of a list. `request` as aim.toml writes it; `version` is the exact one where it is known, else "".

    `line` is where it stands, from 1; 0 when the format does not say. `platforms` empty: on all of them.
    """

    kind: str
    name: str
    request: str = "*"
    version: str = ""
    extras: tuple[str, ...] = ()
    python: str = ""
    platforms: tuple[str, ...] = ()
    source: str = ""
    optional: bool = False
    line: int = 0

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.name}"

    @property
    def wish(self) -> str:
        """The exact version where it is known, else the request."""
        return self.version or self.request


class Remark(Frozen, frozen=True):
    """Something that is left out, or with `is_part` carried over only in part, and why. It never holds a URL."""

    what: str
    why: str
    line: int = 0
    is_part: bool = False

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{'in part' if self.is_part else 'left out'}: {place}{self.what}: {self.why}"


class Reading(Frozen, frozen=True):
    """The tools of a list, in its order, and what of it is not among them."""

    tools: tuple[Entry, ...] = ()
    left_out: tuple[Remark, ...] = ()


class Writing(Frozen, frozen=True):
    """The text of a list, and what it does not say."""

    text: str
    left_out: tuple[Remark, ...] = ()


class Malformed(ValueError):
    """The text is not what its format says: why, and in which line (from 1; 0 when that is not known)."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.line = line


def joined(parts: Iterable[Reading]) -> Reading:
    """Several readings as one."""
    found = tuple(parts)
    return Reading(
        tools=tuple(entry for part in found for entry in part.tools),
        left_out=tuple(remark for part in found for remark in part.left_out),
    )


def load_json(text: str) -> Any:
    """The document. Raises Malformed with the line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Malformed(f"it is not valid JSON: {error.msg}", error.lineno) from error
    except (RecursionError, ValueError) as error:  # ValueError: a number of thousands of digits
        raise Malformed("it is not JSON that any program writes") from error


def load_toml(text: str) -> dict[str, Any]:
    """The tables. Raises Malformed with the line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column \d+\)", str(error))
        why = re.sub(r" \(at .*\)$", "", str(error))
        end = text.count("\n") + 1
        raise Malformed(f"it is not valid TOML: {why}", int(place[1]) if place else end) from error
    except (RecursionError, ValueError) as error:
        raise Malformed("it is not TOML that any program writes") from error


def peek(text: str) -> Any:
    """The JSON document that `text` is, or None: for telling formats apart."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return load_json(text)
    except Malformed:
        return None


def table_of(document: Any, key: str, *, where: str = "", line: int = 0) -> dict[str, Any]:
    """The table at `key`, {} when it is not there. Raises Malformed when it is something else."""
    value = document.get(key)
    return as_table({} if value is None else value, f"{where}{key}", line=line)


def list_of(document: Any, key: str, *, where: str = "") -> list[Any]:
    """The list at `key`, [] when it is not there. Raises Malformed when it is something else."""
    value = document.get(key)
    if value is not None and not isinstance(value, list):
        raise Malformed(f"{where}{key} is not a list")
    return value or []


def as_table(value: Any, name: str, *, line: int = 0) -> dict[str, Any]:
    """`value` when it is a table. Raises Malformed."""
    if not isinstance(value, dict):
        raise Malformed(f"{name} is not a table", line)
    return value


def text_at(document: Mapping[str, Any], key: str) -> str:
    """The text at `key`, or "" when there is none."""
    value = document.get(key)
    return value if isinstance(value, str) else ""


class Asked(Frozen, frozen=True):
    """A Python requirement in its parts. `source` is a URL or a folder instead of a name and version."""

    name: str = ""
    extras: tuple[str, ...] = ()
    request: str = "*"
    source: str = ""


def parse_requirement(text: str) -> Asked | None:
    """A requirement as pip takes it, or a bare URL or folder (then without a name); None when it is neither."""
    from packaging.requirements import InvalidRequirement, Requirement

    if is_place(text):
        return Asked(source=text.strip())
    try:
        found = Requirement(text)
    except InvalidRequirement:
        return None
    request = request_of(str(found.specifier))
    return Asked(name=found.name, extras=tuple(sorted(found.extras)), request=request, source=found.url or "")


def is_place(text: str) -> bool:
    """Whether a requirement is a URL or a folder rather than a name."""
    bare = text.strip()
    return bare.startswith(("/", ".", "~", "git+", "http:", "https:", "file:")) or bool(
        re.match(r"[A-Za-z]:[\\/]", bare)
    )


def source_trouble(source: str) -> str:
    """Why a tool's source cannot stand in aim.toml, or ""."""
    if re.search(r"://[^/\s]*@", source) and "://git@" not in source:
        return "the address it was installed from holds credentials; declare it by hand, without them"
    is_absolute = "://" in source or source.startswith("/") or bool(re.match(r"[A-Za-z]:[\\/]", source))
    return "" if is_absolute else "it was installed from a folder that is not named in full"


def request_of(specifier: str) -> str:
    """A PEP 440 specifier as aim.toml writes it: "==1.0" is "1.0", none is "*", bounds from below come first."""
    bare = specifier.replace(" ", "")
    one = re.fullmatch(r"={2,3}([^,*]+)", bare)
    return one[1] if one else ",".join(sorted(bare.split(","), key=_from_below)) or "*"


def pypi_request(asked: str, version: str) -> str:
    """What was asked for while `version`, which is there, fulfils it; else that version."""
    is_fulfilled = asked not in ANY and not problem("pypi", asked) and accepts("pypi", asked, version)
    return asked if is_fulfilled else version


def _from_below(bound: str) -> int:
    return next(place for place, sign in enumerate((">", "~", "=", "!", "<", "")) if bound.startswith(sign))


def requirement_of(entry: Entry) -> str:
    """An entry as a Python installer takes it: `ruff`, `ruff==0.14.1`, `black>=25,<26`."""
    wish = entry.wish
    if wish in ANY:
        return entry.name
    return f"{entry.name}{wish}" if wish[0] in "<>=!~" else f"{entry.name}=={wish}"
