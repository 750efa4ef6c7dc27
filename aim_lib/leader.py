"""The process that leads a session of its own: starts a program there, reports how it stands. A fork of ours. POSIX.

A program whose parent is outside of its session cannot be suspended by Ctrl-Z. And when a session's leader ends, what
is still to be read from its terminal may be lost: it stays until all of it has been read.
"""

from __future__ import annotations

import os
import signal
import struct
import termios
from collections.abc import Sequence
from fcntl import ioctl
from typing import NoReturn

from .orders import Order

NEWS = struct.Struct("ii")  # what, and a number: a process id, a status of `waitpid`, an errno
BORN, STATUS, REFUSED = range(3)


def fork_leader(program: str, order: Order, streams: Sequence[int], report: int, stay: int) -> int:
    """Start the leader; returns its process id.

    `streams` are what the program gets as its stdin, stdout and stderr, the first being the terminal. NEWS come to
    `report`: BORN, then STATUS each time it stops and at last when it has ended, or REFUSED if it could not be
    executed. Then it waits until `stay` is closed on the other side.
    """
    # Nothing may interrupt it before it has handlers of its own.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
        if not pid:
            _lead(program, order, streams, report, stay)
        return pid
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _lead(program: str, order: Order, streams: Sequence[int], report: int, stay: int) -> NoReturn:
    try:
        _forget_handlers()
        os.setsid()
        ioctl(streams[0], termios.TIOCSCTTY, 0)
        pid = os.fork()
        if not pid:
            _become(program, order, streams, report)
        _close_all_but(report, stay, streams[0])
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.write(report, NEWS.pack(BORN, pid))
        status = 0x7F  # as if it had stopped
        while os.WIFSTOPPED(status):
            _, status = os.waitpid(pid, os.WUNTRACED)
            os.write(report, NEWS.pack(STATUS, status))
        os.close(streams[0])  # until now it was ours too, so that nothing the program closes could look like its end
        os.read(stay, 1)
    finally:
        os._exit(0)


def _become(program: str, order: Order, streams: Sequence[int], report: int) -> NoReturn:
    """In front on the terminal, turn into the program."""
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.tcsetpgrp(streams[0], os.getpid())
        for number in (signal.SIGTTOU, signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores the last two
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        for place, descriptor in enumerate(streams):
            os.dup2(descriptor, place)
            os.set_inheritable(place, True)
        if order.cwd is not None:
            os.chdir(order.cwd)
        os.execve(program, list(order.argv), dict(order.env))  # noqa: S606 - without a shell is what we want
    except OSError as error:
        os.write(report, NEWS.pack(REFUSED, error.errno or 0))
    finally:
        os._exit(127)


def _forget_handlers() -> None:
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)


def _close_all_but(*kept: int) -> None:
    last = -1
    for descriptor in (*sorted(kept), os.sysconf("SC_OPEN_MAX")):
        os.closerange(last + 1, descriptor)
        last = descriptor
