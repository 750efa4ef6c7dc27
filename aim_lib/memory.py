"""Keeps what is in this process's memory out of core dumps and away from the user's other processes."""

from __future__ import annotations

import os

_PR_SET_DUMPABLE = 4  # prctl(2)


def no_core_dumps() -> None:
    """For this process and, as limits are inherited, for all that it starts from now on."""
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def hide_memory() -> None:
    """No process of the same user may read our memory or environment; a program that is executed can be read again.

    Linux alone knows this; elsewhere nothing happens.
    """
    if os.name == "posix" and os.uname().sysname == "Linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
