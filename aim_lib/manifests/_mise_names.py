"""What mise.toml and .tool-versions say alike: `npm:prettier`, and versions of which the beginning is enough."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..versions import ANY
from . import PLATFORMS, Entry, Reading, Remark

BACKENDS = {"npm": "npm", "pipx": "pipx", "cargo": "cargo"}
KINDS = ("npm", "pnpm", "pipx", "uv", "cargo")
BACKEND_OF = {"npm": "npm", "pnpm": "npm", "pipx": "pipx", "uv": "pipx", "cargo": "cargo"}
LANGUAGES = (
    *("bun", "deno", "dotnet", "elixir", "erlang", "go", "golang", "java", "lua", "node", "nodejs", "perl", "php"),
    *("python", "ruby", "rust", "swift", "zig"),
)
_KEY = re.compile(r"(?:(?P<backend>[a-z0-9-]+):)?(?P<name>[^\[\]]+)(?:\[(?P<options>.*)\])?")
_BEGINNING = re.compile(r"\d+(\.\d+)?")
# What of each ecosystem is mise's "3" and "3.6": any version that begins so.
_AS_RANGE = {
    "npm": lambda version: f"~{version}" if "." in version else f"^{version}",
    "pipx": lambda version: f"=={version}.*",
    "cargo": lambda version: f"{version}.*",
}
_AS_BEGINNING = {
    "npm": re.compile(r"\^(\d+)(?:\.x)?|~(\d+\.\d+)|(\d+(?:\.\d+)?)(?:\.x|\.\*)"),
    "pipx": re.compile(r"==(\d+(?:\.\d+)?)\.\*"),
    "cargo": re.compile(r"(\d+(?:\.\d+)?)\.\*"),
}


def read_tool(key: str, versions: list[str], options: Mapping[str, Any], line: int = 0) -> Reading:
    """What a tool of mise's is here. Of several versions the first counts: it is the one that mise puts first."""
    parts = _KEY.fullmatch(key)
    backend = (parts and parts["backend"]) or ""
    why = "" if parts and backend in BACKENDS else _why_not(key, backend)
    request = _request(backend, versions[0] if versions else "latest") if not why else ""
    if not why and not request:
        why = f"{versions[0]!r} is no version that can be declared"
    if not why and parts and backend == "pipx" and "/" in parts["name"]:
        why = "it comes from a repository, and the name of its package is not said"
    if why or not parts:
        return Reading(left_out=(Remark(what=key, why=why, line=line),))
    told = {**dict(_inline(parts["options"] or "")), **options}
    remarks = tuple(Remark(what=key, why=why, line=line, is_part=True) for why in _not_said(backend, versions, told))
    platforms = tuple(sorted({str(name).partition("/")[0] for name in _as_list(told.get("os"))} & set(PLATFORMS)))
    entry = Entry(
        kind=BACKENDS[backend],
        name=parts["name"],
        request=request,
        extras=_extras(backend, told),
        platforms=platforms,
        line=line,
    )
    return Reading(tools=(entry,), left_out=remarks)


def version_of(entry: Entry) -> str:
    """An entry's version as mise writes it, or "" when mise cannot say it."""
    if entry.wish in ANY:
        return "latest"
    found = _AS_BEGINNING[BACKEND_OF[entry.kind]].fullmatch(entry.wish)
    if found:
        return next(group for group in found.groups() if group)
    return entry.wish if re.fullmatch(r"\d[\w.+!-]*", entry.wish) else ""


def key_of(entry: Entry) -> str:
    return f"{BACKEND_OF[entry.kind]}:{entry.name}"


def written(
    entries: Iterable[Entry], line_of: Callable[[Entry], str], unsaid_of: Callable[[Entry], Iterable[Remark]]
) -> tuple[str, tuple[Remark, ...]]:
    """The lines of the entries that can stand in the file, each name once, and what is not or only partly said."""
    lines: dict[str, str] = {}
    left: list[Remark] = []
    for entry in entries:
        why = why_unsayable(entry) or (f"{key_of(entry)} is there already" if key_of(entry) in lines else "")
        if why:
            left.append(Remark(what=entry.id, why=why))
            continue
        lines[key_of(entry)] = line_of(entry)
        left += unsaid_of(entry)
    return "".join(lines.values()), tuple(left)


def unsaid(entry: Entry) -> Iterator[Remark]:
    """What neither file can say of an entry, though it can hold it."""
    if entry.python:
        yield Remark(what=entry.id, why=f"mise chooses the Python itself: not {entry.python}", is_part=True)
    if entry.kind in ("uv", "pnpm"):
        yield Remark(what=entry.id, why=f"written as {key_of(entry)}: mise has no other word for it", is_part=True)


def why_unsayable(entry: Entry) -> str:
    """Why a tool cannot stand in mise's files at all, or ""."""
    if entry.source:
        return "it is installed from an address, not from a registry"
    if not version_of(entry):
        return f"mise knows no range such as {entry.request}, and no lock says which version it is; try: aim pin"
    return ""


def _why_not(key: str, backend: str) -> str:
    if not backend and key in LANGUAGES:
        return "a language, not a tool: languages are not managed"
    if not backend:
        return (
            "a name of mise's own list: `mise registry` says where it comes from; npm:, pipx: and cargo: can be adopted"
        )
    return f"tools of mise's {backend} backend are not managed"


def _request(backend: str, version: str) -> str:
    """The request for a version of mise's; "" when there is none."""
    if version == "latest":
        return "*"
    beginning = version.removeprefix("prefix:")
    if ":" in beginning or "{" in beginning or beginning in ("system", "lts", ""):
        return ""
    if _BEGINNING.fullmatch(beginning):
        return _AS_RANGE[backend](beginning)
    return f"=={beginning}.*" if beginning != version and backend == "pipx" else beginning


def _inline(text: str) -> Iterator[tuple[str, str]]:
    """The options in a name such as `cargo:eza[features=a,b]`."""
    pieces = re.split(r",(?=[\w-]+=)", text)
    yield from ((key, value) for key, sign, value in (piece.partition("=") for piece in pieces) if sign)


def _extras(backend: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    if backend == "cargo":
        return tuple(part for part in re.split(r"[,\s]+", str(options.get("features") or "")) if part)
    return _with(options) if backend == "pipx" else ()


def _with(options: Mapping[str, Any]) -> tuple[str, ...]:
    """The packages of `uvx_args = "--with a --with b"`; () when it says anything else."""
    try:
        words = shlex.split(str(options.get("uvx_args") or ""))
    except ValueError:
        return ()
    pairs = (
        [word for text in words for word in text.split("=", 1)] if any("--with=" in word for word in words) else words
    )
    if len(pairs) % 2 or any(word != "--with" for word in pairs[::2]):
        return ()
    return tuple(pairs[1::2])


def _not_said(backend: str, versions: list[str], options: Mapping[str, Any]) -> Iterator[str]:
    if len(versions) > 1:
        yield f"only its first version is taken, not {', '.join(versions[1:])}"
    systems = [str(name) for name in _as_list(options.get("os"))]
    if any("/" in name for name in systems):
        yield "a tool is declared for a system, not for a processor"
    if backend == "pipx" and options.get("extras"):
        yield "extras of the package itself cannot be declared"
    carried = {"version", "os", "extras"} | ({"features"} if backend == "cargo" else set())
    carried |= {"uvx_args"} if not options.get("uvx_args") or _with(options) else set()
    rest = sorted(set(options) - carried)
    if rest:
        yield f"{', '.join(rest)} cannot be declared"


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []
