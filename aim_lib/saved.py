"""A plan kept in a file: what it was made from, who may have written it, and what has moved since.

The file authorises, it does not command: no step in it is ever performed. What is done is planned anew from today's
configuration and machine, and must be what the file says, step by step.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from . import files
from .errors import BadConfig, NotAsWanted, NotPermitted
from .host import Host
from .model import Change, Frozen, Present, Run, Step, Wanted
from .plan import Plan, World

SCHEMA_VERSION: Literal[1] = 1
CREDENTIALS = re.compile(r"://[^/\s\"]*@")
STALE = "the machine or the configuration has changed since the plan was saved"


class Scope(Frozen, frozen=True, forbid_unknown_fields=True):
    """What was asked to be planned: optional tools too, and each tool removed first."""

    all: bool = False
    uninstall_first: bool = False


class Found(Frozen, frozen=True, forbid_unknown_fields=True):
    """What was present when the plan was made: nothing else may be there when it is applied."""

    version: str
    where: str
    flaw: str
    extras: tuple[str, ...]
    traits: tuple[str, ...]


class SavedPlan(Frozen, frozen=True, forbid_unknown_fields=True):
    """The document. `asked` is request and exact version by id, `present` what was there of all that takes part.

    `host`, `configuration` and `lock` are SHA-256: of home and prefixes, of the declared tools, of their versions.
    """

    schema_version: Literal[1]
    aim_version: str
    host: str
    configuration: str
    lock: str
    scope: Scope
    asked: Mapping[str, tuple[str, str]]
    present: Mapping[str, Found | None]
    changes: tuple[Change, ...]


class Moment(Frozen, frozen=True):
    """All that a plan is made from, and the plan."""

    host: Host
    wanted: tuple[Wanted, ...]
    world: World
    plan: Plan
    aim_version: str


def capture(moment: Moment, scope: Scope, redact: Callable[[str], str] = str, also: Iterable[str] = ()) -> SavedPlan:
    """The document of a plan, with what is present of what it changes and needs, and of the ids `also`.

    Nothing secret is in it: `redact` and a mask for credentials in URLs go over all of it. PATH is left out of the
    steps: it is the environment's at the time of applying, as for any program.
    """
    changes = tuple(map(_without_path, moment.plan.changes))
    declared = [msgspec.structs.replace(item, version="") for item in moment.wanted]
    document = SavedPlan(
        schema_version=SCHEMA_VERSION,
        aim_version=moment.aim_version,
        host=_digest(_identity(moment)),
        configuration=_digest(declared),
        lock=_digest({item.id: item.version for item in moment.wanted}),
        scope=scope,
        asked={item.id: (item.request, item.version) for item in moment.wanted},
        present={key: _found(moment.world.present.get(key)) for key in sorted({*_involved(moment), *also})},
        changes=changes,
    )
    text = CREDENTIALS.sub("://…@", redact(msgspec.json.encode(document).decode()))
    return msgspec.json.decode(text, type=SavedPlan)


def save(path: Path, document: SavedPlan) -> None:
    """Write the document for its owner alone (0600), in one step."""
    text = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    files.write_text(path, text + "\n", files.PRIVATE_FILE)


def load(path: Path) -> SavedPlan:
    """Read a saved plan. Raises BadConfig for what is none, NotPermitted when somebody else could have written it."""
    content = _own_bytes(path)
    remedy = f"aim plan --save {path}"
    try:
        head = msgspec.json.decode(content, type=dict[str, object])
        version = head.get("schema_version")
        if isinstance(version, int) and version != SCHEMA_VERSION:
            raise NotAsWanted(f"{path} was saved by another AIM (schema version {version})", remedy=remedy)
        return msgspec.json.decode(content, type=SavedPlan)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path} is not a saved plan: {error}", remedy=remedy) from error


def require_same(then: SavedPlan, now: SavedPlan, file: str) -> None:
    """Raises NotAsWanted, naming every difference, unless planning now gives what was saved."""
    moved = tuple(differences(then, now))
    if moved:
        scope = f"{' --all' * then.scope.all}{' --uninstall-first' * then.scope.uninstall_first}"
        raise NotAsWanted(STALE, details=moved, remedy=f"aim plan --save {file}{scope}")


def differences(then: SavedPlan, now: SavedPlan) -> Iterator[str]:
    """Each thing that is not as it was when `then` was saved, in words."""
    if then.host != now.host:
        yield "this is another home, or its tools live elsewhere"
    asked = list(_asked_differently(then.asked, now.asked))
    yield from asked
    if not asked and then.configuration != now.configuration:
        yield "the declared tools differ"
    elif not asked and then.lock != now.lock:
        yield "the locked versions differ"
    for key, before in then.present.items():
        if now.present.get(key) != before:
            yield f"{key}: was {_described(before)}, is {_described(now.present.get(key))}"
    yield from _planned_differently(then.changes, now.changes)


def _asked_differently(then: Mapping[str, tuple[str, str]], now: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    for key in sorted({*then, *now}):
        if key not in now:
            yield f"{key}: is not asked for any more"
        elif key not in then:
            yield f"{key}: was not asked for"
        elif then[key] != now[key]:
            yield f"{key}: was asked for as {_request(then[key])}, now as {_request(now[key])}"


def _planned_differently(then: tuple[Change, ...], now: tuple[Change, ...]) -> Iterator[str]:
    planned = {change.id: change for change in now}
    saved = {change.id: change for change in then}
    for key, change in saved.items():
        if key not in planned:
            yield f"{key}: needs no change any more"
        elif planned[key] != change:
            unlike = [name for name in Change.__struct_fields__ if getattr(planned[key], name) != getattr(change, name)]
            yield f"{key}: planning it now gives another {', '.join(unlike)}"
    yield from (f"{key}: needs a change that was not planned" for key in planned if key not in saved)
    if list(saved) != list(planned) and set(saved) == set(planned):
        yield "the changes come in another order"


def _request(asked: tuple[str, str]) -> str:
    request, version = asked
    return f"{request} (locked: {version})" if version and version != request else request


def _described(found: Found | None) -> str:
    if found is None:
        return "absent"
    more = [f"with {', '.join(found.extras)}"] if found.extras else []
    more += [", ".join(found.traits)] if found.traits else []
    more += [f"broken: {found.flaw}"] if found.flaw else []
    return "; ".join((f"{found.version or 'of no version'} in {found.where}", *more))


def _involved(moment: Moment) -> set[str]:
    """Ids of what a plan changes and of what that needs."""
    changes = moment.plan.changes
    needed = [moment.world.resources[kind].prerequisite() for kind in {change.kind for change in changes}]
    ids = {change.id for change in changes} | {need for change in changes for need in change.after}
    return ids | {item.id for item in needed if item is not None}


def _found(present: Present | None) -> Found | None:
    if present is None:
        return None
    return Found(**{name: getattr(present, name) for name in Found.__struct_fields__})


def _without_path(change: Change) -> Change:
    do, undo = (tuple(map(_plain, steps)) for steps in (change.do, change.undo))
    return msgspec.structs.replace(change, do=do, undo=undo)


def _plain(step: Step) -> Step:
    if not isinstance(step, Run):
        return step
    return msgspec.structs.replace(step, env=tuple(pair for pair in step.env if pair[0] != "PATH"))


def _identity(moment: Moment) -> object:
    resources = moment.world.resources
    folders = {kind: [str(folder) for folder in resources[kind].bin_folders] for kind in sorted(resources)}
    return (moment.host.system, moment.host.arch, str(moment.host.home), folders)


def _digest(value: object) -> str:
    import hashlib

    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()


def _own_bytes(path: Path) -> bytes:
    """The content of a file that only this user can have written: what is checked is what is read."""
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if os.name == "posix" and about.st_uid != os.geteuid():
                raise NotPermitted(f"{path} belongs to another user", remedy=f"save your own: aim plan --save {path}")
            if os.name == "posix" and about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise NotPermitted(f"{path} can be written by others", remedy=f"read it, then: chmod 600 {path}")
            return file.read()
    except FileNotFoundError as error:
        raise BadConfig(f"there is no {path}", remedy=f"aim plan --save {path}") from error
    except (IsADirectoryError, PermissionError) as error:
        raise NotPermitted(f"{path} cannot be read", remedy=f"aim plan --save {path}") from error
