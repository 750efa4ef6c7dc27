"""Stand-ins that tests pass as arguments: a host of any system, a clock, a runner that follows a script."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aim_lib.audit import Audit
from aim_lib.checks import Facts
from aim_lib.host import Folders, Host
from aim_lib.proc import Completed, Runner

IS_ROOT = os.name == "posix" and os.geteuid() == 0
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


def facts(on: Host, **fields: object) -> Facts:
    """What checks know of a machine of which nothing is asked but what `fields` say."""
    nothing: dict[str, object] = {
        "host": on,
        "python_version": (3, 12, 0),
        "min_python": "3.11",
        "required_commands": (),
        "optional_commands": (),
        "config_files": (),
        "config_problems": (),
        "folders": (),
        "bin_folders": (),
        "off_tools": (),
        "tool_count": 0,
        "timeout_s": 5.0,
    }
    return Facts(**{**nothing, **fields})  # type: ignore[arg-type]


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


@dataclass(slots=True)
class KeyringRunner(Runner):
    """Answers for the child that asks the keyring, from `items`; "set" fails with a `refusal`, a `lock` fails all.

    `backend` is what the canary chooses; "" is a machine without a keyring.
    """

    items: dict[str, str] = field(default_factory=dict)
    backend: str = "backends.Kept"
    lock: str = ""
    refusal: str = ""
    asked: list[dict[str, object]] = field(default_factory=list)

    def run(self, argv: Sequence[str], *, stdin: str = "", **_: object) -> Completed:
        question = json.loads(stdin)
        self.asked.append({key: value for key, value in question.items() if key != "value"})
        return Completed(tuple(argv), 0, self.redact(json.dumps(self._answer(question))), "", 0.0)

    def _answer(self, question: dict[str, str]) -> dict[str, object]:
        if self.lock:
            return {"error": self.lock}
        if question["do"] == "choose":
            return {"backend": self.backend, "tried": {} if self.backend else {"backends.Gone": "it is not here"}}
        if question["do"] == "get":
            return {"values": {name: self.items[name] for name in question["names"] if name in self.items}}
        if question["do"] == "delete":
            self.items.pop(question["name"], None)
            return {"deleted": question["name"]}
        if self.refusal:
            return {"error": self.refusal}
        self.items[question["name"]] = question["value"]
        return {"stored": question["name"]}

    @property
    def questions(self) -> list[object]:
        """What was asked to do, in order."""
        return [question["do"] for question in self.asked]


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
