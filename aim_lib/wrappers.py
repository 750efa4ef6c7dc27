"""Which launchers there should be, which there are, and the changes between: one folder that is first on PATH.

A launcher starts what the configuration's tools really are, never another launcher. Whatever lies in the folder and
does not bear our mark is somebody else's and stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from . import launchers
from .arranged import Arranged, state_of
from .errors import Unsupported
from .launchers import Launcher, Mark
from .model import Change, Delete, Frozen, Lane, Present, Record, Status, Step, Write
from .ownership import OFF_PATH, Owned

KIND = "launcher"
MODE = 0o755
LANE = Lane(name=KIND)  # one after another, in order: each takes no time
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


class Held(Frozen, frozen=True):
    """A launcher of ours as it lies in the folder."""

    command: str
    path: str
    text: str
    state: str
    mark: Mark


# --- wanted -----------------------------------------------------------------------------------------------------


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
            records.append(_record(name, error.message, error.remedy))
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
    return [_record(name, detail, f"say who comes first: wrappers.priority = [{managers}]")]


def _not_there(name: str, command: str) -> Record:
    what = f"{command} is not there" if name == command else f"{command}, which it stands for, is not there"
    return _record(name, what, f"install {command}, or take it out of [wrappers] in aim.toml")


def _record(name: str, detail: str, remedy: str) -> Record:
    return Record(id=f"{KIND}:{name}", status=Status.WARNED, title=name, detail=detail, remedy=remedy)


# --- present ----------------------------------------------------------------------------------------------------


def held(folder: Path) -> dict[str, Held]:
    """Our launchers in the folder, by command."""
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return {}
    found = (_held(path) for path in paths)
    return {each.command: each for each in found if each}


def _held(path: Path) -> Held | None:
    mark = launchers.read(str(path))
    if mark is None:
        return None
    try:
        text, is_whole = path.read_bytes().decode(), os.access(path, os.X_OK)
    except (OSError, UnicodeDecodeError):
        return None
    state = state_of(text) if is_whole else f"{state_of(text)}, not executable"
    return Held(command=path.name.removesuffix(".cmd"), path=str(path), text=text, state=state, mark=mark)


def kind(folder: Path) -> Arranged:
    """Our launchers, as applying sees them."""

    def look() -> tuple[Present, ...]:
        return tuple(
            Present(kind=KIND, name=each.command, version=each.state, where=each.path) for each in held(folder).values()
        )

    return Arranged(KIND, look)


# --- to be changed ----------------------------------------------------------------------------------------------


def rebuilding(wrapped: Wrapped, folder: Path, in_force: Iterable[str], *, is_windows: bool) -> tuple[Change, ...]:
    """The changes after which the folder has the wanted launchers and no stale one.

    One that another configuration asked for, which is not among the files `in_force`, stays while its target is there.
    """
    have, theirs = held(folder), frozenset((*in_force, ""))
    made = [
        change
        for name, text in wrapped.texts.items()
        if (change := _written(name, text, have.get(name), folder, is_windows=is_windows))
    ]
    stale = [one for name, one in have.items() if name not in wrapped.texts]
    gone = [_removed(one, why) for one in stale if (why := _why_stale(one, theirs))]
    return (*made, *gone)


def clearing(folder: Path) -> tuple[Change, ...]:
    """The changes after which the folder has no launcher of ours."""
    return tuple(_removed(one, "cleared away") for one in held(folder).values())


def in_the_way(wrapped: Wrapped, folder: Path, *, is_windows: bool) -> tuple[Record, ...]:
    """What lies where a launcher should and is none of ours."""
    mine = held(folder)
    paths = {name: folder / launchers.file_name(name, is_windows=is_windows) for name in wrapped.texts}
    return tuple(
        _record(name, f"{path} is not ours and stays", f"move {path} away, then: aim wrappers rebuild")
        for name, path in paths.items()
        if name not in mine and os.path.lexists(path)
    )


def _written(name: str, text: str, have: Held | None, folder: Path, *, is_windows: bool) -> Change | None:
    path = folder / launchers.file_name(name, is_windows=is_windows)
    if have is None and os.path.lexists(path):
        return None  # told by `in_the_way`
    want = state_of(text)
    if have and (have.state == want or _is_same(have, text)):
        return None
    undo: Step = Write(path=str(path), text=have.text, mode=MODE) if have else Delete(path=str(path))
    reason = _why_written(have, text)
    return _change(name, have.state if have else "", want, reason, Write(path=str(path), text=text, mode=MODE), undo)


def _is_same(have: Held, text: str) -> bool:
    """Whether only the configuration that asks for it is another: two projects may want one tool alike."""
    now = launchers.marked(text.encode())
    return now is not None and have.state == state_of(have.text) and _bare(have.text) == _bare(text)


def _bare(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if launchers.marked(line.encode()) is None)


def _why_written(have: Held | None, text: str) -> str:
    now = launchers.marked(text.encode())
    target = now.target if now else ""
    if have is None:
        return f"starts {target}"
    if target != have.mark.target:
        return f"starts {target}, not {have.mark.target}"
    return "not executable" if have.text == text else "not as it is made"


def _why_stale(one: Held, in_force: frozenset[str]) -> str:
    if not os.path.lexists(one.mark.target):
        return f"{one.mark.target} is gone"
    return "no longer asked for" if one.mark.by in in_force else ""


def _removed(one: Held, reason: str) -> Change:
    undo = Write(path=one.path, text=one.text, mode=MODE)
    return _change(one.command, one.state, "", reason, Delete(path=one.path), undo)


def _change(name: str, have: str, want: str, reason: str, do: Step, undo: Step) -> Change:
    return Change(
        id=f"{KIND}:{name}",
        kind=KIND,
        name=name,
        have=have,
        want=want,
        reason=reason,
        do=(do,),
        undo=(undo,),
        lane=LANE,
        topic=KIND,
    )
