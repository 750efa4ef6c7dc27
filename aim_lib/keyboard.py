"""Keys on their way from our terminal to that of a program. POSIX."""

from __future__ import annotations

import os
from math import inf

from .flows import Flow

ECHO_S = 0.05  # what comes so soon after a key is likely its echo
ECHO_BYTES = 4  # of an echo, fewer bytes are not held back: typing would stutter
_KEYS_BYTES = 1024


class Keyboard:
    """Reads `source`, our terminal, for the one that `terminal` serves; `typed_at` is when the last key went there."""

    def __init__(self, source: int, terminal: Flow) -> None:
        self._source = source
        self._terminal = terminal
        self._keys = b""
        self._is_open = True
        self.typed_at = -inf

    @property
    def reads(self) -> list[int]:
        return [self._source] if self._is_open and self._terminal.is_open and not self._keys else []

    @property
    def writes(self) -> list[int]:
        return [self._terminal.source] if self._keys and self._terminal.is_open else []

    def least(self, flow: Flow, now: float) -> int:
        """How many bytes of what could be a secret's beginning are worth holding back in `flow`."""
        return ECHO_BYTES if flow is self._terminal and now - self.typed_at < ECHO_S else 1

    def serve(self, readable: list[int], writable: list[int], now: float) -> None:
        if self._source in readable and not self._keys:
            self._keys = self._read()
            self._is_open = bool(self._keys)
        elif self._terminal.source not in writable:
            return
        if self._keys and self._terminal.is_open:
            self._write()
            self.typed_at = now

    def _read(self) -> bytes:
        try:
            return os.read(self._source, _KEYS_BYTES)
        except OSError:  # our terminal is gone
            return b""

    def _write(self) -> None:
        try:
            self._keys = self._keys[os.write(self._terminal.source, self._keys) :]
        except BlockingIOError:  # the program does not read
            return
        except OSError:
            self._keys, self._is_open = b"", False
