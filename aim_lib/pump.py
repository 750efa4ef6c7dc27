"""Runs a program on our own streams, with secret values taken out of what it prints there.

What a person alone sees on a terminal needs no mask: there the program takes our place. No vault is known here, the
environment and the values are given; neither they nor the arguments are ever printed.
"""

from __future__ import annotations

import os
import signal
import sys
from math import inf
from typing import NoReturn

from . import memory
from .masking import compile_patterns
from .orders import Ended, Ends, Order, Way, ways
from .proc import starting
from .programs import resolve


def own_ends() -> Ends:
    """What our streams are."""
    stdin, stdout, stderr = map(os.isatty, range(3))
    return Ends(stdin, stdout, stderr, _is_in_front())


def takes_our_place(order: Order, ends: Ends) -> bool:
    """Whether the program gets our process, so that `run` does not return. Windows has no such thing."""
    return ways(order, ends) == (Way.OURS, Way.OURS) and order.timeout_s == inf and os.name == "posix"


def run(order: Order) -> Ended:
    """Run it on our stdin, stdout and stderr. Does not return where `takes_our_place` says so: log before.

    Signals sent to us go to the program. Raises MissingProgram, NotPermitted or CommandFailed when it cannot start.
    """
    ends = own_ends()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    if order.has_secrets:
        memory.no_core_dumps()
    if takes_our_place(order, ends):
        _become(order)
    return _run_beside(order, ends)


def _run_beside(order: Order, ends: Ends) -> Ended:
    _open_what_is_closed()
    if order.has_secrets:
        memory.hide_memory()
    patterns = compile_patterns(order.values, order.declared)
    found = ways(order, ends)
    if os.name != "posix":
        from .threaded import run_threaded

        return run_threaded(order, patterns, found)
    if found[0] is Way.TERMINAL and ends.stdin and ends.is_foreground:
        from .sessions import run_in_session

        return run_in_session(order, patterns, found)
    from .children import run_plain

    return run_plain(order, patterns, found)


def _open_what_is_closed() -> None:
    """A new descriptor of ours must not become our stdout."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest that is free


def _is_in_front() -> bool:
    if os.name != "posix":
        return False
    from .terminals import is_foreground

    return is_foreground(0)


def _become(order: Order) -> NoReturn:
    program = resolve(order.argv[0], order.env, order.cwd)
    with starting(program, order.cwd):
        if order.cwd is not None:
            os.chdir(order.cwd)
        for name in ("SIGPIPE", "SIGXFSZ"):  # which Python ignores; who inherits that never ends in `| head`
            signal.signal(getattr(signal, name), signal.SIG_DFL)
        os.execve(program, list(order.argv), dict(order.env))  # noqa: S606 - without a shell is what we want
