"""One stream of a program's output on its way to one of ours, masked. POSIX; `threaded` is the same for Windows."""

from __future__ import annotations

import os
import select
from dataclasses import dataclass, field
from math import inf

from .masking import Masker

READ_BYTES = 65536


@dataclass(slots=True)
class Flow:
    """Bytes from the descriptor `source`, which is ours to close, to the descriptor `target`.

    What could be the beginning of a secret is held back, for no longer than `hold_s` after the last byte came.
    When nobody reads `target` any more, `source` is closed, so that the program hears of it as it would without us.
    """

    source: int
    target: int
    masker: Masker
    hold_s: float
    is_open: bool = True
    heard_at: float = -inf
    _out: memoryview = field(default_factory=lambda: memoryview(b""))

    @property
    def wants_read(self) -> bool:
        return self.is_open and not self._out

    @property
    def wants_write(self) -> bool:
        return bool(self._out)

    @property
    def due_at(self) -> float:
        """When what is held back must go out."""
        return self.heard_at + self.hold_s if self.masker.is_holding and not self._out else inf

    def take(self, now: float, least: int) -> None:
        """Read once; `least` as for `Masker.feed`."""
        try:
            piece = os.read(self.source, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:  # EIO: the last program has let go of its terminal
            piece = b""
        if not piece:
            self.end()
            return
        self.heard_at = now
        self._out = memoryview(self.masker.feed(piece, least))

    def let_go(self, now: float) -> None:
        """Release what has been held back for long enough."""
        if self.due_at <= now:
            self._out = memoryview(self.masker.flush())

    def give(self) -> None:
        """Write as much as a pipe with room surely takes, so that a slow reader never blocks us."""
        try:
            written = os.write(self.target, self._out[: select.PIPE_BUF])
        except BlockingIOError:
            return
        except OSError:
            self._out = memoryview(b"")
            self.is_open = False
            self.close()
            return
        self._out = self._out[written:]

    def end(self) -> None:
        """Nothing more is read; what is held back goes out."""
        if self.is_open:
            self.is_open = False
            self._out = memoryview(bytes(self._out) + self.masker.flush())

    def close(self) -> None:
        """Not at the end already: a terminal whose other side goes away hangs up on its whole session."""
        if self.source >= 0:
            os.close(self.source)
            self.source = -1
