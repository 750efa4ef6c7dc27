"""Collects what `warnings` and `logging` (from WARNING upwards) say, each with the task that was running."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .run import Run
from .sinks import write_safely


class Collector(logging.Handler):
    """Puts log records on the record of the run; shows them when nobody else would."""

    def __init__(self, run: Run, *, shows: bool) -> None:
        super().__init__(logging.WARNING)
        self._run = run
        self._shows = shows

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except (TypeError, ValueError):  # arguments that do not fit the message
            text = str(record.msg)
        level = f"{record.levelname.lower()}: "
        self._run.warn(text if record.levelno == logging.WARNING else level + text)
        if self._shows:
            write_safely(sys.stderr, self._run.redact(f"{level}{text}\n"))


@contextmanager
def collecting(run: Run) -> Iterator[None]:
    """While inside, warnings of any kind are counted for the summary. They are still shown where they were."""
    root = logging.getLogger()
    # Without any handler Python prints warnings itself; ours would silence it.
    collector = Collector(run, shows=not root.handlers)
    former = warnings.showwarning

    def show(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
        run.warn(f"{category.__name__}: {message}")
        former(message, category, *place, **more)

    root.addHandler(collector)
    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = former
        root.removeHandler(collector)
