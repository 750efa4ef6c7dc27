"""What happens when this process is asked to end: Ctrl-C, SIGTERM, a closed terminal."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator


def ending_signals() -> tuple[signal.Signals, ...]:
    """The signals that ask this process to end and that it has not been told to ignore (`nohup` ignores SIGHUP)."""
    known = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    return tuple(number for number in known if signal.getsignal(number) is not signal.SIG_IGN)


@contextlib.contextmanager
def signals_handled(handler: Callable[..., object]) -> Iterator[None]:
    """Have `handler` called for every ending signal; only in the main thread, elsewhere this does nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in ending_signals()}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def ignore_signal(*_: object) -> None:
    """A handler that does nothing. Not SIG_IGN: that would be inherited by the programs we start."""


_put_off: list[tuple[object, ...]] | None = None  # signals that came in the meantime; None: they are heeded at once


@contextlib.contextmanager
def interrupt_put_off() -> Iterator[None]:
    """While inside, `interrupt` waits until the end: between two steps that must not be torn apart.

    Between the start of a program and our knowing of it a signal would leave it to itself.
    """
    global _put_off
    if threading.current_thread() is not threading.main_thread() or _put_off is not None:
        yield
        return
    _put_off = []
    try:
        yield
    finally:
        received, _put_off = _put_off, None
        if received:
            raise KeyboardInterrupt(*received[0][:1])


def interrupt(*received: object) -> None:
    """A handler that ends the run as Ctrl-C does; the exception carries the signal's number."""
    if _put_off is not None:
        _put_off.append(received)
        return
    raise KeyboardInterrupt(*received[:1])


def is_by_keyboard(error: KeyboardInterrupt) -> bool:
    """Whether it came from Ctrl-C, which every program on the terminal hears, and not from a signal to us alone."""
    return error.args in ((), (signal.SIGINT,))


def interrupt_once(*_: object) -> None:
    """As `interrupt`, and further signals are ignored: cleaning up must not be cut short by a second one."""
    for number in ending_signals():
        signal.signal(number, ignore_signal)
    raise KeyboardInterrupt


@contextlib.contextmanager
def signals_told(numbers: Iterable[int]) -> Iterator[int]:
    """While inside, each of these signals does nothing but write its number, a byte, to the yielded descriptor.

    For a loop that waits on descriptors. One that we were told to ignore stays ignored, and only the main thread hears.
    """
    ours, told = os.pipe()
    former: dict[int, object] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            os.set_blocking(told, False)
            earlier = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
            heard = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
            former = {number: signal.signal(number, ignore_signal) for number in heard}
        yield ours
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        if former:
            signal.set_wakeup_fd(earlier)
        os.close(ours)
        os.close(told)
