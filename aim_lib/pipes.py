"""Pipes to programs: read in a thread, decoded by the character, closed without complaint."""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import threading
from collections.abc import Callable
from typing import IO

DRAIN_S = 1.0  # a daemon left behind may hold the pipe open for ever: after its parent's end wait no longer than this

LineCallback = Callable[[str], None]


def close_quietly(pipe: IO[bytes] | None) -> None:
    """Close our end of a pipe whose other end may be gone."""
    if pipe is not None:
        with contextlib.suppress(OSError, ValueError):
            pipe.close()


class Reader:
    """Collects a pipe in a thread, decoding incrementally so that a character cut by a chunk's edge survives."""

    def __init__(self, pipe: IO[bytes] | None, on_line: LineCallback | None) -> None:
        self._pieces: list[str] = []
        self._pipe = pipe
        self._on_line = on_line
        self._rest = ""
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self) -> None:
        if self._pipe is None:
            return
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while chunk := os.read(self._pipe.fileno(), 65536):
            self._take(decoder.decode(chunk))
        self._take(decoder.decode(b"", final=True))
        if self._on_line is not None and self._rest.strip():
            self._on_line(self._rest.rstrip())
        self._pipe.close()

    def _take(self, text: str) -> None:
        self._pieces.append(text)
        if self._on_line is None:
            return
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line.strip():
                self._on_line(line.rstrip())

    def text(self) -> str:
        self._thread.join(DRAIN_S)
        return "".join(self._pieces)


def is_readable(descriptor: int) -> bool:
    """Whether reading from a pipe would give something at once."""
    if os.name == "posix":
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return any(event & select.POLLIN for _, event in poll.poll(0))
    return _has_bytes(descriptor)


def _has_bytes(descriptor: int) -> bool:
    """`is_readable` on Windows, whose select knows no pipes."""
    import _winapi
    import msvcrt

    with contextlib.suppress(OSError):
        return bool(_winapi.PeekNamedPipe(msvcrt.get_osfhandle(descriptor), 0)[0])  # type: ignore[attr-defined]
    return False
