"""Which launchers there should be: for which commands, which copy each starts, who wins where several have one. Pure.

A launcher starts what the configuration's tools really are, never another launcher.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from . import launchers
from .errors import Unsupported
from .launchers import Launcher
from .model import Frozen, Record, Status
from .ownership import OFF_PATH, Owned

KIND = "launcher"
NOT_STARTED = ("broken", "alias", "launcher")
OF_A_FOLDER = ("environment", "project")  # a copy that belongs to one project is no command of the whole machine


class Asked(Frozen, frozen=True):
    """What the configuration says of launchers; the file `by` names `tools` that nobody declares.

    `secret_run` is what starts a command with its secrets.
    """

    folder: str
    by: str = ""
    is_windows: bool = False
    tools: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    aliases: Mapping[str, str] = {}
    args: Mapping[str, Sequence[str]] = {}
    env: Mapping[str, Mapping[str, str]] = {}
    secrets: tuple[str, ...] = ()
    secret_run: tuple[str, ...] = ()


class Source(Frozen, frozen=True):
    """A tool that is declared and there: its id and name, its commands, and the configuration that declares it."""

    id: str
    name: str
    commands: tuple[str, ...]
    by: str


class Wrapped(Frozen, frozen=True):
    """The texts of the launchers that there should be, by command, what to say, and who lost where several had one."""

    texts: Mapping[str, str] = {}
    targets: Mapping[str, str] = {}
    records: tuple[Record, ...] = ()
    collisions: tuple[Mapping[str, object], ...] = ()


def looked_for(sources: Iterable[Source], asked: Asked) -> frozenset[str]:
    """Every command that may get a launcher: those of the tools, those asked for, and what aliases mean."""
    own = {command for source in sources for command in source.commands}
    return frozenset({*own, *asked.tools, *asked.aliases.values()})


def wrap(sources: Sequence[Source], copies: Mapping[str, tuple[Owned, ...]], asked: Asked) -> Wrapped:
    """What there should be; `copies` are all of the commands that are `looked_for`, found without our folder."""
    texts: dict[str, str] = {}
    targets: dict[str, str] = {}
    records: list[Record] = []
    collisions: list[Mapping[str, object]] = []
    for name, command in _names(sources, asked).items():
        found = _candidates(command, sources, copies, asked)
        if not found:
            records.append(_not_there(name, command))
            continue
        if len(found) > 1:
            collisions.append(_collision(name, found))
            records += _undecided(name, found, asked)
        try:
            texts[name] = launchers.text_of(
                _launcher(name, command, found[0], sources, asked), asked.folder, is_windows=asked.is_windows
            )
            targets[name] = found[0].path
        except Unsupported as error:
            records.append(warning(name, error.message, error.remedy))
    return Wrapped(texts=texts, targets=targets, records=tuple(records), collisions=tuple(collisions))


def _names(sources: Sequence[Source], asked: Asked) -> dict[str, str]:
    """Name of a launcher → the command it starts, sorted, without what is denied."""
    own = dict.fromkeys(
        command for source in sources for command in source.commands if _is_meant(source, command, asked)
    )
    tools = {word for source in sources for word in (source.name, source.id)}
    more = [word for word in asked.tools if word not in tools]
    names = {command: command for command in (*own, *more)} | dict(asked.aliases)
    return {name: names[name] for name in sorted(names) if not any(fnmatchcase(name, deny) for deny in asked.deny)}


def _is_meant(source: Source, command: str, asked: Asked) -> bool:
    return not asked.tools or not {source.name, source.id, command}.isdisjoint(asked.tools)


def _candidates(
    command: str, sources: Sequence[Source], copies: Mapping[str, tuple[Owned, ...]], asked: Asked
) -> list[Owned]:
    """One copy of every install that a launcher may start, the one that wins first.

    Where a declared tool brings the command, other copies do not count.
    """
    whole = [copy for copy in copies.get(command, ()) if copy.note not in NOT_STARTED]
    ids = {source.id for source in sources if command in source.commands}
    ours = [copy for copy in whole if copy.id in ids]
    fit = ours or [copy for copy in whole if copy.manager not in OF_A_FOLDER]
    one_each = {copy.group: copy for copy in reversed(fit)}
    return sorted(one_each.values(), key=lambda copy: (_rank(copy.manager, asked), *_place(copy)))


def _rank(manager: str, asked: Asked) -> int:
    return asked.priority.index(manager) if manager in asked.priority else len(asked.priority)


def _place(copy: Owned) -> tuple[bool, int, str]:
    return copy.place == OFF_PATH, copy.place, copy.path


def _launcher(name: str, command: str, copy: Owned, sources: Sequence[Source], asked: Asked) -> Launcher:
    by = next((source.by for source in sources if source.id == copy.id), asked.by)
    words, env = asked.args.get(name, asked.args.get(command, ())), asked.env.get(name, asked.env.get(command, {}))
    has_secrets = name in asked.secrets or command in asked.secrets
    return Launcher(
        command=name,
        target=copy.path,
        by=by,
        words=tuple(words),
        env=tuple(sorted(env.items())),
        through=asked.secret_run if has_secrets else (),
    )


def _collision(name: str, found: Sequence[Owned]) -> dict[str, object]:
    def told(copy: Owned) -> dict[str, str]:
        return {"path": copy.path, "manager": copy.manager, "version": copy.version}

    return {"command": name, "wins": told(found[0]), "others": [told(copy) for copy in found[1:]]}


def _undecided(name: str, found: Sequence[Owned], asked: Asked) -> list[Record]:
    """A word about a collision that `priority` does not decide."""
    first, second = (_rank(copy.manager, asked) for copy in found[:2])
    if first < second:
        return []
    others = ", ".join(f"{copy.path} ({copy.manager})" for copy in found[1:])
    detail = f"{found[0].path} ({found[0].manager}) is started, first on PATH; there are also {others}"
    managers = ", ".join(f'"{copy.manager}"' for copy in found)
    return [warning(name, detail, f"say who comes first: wrappers.priority = [{managers}]")]


def _not_there(name: str, command: str) -> Record:
    what = f"{command} is not there" if name == command else f"{command}, which it stands for, is not there"
    return warning(name, what, f"install {command}, or take it out of [wrappers] in aim.toml")


def warning(name: str, detail: str, remedy: str) -> Record:
    return Record(id=f"{KIND}:{name}", status=Status.WARNED, title=name, detail=detail, remedy=remedy)
