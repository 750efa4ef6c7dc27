"""The one place that opens connections: what is made once for all of them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from aim_lib.wire import Wire

from .fakes import host

THREADS = 8


def test_certificates_are_read_once() -> None:
    """However many ask at the same moment: reading them costs more than asking an index."""
    wire, together = Wire(host(), 1.0, 1), threading.Barrier(THREADS)

    def trust(_: int) -> int:
        together.wait()
        return id(wire._context(()))

    with ThreadPoolExecutor(THREADS) as pool:
        seen = set(pool.map(trust, range(THREADS)))

    assert len(seen) == 1
