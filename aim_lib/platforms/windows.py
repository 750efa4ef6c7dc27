"""Windows: the Task Scheduler for jobs, the registry for variables; the entries of PATH that are not ours stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..host import Host
from ..model import Delete, Present, SetVar, Step, Write
from ..proc import Runner
from ..states import state_of
from . import ENV, Job, Placing, Vars, _schtasks, back, present, text_at
from ._registry import Entry, Registry, UserVariables

SYSTEM = "windows"
SCHEDULERS = (_schtasks.NAME,)
RECORD = "env.before.json"  # what each variable that we set was before
PATH = "Path"
_REFERENCE = re.compile(r"%[^%\s]+%")


class Was(NamedTuple):
    """What a variable was before we first set it; of PATH also the folders that are ours."""

    before: Entry | None
    ours: tuple[str, ...] = ()


def scheduler(host: Host, choice: str) -> str:
    return _schtasks.NAME


def jobs(host: Host, runner: Runner) -> tuple[Present, ...]:
    return _schtasks.found(host, runner)


def place_job(job: Job, scheduler: str, host: Host, runner: Runner) -> Placing:
    return _schtasks.place(job, host, runner)


def withdraw_job(name: str, scheduler: str, host: Host, runner: Runner) -> Placing:
    return _schtasks.withdraw(name, host, runner)


def variables(host: Host, folder: Path, registry: Registry | None = None) -> tuple[Present, ...]:
    entries = (registry or UserVariables()).read()
    return tuple(present(ENV, name, _state(entry), "HKCU\\Environment") for name, entry in entries.items())


def place_variables(
    wanted: Vars | None,
    host: Host,
    folder: Path,
    registry: Registry | None = None,
) -> tuple[Placing, ...]:
    """One for each variable; what it was before is kept beside our settings, so that it can be that again."""
    now, record = (registry or UserVariables()).read(), folder / RECORD
    known = _recorded(record)
    target: dict[str, Entry | None] = {}
    held: dict[str, Was] = {}
    for name, value in wanted.values if wanted else ():
        spelled = _named(name, now)
        target[spelled] = _entry(value, now.get(spelled))
        held[spelled] = known.get(spelled, Was(now.get(spelled)))
    if wanted is not None and wanted.first:
        path = _named(PATH, now)
        was = known.get(path, Was(now.get(path)))
        target[path] = _with_first(_let_go(now.get(path), was), wanted.first)
        held[path] = Was(was.before, wanted.first)
    for name in known.keys() - target.keys():
        is_path = name.lower() == PATH.lower()
        target[name] = _let_go(now.get(name), known[name]) if is_path else known[name].before
    return tuple(_placings(target, now, record, held))


def set_variable(step: SetVar, registry: Registry | None = None) -> None:
    entry = Entry(step.value, step.is_expandable) if step.value else None
    (registry or UserVariables()).write(step.name, entry)


def _placings(
    target: Mapping[str, Entry | None], now: Mapping[str, Entry], record: Path, held: Mapping[str, Was]
) -> Iterator[Placing]:
    note: Step = Write(path=str(record), text=_as_text(held), mode=0o600) if held else Delete(path=str(record))
    for name, entry in sorted(target.items()):
        have = now.get(name)
        yield Placing(
            kind=ENV,
            name=name,
            have=_state(have),
            want=_state(entry),
            do=(note, _setting(name, entry)),
            undo=(_setting(name, have), back(record)),
            where="HKCU\\Environment",
        )


def _setting(name: str, entry: Entry | None) -> SetVar:
    return SetVar(name=name, value=entry.value if entry else "", is_expandable=bool(entry and entry.is_expandable))


def _state(entry: Entry | None) -> str:
    return state_of(f"{entry.value}\0{entry.is_expandable}") if entry else ""


def _named(name: str, now: Mapping[str, Entry]) -> str:
    """How the variable is spelled there: Windows minds no case."""
    return next((known for known in now if known.lower() == name.lower()), name)


def _entry(value: str, have: Entry | None) -> Entry:
    """A value that refers to others is expandable, and so is one that was."""
    return Entry(value, bool(_REFERENCE.search(value)) or bool(have and have.is_expandable))


def _with_first(have: Entry | None, first: Iterable[str]) -> Entry:
    ours = list(dict.fromkeys(first))
    known = {_plain(folder) for folder in ours}
    rest = [entry for entry in have.value.split(";") if _plain(entry) not in known] if have else []
    return Entry(";".join([*ours, *rest]), have.is_expandable if have else True)


def _let_go(have: Entry | None, was: Was) -> Entry | None:
    """PATH without what we put there: as it was, or, when others have changed it since, less our folders alone."""
    if have is None or not was.ours:
        return have
    if have == _with_first(was.before, was.ours):
        return was.before
    old = {_plain(entry) for entry in was.before.value.split(";")} if was.before else set()
    mine = {_plain(entry) for entry in was.ours} - old
    return Entry(";".join(entry for entry in have.value.split(";") if _plain(entry) not in mine), have.is_expandable)


def _plain(entry: str) -> str:
    return entry.rstrip("\\").lower()


def _recorded(record: Path) -> dict[str, Was]:
    text = text_at(record)
    told: dict[str, dict[str, list[Any]]] = json.loads(text) if text else {}
    return {
        name: Was(Entry(*old["before"]) if old["before"] else None, tuple(old["ours"])) for name, old in told.items()
    }


def _as_text(held: Mapping[str, Was]) -> str:
    told = {name: {"before": list(was.before or ()), "ours": list(was.ours)} for name, was in held.items()}
    return json.dumps(told, indent=1) + "\n"
