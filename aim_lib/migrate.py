"""One of the predecessors' files as today's tables: every key carried, translated, or left out with its reason. Pure.

`migrate_document` makes one document of several. Nothing is carried that looks like a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from . import migrate_rows as rows
from .errors import BadConfig
from .migrate_document import Carried, Left, Migration, Path_
from .migrate_places import OLD_ROOT, Ground
from .migrate_rows import ROWS, Row
from .migrate_values import EMPTY, gone, translate
from .model import Frozen

UNKNOWN = "nothing is known of this key"
HINTS = {"vault": "aim secrets import {}", "old_log": "aim audit import-legacy {}"}
_TOOLSTACK = ("toolsroot", "pipxapps", "npmglobal", "copilotpkgs", "masterbin", "watchroots", "pins", "reportsdir")
_SETTINGS = ("enable_aim", "default_timeout_ms", "enable_audit_logging", "audit_log_retention_days")
_SEALED = "AQAAANCMnd8BFdERjHoAwE/Cl+"  # what Windows' DPAPI begins its blobs with, in base64


class Source(Frozen, frozen=True):
    """One old file: how messages call it, what kind it is, and what it holds."""

    name: str
    form: str
    tree: Mapping[str, Any]


def kind_of(tree: Mapping[str, Any], name: str) -> str:
    """Which of the predecessors' files this is, by what is in it. Raises BadConfig for none of them."""
    keys = {str(key).lower() for key in tree}
    tables = [value for value in tree.values() if isinstance(value, dict)]
    inner = [value for table in (tree, *tables) for value in table.values() if isinstance(value, dict)]
    if keys & {"registry", "environment"}:
        return rows.AIM_CONFIG
    if keys & set(_TOOLSTACK):
        return rows.TOOLSTACK
    if keys & set(_SETTINGS):
        return rows.SETTINGS
    for form, signs in (
        (rows.REGISTRY, {"detectCommands"}),
        (rows.RULES, {"primary", "fallback"}),
        (rows.PROFILES, {"aim_tool_id", "aim_capabilities"}),
        (rows.KEYRING, {"created_at"}),
    ):
        if any(signs & set(value) for value in inner):
            return form
    if any(isinstance(value, str) and value.startswith(_SEALED) for value in tree.values()):
        return rows.VAULT
    raise BadConfig(
        f"{name} is none of the predecessors' files", remedy="name a toolstack.config.json, an aim_config.json …"
    )


def read(source: Source, ground: Ground, is_secret: Callable[[str], bool]) -> Migration:
    """What comes of one file. Paths below its own tools folder are translated with it."""
    ground = msgspec.structs.replace(ground, tools_root=_tools_root(source.tree))
    found: list[Carried] = []
    left: list[Left] = []
    hints = []
    if source.form == rows.VAULT:
        left.append(Left(origin=source.name, why="it is a vault; no secret is written here", is_loss=True))
        hints.append(HINTS["vault"].format(source.name))
    for row, path, names, value in _matched(source):
        origin = f"{source.name}: {'.'.join(path)}"
        if value in ({}, [], "", None):
            left.append(Left(origin=origin, why=EMPTY))
        elif row is None or not row.new:
            left.append(Left(origin=origin, why=row.why if row else UNKNOWN, is_loss=row is None))
            if row and row.how in HINTS and isinstance(value, str) and value.strip():
                hints.append(_hint(row, value, ground))
        else:
            _take(row, names, value, origin, ground, is_secret, found, left)
    return Migration(carried=tuple(found), left=tuple(left), hints=tuple(hints))


def _matched(source: Source) -> Iterator[tuple[Row | None, Path_, tuple[str, ...], Any]]:
    """Every value of the file with the row that is for it, in the order of the rows; at last those of no row."""
    leaves = dict(_leaves(source.tree))
    for row in ROWS[source.form]:
        pattern = tuple(row.old.split("."))
        for path in [path for path in leaves if _fits(path, pattern)]:
            names = tuple(part for part, told in zip(path, pattern, strict=True) if told == "*")
            yield row, path, names, leaves.pop(path)
    if source.form != rows.VAULT:
        yield from ((None, path, (), value) for path, value in leaves.items())


def _leaves(tree: Mapping[str, Any], path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, str(key)))
        else:
            yield (*path, str(key)), value


def _fits(path: Path_, pattern: tuple[str, ...]) -> bool:
    """PowerShell never minded the case of a key, so neither do we."""
    same = len(path) == len(pattern)
    return same and all(
        told in ("*", part) or told.lower() == part.lower() for part, told in zip(path, pattern, strict=False)
    )


def _take(
    row: Row,
    names: tuple[str, ...],
    value: Any,
    origin: str,
    ground: Ground,
    is_secret: Callable[[str], bool],
    found: list[Carried],
    left: list[Left],
) -> None:
    """Put what one value becomes to `found`, and what does not come along to `left`."""
    told = translate(row.how, value, ground, names)
    target = told.instead or _target(row.new, names)
    for rest, new in told.parts:
        path = (*target, *rest)
        if _is_gone(path) and path[-1] != "version":
            continue
        if reason := _unfit(path, new, is_secret):
            left.append(Left(origin=origin, why=reason, is_loss=True))
        else:
            found.append(Carried(path=path, value=new, origins=(origin,), note=told.note))
    left += [Left(origin=origin, why=why, is_loss=told.is_loss) for why in told.left]


def _target(new: str, names: tuple[str, ...]) -> Path_:
    rest = iter(names)
    return tuple(next(rest) if part == "*" else part for part in new.split("."))


def _unfit(path: Path_, value: Any, is_secret: Callable[[str], bool]) -> str:
    """Why a value cannot come along, or ""."""
    if _is_gone(path):
        return gone(path[1], path[2])
    if not _can_be_written((*path, value)):
        return "it cannot be written in TOML"
    if any(is_secret(text) for text in _texts_in((path[-1], value))):
        return "it looks like a secret itself: aim secrets set, then take it out of the old file"
    return ""


def _can_be_written(value: Any) -> bool:
    """Whether TOML has a word for it: not for half a character, for nothing, nor for a number without an end."""
    if isinstance(value, str):
        return not any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, dict):
        return all(_can_be_written((key, item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(map(_can_be_written, value))
    if isinstance(value, float):
        return value - value == 0
    return isinstance(value, int) and abs(value) < 2**63


def _is_gone(path: Path_) -> bool:
    return path[0] == "tools" and f"{path[1]}:{path[2]}" in rows.GONE


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(item)


def _tools_root(tree: Mapping[str, Any]) -> str:
    environment = tree.get("environment")
    places = (tree, environment if isinstance(environment, dict) else {})
    said = (value for table in places for key, value in table.items() if str(key).lower() == "toolsroot")
    return next((value for value in said if isinstance(value, str) and value.strip()), OLD_ROOT)


def _hint(row: Row, value: str, ground: Ground) -> str:
    """The command that takes over what a key names; AIM's vault had only names, its values are in the keyring."""
    if row.old == "environment.secretsVault":
        return HINTS["vault"].format("keyring")
    told = translate("path", value, msgspec.structs.replace(ground, keeps_places=True), ())
    return HINTS[row.how].format(told.parts[0][1] if told.parts else value)
