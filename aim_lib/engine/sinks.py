"""Where the text of tasks that run side by side goes: to a block of its own, or line by line behind the task's name."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, Any

_sink: ContextVar[Sink | None] = ContextVar("aim_sink", default=None)
_console = threading.Lock()


class Sink:
    """Takes what one task writes; `close` shows what is still held back."""

    def __init__(self, name: str, *, as_block: bool) -> None:
        self.out = Side(self, "out")
        self.err = Side(self, "err")
        self._prefix = "" if as_block else f"{name} | "
        self._held: list[tuple[str, str]] = []
        self._open: dict[str, str] = {"out": "", "err": ""}

    def take(self, side: str, text: str) -> None:
        if not self._prefix:
            self._held.append((side, text))
            return
        *lines, self._open[side] = (self._open[side] + text).split("\n")
        _put([(side, f"{self._prefix}{line}\n") for line in lines])

    def close(self, heading: str = "", closing: str = "") -> None:
        """Show a held block, between a heading and a closing line on stderr, or the unfinished lines."""
        rest = [(side, f"{self._prefix}{text}\n") for side, text in self._open.items() if text]
        framed = [("err", heading), *self._held, ("err", closing)] if not self._prefix else rest
        self._held, self._open = [], {"out": "", "err": ""}
        _put([(side, text) for side, text in framed if text])


class Side:
    """The stdout or the stderr of a Sink, as a stream to write to."""

    encoding = "utf-8"

    def __init__(self, sink: Sink, side: str) -> None:
        self._sink = sink
        self._side = side

    def write(self, text: str) -> int:
        self._sink.take(self._side, text)
        return len(text)

    def flush(self) -> None:
        """Nothing to do: text is held back, or shown by the line."""

    def isatty(self) -> bool:
        return False


class RoutedStream:
    """Stands in for sys.stdout or sys.stderr: what a task's thread prints goes to that task's sink."""

    def __init__(self, real: IO[str], side: str) -> None:
        self.real = real
        self._side = side

    def write(self, text: str) -> int:
        return int(self._target().write(text))

    def flush(self) -> None:
        self._target().flush()

    def isatty(self) -> bool:
        return self._target() is self.real and self.real.isatty()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def _target(self) -> Any:
        sink = _sink.get()
        return self.real if sink is None else getattr(sink, self._side)


def output_sink() -> Sink | None:
    """Where this thread's task writes when it runs beside others; None: straight to the console."""
    return _sink.get()


@contextmanager
def writing_to(sink: Sink | None) -> Iterator[None]:
    """While inside, what this thread prints goes to `sink`."""
    token = _sink.set(sink)
    try:
        yield
    finally:
        _sink.reset(token)


@contextmanager
def routed_output() -> Iterator[None]:
    """Route what threads print to their own sinks, until the block ends."""
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = RoutedStream(out, "out"), RoutedStream(err, "err")
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err


def _put(pieces: list[tuple[str, str]]) -> None:
    """Write pieces in one go, in order, whatever other threads have to say."""
    with _console, writing_to(None):
        for side, text in pieces:
            write_safely(sys.stdout if side == "out" else sys.stderr, text)


def never_fail_to_print() -> None:
    """Have stdout show a question mark for what it cannot encode; stderr does so by itself."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None and getattr(sys.stdout, "errors", "") == "strict":
        reconfigure(errors="replace")


def write_safely(stream: IO[str], text: str) -> None:
    """Write what the console can show: a character it cannot encode becomes a question mark, never a failure."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = getattr(stream, "encoding", None) or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()
