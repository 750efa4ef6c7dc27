"""The predecessors' files as today's tables: every key carried, translated, or left out with its reason. Pure.

`read` takes one file, `together` makes one document of several, `settled` leaves out what the checker of `aim.toml`
refuses. Nothing is carried that looks like a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from . import migrate_rows as rows
from .errors import BadConfig
from .migrate_rows import ROWS, Row
from .migrate_values import EMPTY, OLD_ROOT, Ground, gone, translate
from .model import Frozen

Path_ = tuple[str, ...]
Mistakes = Callable[[Mapping[str, Any]], Iterable[tuple[Path_, str]]]
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


class Carried(Frozen, frozen=True):
    """One value of the new file, and the old keys it came from, each as `file: key`."""

    path: Path_
    value: Any
    origins: tuple[str, ...]
    note: str = ""


class Left(Frozen, frozen=True):
    """Something that was not carried, and why. `is_loss`: somebody should do something about it."""

    origin: str
    why: str
    is_loss: bool = False


class Migration(Frozen, frozen=True):
    """What came of old files. `hints` are commands that take over what no `aim.toml` can hold."""

    carried: tuple[Carried, ...] = ()
    left: tuple[Left, ...] = ()
    hints: tuple[str, ...] = ()

    def tree(self) -> dict[str, Any]:
        """The tables of an `aim.toml`."""
        tree: dict[str, Any] = {}
        for each in self.carried:
            table = tree
            for key in each.path[:-1]:
                table = table.setdefault(key, {})
            table[each.path[-1]] = each.value
        return tree


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


def together(parts: Iterable[Migration]) -> Migration:
    """One migration of several files, the last of which has the last word; tools are put together from their parts."""
    all_parts = tuple(parts)
    kept: dict[Path_, Carried] = {}
    left = [each for part in all_parts for each in part.left]
    for each in (each for part in all_parts for each in part.carried):
        before = kept.get(each.path)
        if before is None:
            kept[each.path] = each
            continue
        winner = before if each.value == "*" else each
        if before.value not in (each.value, "*") and each.value != "*":
            said = "another file says otherwise, and counts"
            left += [Left(origin=origin, why=said, is_loss=True) for origin in before.origins]
            kept[each.path] = each
        else:
            origins = tuple(dict.fromkeys((*before.origins, *each.origins)))
            kept[each.path] = msgspec.structs.replace(winner, origins=origins)
    carried, lost = _whole_tools(_whole_commands(kept))
    hints = dict.fromkeys(hint for part in all_parts for hint in part.hints)
    return Migration(carried=carried, left=(*left, *lost), hints=tuple(hints))


def settled(made: Migration, mistakes: Mistakes) -> Migration:
    """`made` without what `mistakes` finds in it: those values are left out, for the reason that it gives."""
    while wrong := list(mistakes(made.tree())):
        numbered = tuple(enumerate(made.carried))
        bad = {place: message for path, message in wrong for place, each in numbered if _touches(path, each.path)}
        if not bad:
            lines = [f"{'.'.join(path)}: {message}" for path, message in wrong]
            raise BadConfig("what was migrated does not hold together", details=lines, remedy="report this")
        left = [
            Left(origin=origin, why=_explained(made.carried[place], message), is_loss=True)
            for place, message in bad.items()
            for origin in made.carried[place].origins
        ]
        kept = tuple(each for place, each in numbered if place not in bad)
        made = msgspec.structs.replace(made, carried=kept, left=(*made.left, *left))
    return made


# --- how a file is read -----------------------------------------------------------------------------------------------


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


# --- how one document is made ----------------------------------------------------------------------------------------


def _whole_commands(kept: Mapping[Path_, Carried]) -> Iterator[Carried]:
    """A program and its arguments as one command line."""
    for path, each in kept.items():
        args = kept.get((*path[:-1], "args")) if path[0] == "orchestrator" and path[-1] == "command" else None
        if args is not None:
            yield msgspec.structs.replace(
                each, value=[*each.value, *args.value], origins=(*each.origins, *args.origins)
            )
        elif not (path[0] == "orchestrator" and path[-1] == "args"):
            yield each


def _whole_tools(found: Iterable[Carried]) -> tuple[tuple[Carried, ...], list[Left]]:
    """The fields of each tool as one value; what is said of a tool that nobody asks for is left out."""
    others: list[Carried] = []
    fields: dict[Path_, list[Carried]] = {}
    for each in found:
        fields.setdefault(each.path[:3], []).append(each) if each.path[0] == "tools" else others.append(each)
    whole: list[Carried] = []
    left: list[Left] = []
    for path, parts in fields.items():
        told = {part.path[3]: part for part in parts}
        if "version" not in told:
            why = f"{path[2]} is not among the tools"
            left += [Left(origin=origin, why=why) for part in parts for origin in part.origins]
        else:
            whole.append(_tool(path, told, left))
    return (*whole, *others), left


def _tool(path: Path_, told: dict[str, Carried], left: list[Left]) -> Carried:
    pinned = told.pop("pinned", None)
    if pinned is not None and told["version"].value == "*":
        origins = (*told["version"].origins, *pinned.origins)
        told["version"] = msgspec.structs.replace(told["version"], value=pinned.value, origins=origins)
    elif pinned is not None and told["version"].value != pinned.value:
        left += [Left(origin=origin, why="its package is pinned to another version") for origin in pinned.origins]
    options = {key: part.value for key, part in told.items()}
    origins = tuple(dict.fromkeys(origin for part in told.values() for origin in part.origins))
    value = options if len(options) > 1 else options["version"]
    return Carried(path=path, value=value, origins=origins)


def _touches(wrong: Path_, carried: Path_) -> bool:
    """Whether a mistake at `wrong` is one of the value at `carried`: at it, in it, or in a table above it."""
    length = min(len(wrong), len(carried))
    return wrong[:length] == carried[:length]


def _explained(each: Carried, message: str) -> str:
    """The checker's words, without its guesses: nobody has typed this key."""
    return f"{'.'.join(each.path)} cannot be so: {message.partition(';')[0]}"
