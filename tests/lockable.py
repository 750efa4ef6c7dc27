"""A kind of tool that locks and holds, made of stub programs: what lock files and holds are tested with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from aim_lib.host import Host
from aim_lib.journal import Journal
from aim_lib.model import Lane, Present, Run, Step, Wanted, Write
from aim_lib.proc import Runner
from aim_lib.resources import Diagnosis, Locking, Steps
from aim_lib.steps import Doer

from .fakes import audit, host, stub


@dataclass(slots=True)
class Lockable:
    """Tools that a program locks and another holds; `contents` is what it writes for which tool, `locks` for which."""

    root: Path
    there: tuple[Present, ...] = ()
    locks: frozenset[str] = frozenset()
    by_hand: str = ""
    lane: Lane = field(default_factory=lambda: Lane(name="pipx", width=4))
    unsuitable: str = ""
    is_off: bool = False
    notes: tuple[str, ...] = ()
    bin_folders: tuple[Path, ...] = ()

    def prerequisite(self) -> Wanted | None:
        return None

    def find(self) -> tuple[Present, ...]:
        return tuple(self._seen(each) for each in self.there)

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        raise AssertionError("nothing is installed here")

    def remove(self, have: Present) -> Steps:
        raise AssertionError("nothing is removed here")

    def diagnose(self, output: str) -> Diagnosis:
        cause = "network" if "ETIMEDOUT" in output else "unknown"
        return Diagnosis(cause=cause, message="the package could not be locked", remedy="look above")

    def locking(self, wanted: Wanted, have: Present | None, version: str, folder: Path) -> Locking | None:
        if wanted.name not in self.locks:
            return None
        made = folder / "made"
        run = Run(argv=(str(self.root / "lock"), wanted.name, version, str(made)), timeout_s=60.0)
        return Locking(steps=(run,), made=str(made), name=f"{wanted.name}.lock")

    def hold(self, have: Present, *, is_held: bool) -> Steps:
        mark = self.root / "held" / have.name
        do, undo = (Run(argv=(str(self.root / verb), str(mark)), timeout_s=60.0) for verb in ("hold", "free"))
        steps: tuple[Step, Step] = (do, undo) if is_held else (undo, do)
        return Steps(do=steps[:1], undo=steps[1:], by_hand=self.by_hand)

    def _seen(self, have: Present) -> Present:
        traits = ("pinned",) if (self.root / "held" / have.name).exists() else ()
        return Present(kind=have.kind, name=have.name, version=have.version, where=have.where, traits=traits)


def programs(root: Path, lock: str = 'echo "$1 $2" > "$3"') -> None:
    """The stub programs: `lock NAME VERSION FILE`, `hold MARK`, `free MARK`; each call is a line of `calls`."""
    note = f'echo "${{0##*/}} ${{1##*/}}" >> {root}/calls\n'
    stub(root, "lock", note + lock)
    stub(root, "hold", f'{note}/bin/mkdir -p "${{1%/*}}" && : > "$1"')
    stub(root, "free", f'{note}/bin/rm -f "$1"')


def calls(root: Path) -> list[str]:
    """The programs that were started, in order, each with what it was for."""
    path = root / "calls"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def doer(root: Path, resource: Lockable, on: Host | None = None) -> Doer:
    return Doer(
        host=on or host(home=root / "home", env={"PATH": "/usr/bin:/bin"}),
        runner=Runner(),
        resources={"pipx": resource},
        ecosystems={"pipx": "pypi"},
        audit=audit(root / "logs"),
        journal=Journal(root / "state"),
        pause=lambda _seconds: None,
    )


def tool(name: str, version: str = "1.0") -> Present:
    return Present(kind="pipx", name=name, version=version, where=f"/somewhere/{name}")


def written(path: Path, text: str) -> Write:
    return Write(path=str(path), text=text)
