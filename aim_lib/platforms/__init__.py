"""One file per system: how a job is scheduled there and a variable made to last. Each returns Steps and does nothing.

A member is a module with what `Platform` names. What is planned is a `Placing`: how a thing stands, how it is wanted,
and the steps either way. `SetVar` steps are done by `set_variable`, the one door to Windows' registry.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Literal, Protocol, cast

from ..errors import Unsupported
from ..host import Host
from ..model import Delete, Frozen, Present, Run, SetVar, Step, Write
from ..proc import Runner

SYSTEMS = ("linux", "macos", "windows")
JOB, ENV = "job", "env"  # the kinds of what is placed


class Job(Frozen, frozen=True):
    """Something the system starts for the user: a `timer` every `every_s` seconds, or a `service` that stays.

    `argv` begins with an absolute path; it runs in `folder` with the variables `env` beside the system's own few, and
    what it prints goes to the system's journal, or to the file `log` where there is none. No value may be a secret.
    """

    name: str
    about: str
    argv: tuple[str, ...]
    folder: str
    kind: Literal["timer", "service"] = "timer"
    every_s: int = 3600
    env: tuple[tuple[str, str], ...] = ()
    log: str = ""


class Vars(Frozen, frozen=True):
    """Variables that are to last, sorted by name, and folders that come first on PATH.

    `is_desktop`: also for programs that no shell starts. `folder` is where our own files lie.
    """

    values: tuple[tuple[str, str], ...]
    first: tuple[str, ...]
    folder: str
    is_desktop: bool = False


class Placing(Frozen, frozen=True):
    """One thing in its place: states as in `Present.version`, "" when absent; `note` is for a person."""

    kind: str
    name: str
    have: str
    want: str
    do: tuple[Step, ...]
    undo: tuple[Step, ...]
    where: str = ""
    note: str = ""

    @property
    def is_done(self) -> bool:
        return self.have == self.want


class Platform(Protocol):
    """What every member has."""

    SYSTEM: str
    SCHEDULERS: tuple[str, ...]

    def scheduler(self, host: Host, choice: str) -> str:
        """The one of `SCHEDULERS` to use; `choice` is one of them, or "auto". Raises MissingProgram."""
        ...

    def jobs(self, host: Host, runner: Runner) -> tuple[Present, ...]:
        """Every job of ours, its scheduler as its one trait."""
        ...

    def place_job(self, job: Job, scheduler: str, host: Host, runner: Runner) -> Placing: ...

    def withdraw_job(self, name: str, scheduler: str, host: Host, runner: Runner) -> Placing: ...

    def variables(self, host: Host, folder: Path) -> tuple[Present, ...]:
        """What of the environment we hold, by the names of `place_variables`."""
        ...

    def place_variables(self, wanted: Vars | None, host: Host, folder: Path) -> tuple[Placing, ...]:
        """All that must be in place for `wanted`; None takes everything away. `folder` is ours."""
        ...

    def set_variable(self, step: SetVar) -> None: ...


def of(host: Host) -> Platform:
    """The member for this machine."""
    return cast(Platform, import_module(f"{__name__}.{host.system if host.system in SYSTEMS else 'linux'}"))


def set_variable(step: SetVar, host: Host) -> None:
    """Do a SetVar step. Raises Unsupported where variables of a user lie in no register."""
    of(host).set_variable(step)


def no_register(step: SetVar) -> Unsupported:
    return Unsupported(f"{step.name} cannot be set for good by itself here", remedy="aim env apply")


# --- for the members ------------------------------------------------------------------------------------------------


def hands(host: Host, *words: str) -> Run:
    """A step that changes a part of a file that is not ours; see `_hands`."""
    return Run(argv=(host.python, str(Path(__file__).with_name("_hands.py")), *words), timeout_s=60.0)


def folder_step(host: Host, *words: str) -> Run:
    """A step that puts a link in the place of a folder, or takes it back; see `_folders`."""
    return Run(argv=(host.python, str(Path(__file__).with_name("_folders.py")), *words), timeout_s=60.0)


def text_at(path: Path) -> str | None:
    """A file of ours; None when it is not there. One that is not text is as good as another one."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None


def moved(before: str, job: Job) -> str:
    """What to tell who places a job that ran in the folder `before`, "" for none: of each name there is one."""
    return f"until now it ran in {before}, and no more" if before and before != job.folder else ""


def back(path: Path) -> Step:
    """The step that makes a file of ours what it is now."""
    text = text_at(path)
    if text is None:
        return Delete(path=str(path))
    return Write(path=str(path), text=text, mode=path.stat().st_mode & 0o777)


def present(kind: str, name: str, state: str, where: Path | str, *traits: str) -> Present:
    return Present(kind=kind, name=name, version=state, where=str(where), traits=traits)
