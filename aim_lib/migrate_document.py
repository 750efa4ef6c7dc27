"""What came of old files as one document: tools whole, the checker obeyed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from .errors import BadConfig
from .model import Frozen

Path_ = tuple[str, ...]
Mistakes = Callable[[Mapping[str, Any]], Iterable[tuple[Path_, str]]]


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
