"""What a run says about its tasks: a heading for each, the error that ended one, and the closing table."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from typing import Any

from ..errors import AimError, OurBug
from ..host import Host
from ..host import current as current_host
from ..reports import Look
from .run import Run, TaskState


def look_of(stream: object, host: Host, timestamp: str = "") -> Look:
    """How the reader behind `stream` sees: colour only on a terminal that wants it, Unicode where it encodes."""
    is_terminal = bool(getattr(stream, "isatty", lambda: False)())
    wants_colour = not host.get("NO_COLOR") and host.get("TERM") != "dumb"
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
    return Look(
        width=_width(),
        has_colour=(is_terminal and wants_colour) or bool(host.get("FORCE_COLOR")),
        has_unicode=encoding.startswith("utf"),
        timestamp=timestamp,
    )


def print_out(text: str) -> None:
    """Write to stdout; a reader that has gone away (`| head`) ends the talking, not the work."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def begin_task(state: TaskState, run: Run) -> None:
    """A heading for each task of a chain, so that the reader sees whose lines follow."""
    if run.is_chain and run.options.format == "terminal" and not run.options.quiet:
        from ..reports.terminal import paint

        look = look_of(sys.stdout, current_host())
        rule = "──" if look.has_unicode else "--"
        print_out(f"{paint(f'{rule} {state.name}', '1;34', look)}\n")


def show_failure(error: BaseException, state: TaskState) -> None:
    """One message on stderr: what happened, its findings, and what to do. A bug's traceback goes to a file."""
    if isinstance(error, SystemExit) or (is_invokes(error, "Exit") and not getattr(error, "message", "")):
        return
    shown = error if isinstance(error, AimError) else _as_aim_error(error, state)
    if isinstance(shown, OurBug):
        shown = _logged(shown, state)
    say_error(shown)


def say_error(error: AimError) -> None:
    """`error:` and `fix:` on stderr, details between them."""
    from ..reports.terminal import paint, plain

    look = look_of(sys.stderr, current_host())
    lines = [f"{paint('error:', '1;31', look)} {error.message}", *(f"  {line}" for line in error.details)]
    if error.remedy:
        lines.append(f"{paint('fix:', '1;36', look)} {error.remedy}")
    text = "\n".join(lines) + "\n"
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(text if look.has_unicode else plain(text))
        sys.stderr.flush()


def is_invokes(error: BaseException, name: str) -> bool:
    """Whether `error` is of Invoke's exception class `name`, asked without importing Invoke."""
    return any(kind.__name__ == name and kind.__module__ == "invoke.exceptions" for kind in type(error).__mro__)


def _as_aim_error(error: BaseException, state: TaskState) -> AimError:
    if isinstance(error, KeyboardInterrupt):
        return AimError("interrupted", remedy="run the same command again to go on")
    if is_invokes(error, "UnexpectedExit"):
        result: Any = getattr(error, "result", None)
        return AimError(f"{state.name}: the command {result.command!r} ended with exit {result.exited}")
    if is_invokes(error, "Exit"):
        return AimError(str(error))
    bug = OurBug(f"{type(error).__name__}: {error}")
    bug.__cause__ = error
    return bug


def _logged(bug: OurBug, state: TaskState) -> OurBug:
    """Put the traceback into a file shaped as an issue report; the screen gets one line."""
    from .. import __version__
    from ..files import append_line

    host = current_host()
    cause = bug.__cause__ or bug
    trace = "".join(traceback.format_exception(cause))
    report = (
        f"## {bug.message}\n\n"
        f"AIM {__version__}, Python {sys.version.split()[0]}, {host.system} {host.arch}, task {state.name}\n\n"
        f"```\n{trace}```\n"
    )
    path = host.folders.logs / "bug-report.md"
    try:
        append_line(path, report)
    except (AimError, OSError):
        return OurBug(bug.message, details=trace.splitlines(), remedy="report it with the lines above")
    return OurBug(f"this is a bug in AIM: {bug.message}", remedy=f"report it with the file {path}")


def _width() -> int:
    import shutil

    return shutil.get_terminal_size((80, 24)).columns
