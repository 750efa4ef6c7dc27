"""A folder with a `tasks.py` and the stock `invoke` program run in it, as it comes or with the engine's executor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ENGINE = "tasks: {executor_class: aim_lib.engine.executor.GraphExecutor}\n"
LIMIT_S = 60.0
# Without these no program starts on Windows.
WINDOWS = ("SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "TEMP", "TMP", "NUMBER_OF_PROCESSORS")
SYSTEM_FOLDERS = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Stage:
    """A project folder with a home beside it; `env` is laid over the clean environment of what runs there."""

    root: Path
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def home(self) -> Path:
        return self.root / "home"

    def write(self, tasks: str, config: str = "", **files: str) -> Stage:
        """Write `tasks.py`, `invoke.yaml` unless `config` is empty, and further modules by name; returns the stage."""
        for folder in (self.project, self.home):
            folder.mkdir(parents=True, exist_ok=True)
        for name, text in {"tasks": tasks, **files}.items():
            (self.project / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
        if config:
            (self.project / "invoke.yaml").write_text(config, encoding="utf-8")
        return self

    def environment(self) -> dict[str, str]:
        """Nothing of the developer's but what the system cannot do without."""
        kept = {name: os.environ[name] for name in WINDOWS if name in os.environ}  # noqa: TID251 - see WINDOWS
        windows = Path(kept.get("SYSTEMROOT", "")) / "System32"
        folders = SYSTEM_FOLDERS if os.name == "posix" else str(windows)
        return {
            **kept,
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), folders)),
            "LANG": "C.UTF-8",
            **self.env,
        }

    def invoke(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run `invoke` to its end; without `stdin` it reads from the null device."""
        return self.run(sys.executable, "-m", "invoke", *words, stdin=stdin)

    def run(self, *argv: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run any program to its end, in the project and with its environment."""
        return subprocess.run(
            argv,
            cwd=self.project,
            env=self.environment(),
            stdin=subprocess.DEVNULL if stdin is None else None,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=LIMIT_S,
            check=False,
        )

    @contextmanager
    def started(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """`invoke` while it runs, without a terminal; killed at the end of the block when it still does."""
        process = subprocess.Popen(
            [sys.executable, "-m", "invoke", *words],
            cwd=self.project,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def pid(self, name: str = "pid") -> int:
        """The process id that a program writes into a file of the project, as soon as it is there."""
        path = self.project / name
        await_that(lambda: path.is_file() and path.read_text(encoding="utf-8").endswith("\n"))
        return int(path.read_text(encoding="utf-8"))


def await_that(is_so: Callable[[], bool], within_s: float = LIMIT_S) -> None:
    """Poll until `is_so`; fails when it is not within the time."""
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, f"not so within {within_s} s"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether the process has ended; where process 1 reaps nothing its remains stay for ever."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


def await_end(*pids: int, within_s: float = LIMIT_S) -> None:
    """Poll until the processes have ended; kills those that have not, and fails."""
    try:
        await_that(lambda: all(map(is_gone, pids)), within_s)
    finally:
        for pid in pids:
            end(pid)


def end(pid: int) -> None:
    """Kill what a test has left running."""
    with suppress(ProcessLookupError):
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
