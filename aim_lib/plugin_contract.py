"""The contracts of the open folders, for who writes a plugin: one line in a test of theirs.

    assert problems("aim.resources", "notes", my_package.notes, tmp_path) == ()

Runs the member on a machine that is made up and empty, below the folder given. Programs are never started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from . import plugins
from .checks import Facts
from .errors import Unavailable
from .host import Folders, Host
from .model import Delete, Link, Present, Record, Result, Run, Status, Wanted, Write
from .proc import Completed, Runner
from .reports import Look
from .resources import PARTS, Options, Steps

LIMIT_S = 12.0
RECORD = Record(id="one", status=Status.FAILED, title="größer → 1", detail="line\nand line", remedy="aim install")


@dataclass(slots=True)
class StillRunner(Runner):
    """Starts nothing: every program has ended well and said nothing."""

    def run(self, argv: Iterable[str], **_: Any) -> Completed:
        return Completed(tuple(argv), 0, "", "", 0.0)


def problems(group: str, name: str, module: ModuleType, folder: Path) -> tuple[str, ...]:
    """Everything that is wrong with a member, () when it keeps its contract; `folder` must be empty."""
    found = plugins.problems(group, name, module)
    return found or tuple(_called(TRIALS[group], name, module, machine(folder / "home")))


def machine(home: Path) -> Host:
    """A Linux machine on which there is nothing, not even the home folder."""
    below = home / "aim"
    folders = Folders(*(below / name for name in ("config", "state", "data", "logs", "cache")))
    env = {"PATH": str(home / "bin"), "HOME": str(home)}
    return Host(
        system="linux",
        arch="x86_64",
        home=home,
        cwd=home,
        folders=folders,
        env=env,
        python=str(home / "bin/python"),
        root=home,
    )


def _called(trial: Trial, name: str, module: ModuleType, host: Host) -> Iterator[str]:
    try:
        yield from trial(name, module, host)
    except Exception as error:  # noqa: BLE001 - a stranger's code; what it raised is told
        yield f"on an empty machine it raises {type(error).__name__}: {error}"
    if host.home.exists():
        yield f"looking changed the disk: {', '.join(sorted(path.name for path in host.home.iterdir()))}"


def _resource(name: str, module: ModuleType, host: Host) -> Iterator[str]:
    opened = module.open(host, Options(timeout_s=LIMIT_S))
    lacking = [part for part in PARTS if not hasattr(opened, part)]
    if lacking:
        yield f"what its open returns has no {', '.join(lacking)}"
        return
    if opened.find() != ():
        yield "find() is not () on an empty machine"
    if not opened.lane.name or opened.lane.width < 1:
        yield "its lane has no name, or is narrower than one change"
    if not all(isinstance(folder, Path) for folder in opened.bin_folders):
        yield "bin_folders are not Paths"
    diagnosis = opened.diagnose("")
    if diagnosis.cause != "unknown" or not diagnosis.message or not diagnosis.remedy:
        yield 'diagnose("") is not of cause "unknown" with a message and a remedy'
    # A file that is there, and is only looked at: what is gone needs no program to remove it.
    have = Present(kind=name, name="thing", version="1.0", where=__file__)
    yield from _steps("change", opened.change(Wanted(kind=name, name="thing", request="1.0"), None, "1.0"))
    yield from _steps("remove", opened.remove(have))


def _steps(verb: str, steps: Any) -> Iterator[str]:
    if not isinstance(steps, Steps) or not steps.do or not steps.undo:
        yield f"{verb} does not return Steps with something to do and to undo"
        return
    every = (*steps.do, *steps.undo)
    strange = [type(step).__name__ for step in every if not isinstance(step, Run | Write | Link | Delete)]
    if strange:
        yield f"{verb} has steps that nobody performs: {', '.join(strange)}"
    if any(isinstance(step, Run) and step.timeout_s != LIMIT_S for step in every):
        yield f"{verb} runs a program without options.timeout_s as its limit"


def _check(name: str, module: ModuleType, host: Host) -> Iterator[str]:
    said = module.check(facts(host), StillRunner())
    if not isinstance(said, Record):
        yield "check does not return a Record"
        return
    if said.id != name:
        yield f"its Record's id is {said.id}, not {name}"
    if said.status in (Status.WARNED, Status.FAILED) and not said.remedy:
        yield "its Record is bad and has no remedy"
    if said.code and said.code not in getattr(module, "CODES", {}):
        yield f"its CODES do not say what {said.code} is"
    msgspec.json.encode(said)


def facts(host: Host) -> Facts:
    """What a check is told of an empty machine of which nothing is asked."""
    none: Any = ()
    fields = dict.fromkeys(
        ("required_commands", "optional_commands", "config_files", "config_problems", "folders", "bin_folders"), none
    )
    return Facts(
        **fields,
        host=host,
        python_version=(3, 12, 0),
        min_python="3.11",
        off_tools=(),
        tool_count=0,
        timeout_s=LIMIT_S,
    )


def _vault(name: str, module: ModuleType, host: Host) -> Iterator[str]:
    opened = module.open(host, StillRunner())
    if not isinstance(getattr(opened, "name", None), str) or not opened.name:
        yield "what its open returns has no name"
        return
    try:
        if opened.has({"NO_SUCH_SECRET"}) != frozenset():
            yield "has() finds on an empty machine what is not there, or gives no frozenset"
    except Unavailable as reason:
        if not reason.reason:
            yield "it is unavailable without a reason"
    if not callable(getattr(opened, "store", None)):
        yield "what its open returns has no store"
    yield from _values(opened)


def _values(opened: Any) -> Iterator[str]:
    """What is wrong with its `get`, if it has one: then its values can be had, else only which names it holds."""
    if not hasattr(opened, "get"):
        return
    try:
        found = opened.get({"NO_SUCH_SECRET"})
    except Unavailable as reason:
        if not reason.reason:
            yield "it is unavailable without a reason"
        return
    if not isinstance(found, Mapping) or len(found):
        yield "get() finds on an empty machine what is not there, or gives no mapping"


def _report(name: str, module: ModuleType, host: Host) -> Iterator[str]:
    result = Result(command="install", records=(RECORD,), title="Tools, größer")
    for given in (result, Result()):
        text = module.render(given, Look())
        if not isinstance(text, str) or (text and not text.endswith("\n")):
            yield "render does not give a text that is empty or ends its last line"
            return
        if module.render(given, Look()) != text:
            yield "render is not the same every time"
        if "\x1b" in text:
            yield "render has escapes without colour"
        if not module.render(given, Look(has_unicode=False)).isascii():
            yield "render has more than ASCII for who can see no more"


Trial = Callable[[str, ModuleType, Host], Iterator[str]]
TRIALS: dict[str, Trial] = {
    "aim.resources": _resource,
    "aim.checks": _check,
    "aim.vaults": _vault,
    "aim.reports": _report,
}
