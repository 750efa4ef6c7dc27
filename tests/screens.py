"""A terminal with a program on it, for tests: what is on the screen, keys, its size, and how it all ended. POSIX.

Programs are started by `tests.pumped`, which takes the terminal as its controlling one: nothing here has to fork.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 20.0  # then the test has failed; no test waits for it
ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": str(ROOT), "LC_ALL": "C", "HISTFILE": "/dev/null"}
PYTHON = (sys.executable, "-S", "-c")


def pumped(order: Mapping[str, Any], *argv: str) -> list[str]:
    """The command line that runs `argv` with the pump."""
    return [sys.executable, "-m", "tests.pumped", json.dumps(dict(order)), *argv]


class Screen:
    """A terminal of `rows` and `columns`; `streams` are those of the program's 0, 1 and 2 that lead to it."""

    def __init__(
        self,
        argv: Sequence[str],
        rows: int = 24,
        columns: int = 80,
        others: Mapping[str, int] | None = None,
    ) -> None:
        self.ours, self.theirs = os.openpty()
        self.resize(rows, columns)
        ends: dict[str, Any] = {"stdin": self.theirs, "stdout": self.theirs, "stderr": self.theirs, **(others or {})}
        self.before = termios.tcgetattr(self.theirs)
        self.text = ""
        env = {**ENV, "TAKES_TERMINAL": str(self.theirs)}
        self.process = subprocess.Popen(
            argv, cwd=ROOT, env=env, start_new_session=True, pass_fds=(self.theirs,), **ends
        )

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)

    def until(self, *texts: str) -> str:
        """Read until all of `texts` are on the screen; returns all that was read so far."""
        deadline = time.monotonic() + PATIENCE_S
        while not all(text in self.text for text in texts):
            left = deadline - time.monotonic()
            assert left > 0, f"{texts} not on the screen: {self.text!r}"
            self._read(left)
        return self.text

    def type(self, keys: str) -> None:
        os.write(self.ours, keys.encode())

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def close(self) -> int:
        """Wait for the program's end; returns its exit code."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"still running: {self.text!r}"
            self._read(0.05)
        while self._read(0.0):
            pass
        return self.process.returncode

    @property
    def mode(self) -> list[Any]:
        return termios.tcgetattr(self.theirs)

    def _read(self, within_s: float) -> bool:
        if not select.select([self.ours], (), (), within_s)[0]:
            return False
        self.text += os.read(self.ours, 65536).decode(errors="replace")
        return True
