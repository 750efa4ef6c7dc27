"""Stand-ins that tests pass as arguments: a host of any system, a clock, a runner that follows a script."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aim_lib.audit import Audit
from aim_lib.host import Folders, Host
from aim_lib.proc import Completed, Runner

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def host(
    system: str = "linux", home: Path = Path("/home/ada"), env: Mapping[str, str] | None = None, **more: object
) -> Host:
    """A machine of `system` with nothing on it; `more` overrides Host's fields."""
    root = home / "aim"
    folders = Folders(root / "config", root / "state", root / "data", root / "logs", root / "cache")
    fields: dict[str, object] = {
        "system": system,
        "arch": "x86_64",
        "home": home,
        "cwd": home,
        "folders": folders,
        "env": dict(env or {}),
        "python": str(home / "venv" / "bin" / "python"),
        "user": "ada",
        "root": home,
    }
    return Host(**{**fields, **more})  # type: ignore[arg-type]


def fixed_clock() -> datetime:
    return NOON


def audit(folder: Path) -> Audit:
    """An event log in `folder` whose every stamp is the same noon."""
    return Audit(folder / "audit.jsonl", stamp=lambda: "2026-01-02T12:00:00.000Z", user="ada", session_id="session")


@dataclass(slots=True)
class ScriptedRunner(Runner):
    """Answers each argv by `answer`, starts nothing, and remembers what it was asked in `asked`."""

    answer: Callable[[tuple[str, ...]], tuple[int, str, str]] = lambda _argv: (0, "", "")
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, argv: Sequence[str], **_: object) -> Completed:
        self.asked.append(tuple(argv))
        code, out, err = self.answer(tuple(argv))
        return Completed(tuple(argv), code, self.redact(out), self.redact(err), 0.0)


def stub(folder: Path, name: str, script: str = "exit 0") -> Path:
    """An executable shell script called `name` in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def calls_of(work: Callable[[], object]) -> int:
    """How many calls of Python's and of built-in functions `work` makes."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count
