"""Terminals: whose turn it is on one, its size, raw mode and back, and new pairs. POSIX only."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import termios
import tty

_SIZE = b"\0" * 8


def copy_size(terminal: int, other: int) -> None:
    """Make `other` as wide and high as `terminal`; does nothing when one of them is gone."""
    with contextlib.suppress(OSError):
        fcntl.ioctl(other, termios.TIOCSWINSZ, fcntl.ioctl(terminal, termios.TIOCGWINSZ, _SIZE))


def is_foreground(terminal: int) -> bool:
    """Whether `terminal` is the one that controls us, and we are what is running on it now."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False


def is_controlled() -> bool:
    """Whether there is a terminal that controls us, whatever our own ends are."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def open_pair(like: int) -> tuple[int, int]:
    """A new terminal set up as `like` is: the end we serve, which never blocks, and the end of a program."""
    ours, theirs = os.openpty()
    with contextlib.suppress(termios.error):
        termios.tcsetattr(theirs, termios.TCSANOW, termios.tcgetattr(like))
    copy_size(like, ours)
    os.set_blocking(ours, False)
    return ours, theirs


def pass_unchanged(terminal: int) -> None:
    """Have what is written to `terminal` come out as it is; line ends are the business of the one behind it."""
    with contextlib.suppress(termios.error):
        tty.setraw(terminal, termios.TCSANOW)


class RawMode:
    """A terminal that hands on every key at once and shows none of them; `leave` puts it back as it was found."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._before = termios.tcgetattr(terminal)

    def enter(self) -> None:
        """In the background this stops us, as any program that asks for its terminal, until we are in front again."""
        while True:
            try:
                tty.setraw(self._terminal, termios.TCSADRAIN)  # what was typed ahead is kept
            except termios.error as error:
                if error.args[0] == errno.EINTR:
                    continue
            return

    def leave(self) -> None:
        if is_foreground(self._terminal):  # else it is someone else's by now
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)
