"""Brewfile, by `brew bundle`: the lines of literals. It is Ruby, and no line of it is ever run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from . import Entry, Malformed, Reading, Remark, Writing, joined, parse_requirement, request_of, requirement_of
from ._ruby_literals import Statement, statements

FILES = ("brewfile", ".brewfile", "brewfile.*", "*.brewfile")
SYSTEM = "any"
KINDS = ("brew", "npm", "pnpm", "uv", "pipx", "cargo")
CASKS = "homebrew/cask/"  # how AIM calls what is a cask
_NOT_MANAGED = {
    "go": "programs of Go modules are not managed",
    "mas": "the Mac App Store is not managed",
    "vscode": "extensions of VS Code are not managed",
    "whalebrew": "whalebrew is not managed",
    "flatpak": "flatpak is not managed",
    "krew": "krew is not managed",
    "cask_args": "arguments for casks cannot be declared",
}
_CONDITIONS: dict[tuple[str, ...], str] = {("macos",): " if OS.mac?", ("linux",): " if OS.linux?"}
# Options that say when brew does something, and nothing about what is there afterwards.
_IDLE = frozenset(("restart_service", "start_service", "greedy", "conflicts_with", "version_file", "postinstall"))
Line = tuple[Entry, tuple[str, ...]]


def looks_like(text: str) -> bool:
    return bool(re.search(r"^[ \t]*(brew|cask|tap|mas|vscode|uv|npm|cargo)[ \t]+[\"']", text, re.MULTILINE))


def read(text: str) -> Reading:
    return joined(map(_read, statements(text)))


def write(entries: Sequence[Entry]) -> Writing:
    lines: dict[str, str] = {}
    left: list[Remark] = []
    for entry in entries:
        head, line = _line(entry)
        why = "it is installed from an address, not from a registry" if entry.source else ""
        why = why or ("brew bundle runs on macOS and Linux" if entry.platforms == ("windows",) else "")
        why = why or ("it is there already" if head in lines else "")
        if why:
            left.append(Remark(what=entry.id, why=why))
            continue
        lines[head] = f"{line}{_CONDITIONS.get(_here(entry.platforms), '') if head[:4] != 'cask' else ''}\n"
        left += (Remark(what=entry.id, why=why, is_part=True) for why in _unsaid(entry))
    return Writing(text="".join(lines.values()), left_out=tuple(left))


# --- reading ----------------------------------------------------------------------------------------------------


def _read(statement: Statement) -> Reading:
    name = next(iter(statement.arguments), None)
    why = _why_not(statement, name)
    shown = f'{statement.call} "{name}"' if isinstance(name, str) else statement.call or statement.words
    if why:
        return Reading(left_out=(Remark(what=shown, why=why, line=statement.line),))
    entry, lost = _ENTRIES[statement.call](str(name), dict(statement.options))
    systems = statement.systems or entry.platforms
    placed = Entry(
        kind=entry.kind,
        name=entry.name,
        request=entry.request,
        extras=entry.extras,
        platforms=tuple(sorted(systems)),
        line=statement.line,
    )
    return Reading(
        tools=(placed,), left_out=tuple(Remark(what=shown, why=why, line=statement.line, is_part=True) for why in lost)
    )


def _why_not(statement: Statement, name: Any) -> str:
    if not statement.call:
        return "it is Ruby, which is not run"
    if statement.is_conditional:
        return "a condition stands over it, which is not evaluated"
    if statement.call in _NOT_MANAGED:
        return _NOT_MANAGED[statement.call]
    if statement.call == "tap":
        has_address = len(statement.arguments) > 1
        return (
            "its address cannot be declared: run this tap by hand" if has_address else "brew taps what it needs itself"
        )
    if statement.call not in _ENTRIES:
        return f"{statement.call} is no word of a Brewfile that is known"
    if not isinstance(name, str) or not name or len(statement.arguments) != 1:
        raise Malformed(f"{statement.call} is not followed by one name", statement.line)
    return ""


def _formula(name: str, options: Mapping[str, Any]) -> Line:
    return Entry(kind="brew", name=_formula_name(name)), tuple(_lost(options, ()))


def _formula_name(name: str) -> str:
    """A formula's name as brew itself makes it of what is written."""
    user, _, rest = name.lower().rpartition("/")[0].partition("/")
    token = name.lower().rpartition("/")[2]
    if not rest or f"{user}/{rest}" in ("homebrew/core", "homebrew/homebrew", "homebrew/homebrew-core"):
        return token
    return f"{user}/{rest.removeprefix('homebrew-')}/{token}"


def _cask(name: str, options: Mapping[str, Any]) -> Line:
    found = _formula_name(name)
    full = found if found.count("/") == 2 else f"{CASKS}{found}"
    return Entry(kind="brew", name=full, platforms=("macos",)), tuple(_lost(options, ()))


def _npm(name: str, options: Mapping[str, Any]) -> Line:
    package, _, version = name.rpartition("@") if "@" in name[1:] else (name, "", "")
    return Entry(kind="npm", name=package, request=version or "*"), tuple(_lost(options, ()))


def _uv(name: str, options: Mapping[str, Any]) -> Line:
    asked = parse_requirement(name)
    bare = re.split(r"[\[<>=!~ ]", name, maxsplit=1)[0]
    specifier = options.get("specifier")
    request = request_of(specifier) if isinstance(specifier, str) else asked.request if asked else "*"
    extras = options.get("with")
    beside = tuple(map(str, extras)) if isinstance(extras, list) else ()
    lost = tuple(_lost(options, ("specifier", "with")))
    if asked and asked.extras:
        lost = (*lost, f"its extras [{','.join(asked.extras)}] cannot be declared")
    return Entry(kind="uv", name=bare, request=request, extras=beside), lost


def _cargo(name: str, options: Mapping[str, Any]) -> Line:
    features = options.get("features")
    found = tuple(map(str, features)) if isinstance(features, list) else ()
    return Entry(kind="cargo", name=name, extras=found), tuple(_lost(options, ("features",)))


def _winget(name: str, options: Mapping[str, Any]) -> Line:
    identifier = options.get("id")
    found = identifier if isinstance(identifier, str) else name
    return Entry(kind="winget", name=found, platforms=("windows",)), tuple(_lost(options, ("id",)))


_ENTRIES: dict[str, Callable[[str, Mapping[str, Any]], Line]] = {
    "brew": _formula,
    "cask": _cask,
    "npm": _npm,
    "uv": _uv,
    "cargo": _cargo,
    "winget": _winget,
}


def _lost(options: Mapping[str, Any], carried: tuple[str, ...]) -> Iterator[str]:
    rest = sorted(set(options) - set(carried) - _IDLE)
    if rest:
        yield f"{', '.join(rest)} cannot be declared"


# --- writing ----------------------------------------------------------------------------------------------------


def _line(entry: Entry) -> tuple[str, str]:
    """What names the entry, and its whole line without a condition."""
    if entry.kind == "brew":
        word, name = ("cask", entry.name.removeprefix(CASKS)) if entry.name.startswith(CASKS) else ("brew", entry.name)
        return f"{word} {_quoted(name)}", f"{word} {_quoted(name)}"
    word = {"npm": "npm", "pnpm": "npm", "uv": "uv", "pipx": "uv", "cargo": "cargo"}[entry.kind]
    head = f"{word} {_quoted(entry.name)}"
    return head, head + (_uv_options(entry) if word == "uv" else "")


def _uv_options(entry: Entry) -> str:
    specifier = requirement_of(entry).removeprefix(entry.name)
    said = f", specifier: {_quoted(specifier)}" if specifier else ""
    return said + (f", with: [{', '.join(map(_quoted, entry.extras))}]" if entry.extras else "")


def _quoted(text: str) -> str:
    """A Ruby text: as JSON's, but for #{ which Ruby would run."""
    return json.dumps(text, ensure_ascii=False).replace("#{", "\\#{")


def _here(platforms: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in platforms if each != "windows")


def _unsaid(entry: Entry) -> Iterator[str]:
    if entry.kind in ("pipx", "pnpm"):
        yield f"written as {'uv' if entry.kind == 'pipx' else 'npm'}: a Brewfile has no word for {entry.kind}"
    if entry.wish not in ("*", "latest") and entry.kind not in ("uv", "pipx"):
        yield f"a Brewfile does not say versions: not {entry.wish}"
    if entry.extras and entry.kind == "cargo":
        yield f"a Brewfile does not say features: not {', '.join(entry.extras)}"
    if entry.python:
        yield f"a Brewfile does not say the Python: not {entry.python}"
