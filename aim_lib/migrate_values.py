"""What a value of a predecessor's file becomes: names of programs and packages, other units, other shapes.

Pure. A translation never guesses: what is not certain is left out, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .migrate_places import Ground, NotCarried, place
from .migrate_rows import GONE, PACKAGES, RENAMED_COMMANDS, SUCCESSORS
from .model import Frozen

EMPTY = "it was empty"
OFF = "it was off, as it is when nothing is said"
_ENDINGS = re.compile(r"\.(?:exe|cmd|bat|ps1)$", re.IGNORECASE)


class Told(Frozen, frozen=True):
    """What a value becomes: more of the path and the value, for each; what was left out, with why; what was changed.

    `instead` is where it goes when that is not where its row says; `is_loss`: somebody may miss what was left out.
    """

    parts: tuple[tuple[tuple[str, ...], Any], ...] = ()
    instead: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    note: str = ""
    is_loss: bool = True


Translation = Callable[[Any, Ground, tuple[str, ...]], Told]


def translate(how: str, value: Any, ground: Ground, names: tuple[str, ...]) -> Told:
    """`value` by the translation `how`; `names` are those that stood in its path."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return Told(left=(EMPTY,), is_loss=False)
    try:
        return _HOW[how](value, ground, names)
    except NotCarried as reason:
        return Told(left=(str(reason),), is_loss=reason.is_loss)


def translations() -> frozenset[str]:
    """The names of all translations."""
    return frozenset(_HOW)


# --- each translation -------------------------------------------------------------------------------------------------


def _plain(value: Any, _ground: Ground, _names: tuple[str, ...]) -> Told:
    if isinstance(value, list):
        kept = [item for item in value if not (isinstance(item, str) and not item.strip())]
        return Told(parts=(((), kept),)) if kept else Told(left=(EMPTY,), is_loss=False)
    return Told(parts=(((), value.strip() if isinstance(value, str) else value),))


def _path(value: Any, ground: Ground, _names: tuple[str, ...]) -> Told:
    new = place(_text(value), ground)
    return Told(parts=(((), new),), note="" if new == value else "path translated")


def _paths(value: Any, ground: Ground, _names: tuple[str, ...]) -> Told:
    kept: list[str] = []
    left: list[str] = []
    for item in filter(str.strip, _texts(value)):
        try:
            kept.append(place(item, ground))
        except NotCarried as reason:
            left.append(str(reason))
    note = "" if kept == value or not kept else "paths translated"
    return Told(parts=(((), list(dict.fromkeys(kept))),) if kept else (), left=tuple(left), note=note)


def _patterns(value: Any, _ground: Ground, _names: tuple[str, ...]) -> Told:
    new = [item.replace("\\", "/") for item in _texts(value) if item.strip()]
    return Told(parts=(((), new),), note="" if new == value else "with / between parts")


def _tools(value: Any, _ground: Ground, _names: tuple[str, ...]) -> Told:
    return Told(parts=tuple(((name.strip(), "version"), "*") for name in _texts(value) if name.strip()))


def _npm_tools(value: Any, _ground: Ground, _names: tuple[str, ...]) -> Told:
    return _told_npm((name.strip(), "*") for name in _texts(value) if name.strip())


def _pin(value: Any, _ground: Ground, _names: tuple[str, ...]) -> Told:
    return Told(parts=((("version",), _text(value).strip()),))


def _npm_pin(value: Any, _ground: Ground, _names: tuple[str, ...]) -> Told:
    return Told(parts=((("version",), _text(value).strip()), (("layout",), "global")))


def _told_npm(tools: Iterable[tuple[str, str]]) -> Told:
    """npm tools stay where `npm -g` put them."""
    parts = [[((name, "version"), version), ((name, "layout"), "global")] for name, version in tools]
    return Told(parts=tuple(part for each in parts for part in each))


def _first_of(value: Any, _ground: Ground, _names: tuple[str, ...]) -> Told:
    """The successors of what is gone come first, what there still is after them."""
    old = [name.strip() for name in _texts(value) if name.strip()]
    after = [SUCCESSORS[f"npm:{name}"] for name in old if f"npm:{name}" in SUCCESSORS]
    new = list(dict.fromkeys([*after, *(name for name in old if f"npm:{name}" not in GONE)]))
    left = tuple(gone("npm", name) for name in old if f"npm:{name}" in GONE)
    return Told(parts=(((), new),), left=left, note=f"{after[0]} came after it" if after else "")


def _commands(value: Any, ground: Ground, _names: tuple[str, ...]) -> Told:
    """The names of programs: of a line its first word, of a path its last part, but on Windows the path itself."""
    old = [item for item in _texts(value) if item.strip()]
    new = list(dict.fromkeys(filter(None, (_detected(item, ground) for item in old))))
    return Told(parts=(((), new),), note="" if new == old else "as programs are called here")


def _detected(item: str, ground: Ground) -> str:
    if ground.system != "windows" or not re.search(r"[\\/]", item):
        return _program(item)
    try:
        return place(item, ground)
    except NotCarried:
        return _program(item)


def _one_command(value: Any, ground: Ground, names: tuple[str, ...]) -> Told:
    return _command([_text(value)], ground, names)


def _command(value: Any, _ground: Ground, _names: tuple[str, ...]) -> Told:
    first, *rest = _texts(value) or [""]
    if not first.strip():
        return Told(left=(EMPTY,), is_loss=False)
    new = [_program(first), *rest]
    return Told(parts=(((), new),), note="" if new == value else "name of the program alone")


def _program(text: str) -> str:
    path = text.strip().replace("\\", "/")
    bare = path.rpartition("/")[2] if "/" in path else path.split()[0]
    name = _ENDINGS.sub("", bare)
    return RENAMED_COMMANDS.get(name, name)


def _required(value: Any, ground: Ground, _names: tuple[str, ...]) -> Told:
    """Elsewhere than on Windows Python 3 is called python3, and there is no py."""
    old = [item for item in _texts(value) if item.strip()]
    new = [_program(item) for item in old]
    if ground.system != "windows":
        new = ["python3" if name in ("python", "py") else name for name in new]
    return Told(parts=(((), list(dict.fromkeys(new))),), note="" if new == old else "as programs are called here")


def _secret_name(value: Any, _ground: Ground, _names: tuple[str, ...]) -> Told:
    name = _text(value).strip()
    if not re.fullmatch(r"[\w.@/ -]{1,80}", name):
        raise NotCarried("it is no name of a secret in a vault")
    return Told(parts=(((), name),))


def _own_name(_value: Any, _ground: Ground, names: tuple[str, ...]) -> Told:
    return Told(parts=(((), names[-1]),))


def _pinned(value: Any, _ground: Ground, names: tuple[str, ...]) -> Told:
    known = PACKAGES.get(names[-1])
    return Told(parts=(((), _text(value).strip()),), instead=("tools", *known, "pinned") if known else ())


def _auto_update(value: Any, _ground: Ground, names: tuple[str, ...]) -> Told:
    return Told(parts=(((*_package(names), "self_update"), "allow" if value is True else "block"),))


def _adapter(value: Any, ground: Ground, names: tuple[str, ...]) -> Told:
    """A script of one's own is spoken to as before: JSON in, JSON out."""
    if names[-1] in PACKAGES and re.search(rf"\bAIM_{re.escape(names[-1])}\.ps1$", _text(value), re.IGNORECASE):
        raise NotCarried(f"AIM speaks to {names[-1]} without the old script", is_loss=False)
    return Told(parts=((("adapter",), "json_stdio"), (("command",), [place(_text(value), ground)])))


def _package(names: tuple[str, ...]) -> tuple[str, str]:
    if names[-1] not in PACKAGES:
        raise NotCarried(f"which package {names[-1]} comes in is not known: declare it in [tools]")
    return PACKAGES[names[-1]]


def _milliseconds(value: Any, _ground: Ground, _names: tuple[str, ...]) -> Told:
    seconds = _number(value) / 1000
    return Told(parts=(((), int(seconds) if seconds.is_integer() else seconds),), note="in seconds")


def _minutes(value: Any, _ground: Ground, _names: tuple[str, ...]) -> Told:
    return Told(parts=(((), f"{_number(value):g}m"),))


def _rotated(value: Any, ground: Ground, _names: tuple[str, ...]) -> Told:
    files: dict[str, Any] = {}
    left: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        try:
            one = _one_rotated(item, ground)
        except NotCarried as reason:
            left.append(str(reason))
        else:
            files.setdefault(one["path"], one)  # the shipped file names the same one twice
    return Told(parts=(((), list(files.values())),) if files else (), left=tuple(left), note="MaxFiles is keep")


def _one_rotated(item: Any, ground: Ground) -> dict[str, Any]:
    told = {str(key).lower(): content for key, content in item.items()} if isinstance(item, dict) else {}
    if not isinstance(told.get("path"), str) or not told["path"].strip():
        raise NotCarried("an entry names no file")
    sizes = {"max_size_mb": told.get("maxsizemb", 10), "keep": told.get("maxfiles", 5)}
    return {"path": place(told["path"], ground), **{key: int(_number(size)) for key, size in sizes.items()}}


def _either(value: Any, _ground: Ground, _names: tuple[str, ...]) -> Told:
    """One of two switches: only its "on" counts."""
    return Told(parts=(((), True),)) if value is True else Told(left=(OFF,), is_loss=False)


def gone(kind: str, name: str) -> str:
    """What to say of a package that its index no longer has."""
    return f"{name} is gone from {kind}; what came after it is {SUCCESSORS[f'{kind}:{name}']}: add that if it is wanted"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise NotCarried("it is no text")
    return value


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise NotCarried("it is no list of texts")
    return value


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise NotCarried("it is no number") from None


_HOW: Mapping[str, Translation] = {
    "plain": _plain,
    "path": _path,
    "paths": _paths,
    "patterns": _patterns,
    "tools": _tools,
    "npm_tools": _npm_tools,
    "pin": _pin,
    "npm_pin": _npm_pin,
    "first_of": _first_of,
    "commands": _commands,
    "one_command": _one_command,
    "command": _command,
    "required": _required,
    "secret_name": _secret_name,
    "own_name": _own_name,
    "pinned": _pinned,
    "auto_update": _auto_update,
    "adapter": _adapter,
    "milliseconds": _milliseconds,
    "minutes": _minutes,
    "rotated": _rotated,
    "either": _either,
}
