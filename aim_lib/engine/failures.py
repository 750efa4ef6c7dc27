"""Whatever ended a task as one error of ours: a sentence, an exit code and, for the unforeseen, a traceback in a file.

Exceptions of Invoke and of `subprocess` are told by name, so that neither is imported here.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any

from ..errors import AimError, CommandFailed, Failed, Interrupted, NotPermitted, OurBug, TookTooLong
from ..host import current as current_host
from .run import TaskState

LAST_LINES = 6


def explain(error: BaseException, state: TaskState) -> AimError:
    """`error`, which ended the task of `state`, as an AimError with the exit code of its kind."""
    if isinstance(error, AimError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Interrupted("interrupted", remedy="run the same command again to go on")
    if is_exit(error):
        return _exit(error)
    result: Any = getattr(error, "result", None)
    if is_invokes(error, "UnexpectedExit"):
        words = f"{state.name}: the command {result.command!r} ended with exit {result.exited}"
        return CommandFailed(words, details=_last_words(result))
    if is_invokes(error, "CommandTimedOut"):
        limit = getattr(error, "timeout", "its")
        return TookTooLong(f"{state.name}: the command {result.command!r} was stopped after {limit} s")
    if is_invokes(error, "AuthFailure"):
        return NotPermitted(f"{state.name}: {error}")
    if is_invokes(error, "Failure"):
        return CommandFailed(f"{state.name}: {getattr(error, 'reason', None) or error}", details=_last_words(result))
    return _told_by_kind(error, state) or _unforeseen(error, state)


def child_code(error: BaseException | None) -> int | None:
    """The exit code of the program whose failure `error` reports, or None."""
    if error is None:
        return None
    result = getattr(error, "result", None)
    code = getattr(result, "exited", None) if result is not None else getattr(error, "returncode", None)
    return code if isinstance(code, int) else child_code(error.__cause__)


def is_exit(error: BaseException) -> bool:
    """Whether a task left by itself: SystemExit, or Invoke's Exit."""
    return isinstance(error, SystemExit) or is_invokes(error, "Exit")


def is_invokes(error: BaseException, name: str) -> bool:
    """Whether `error` is of Invoke's exception class `name`, asked without importing Invoke."""
    return _is_of(error, "invoke.exceptions", name)


def _is_of(error: BaseException, module: str, name: str) -> bool:
    return any(kind.__name__ == name and kind.__module__ == module for kind in type(error).__mro__)


def _exit(error: BaseException) -> AimError:
    """An error with the code that a task left with; its message is empty when it gave none."""
    code: Any = getattr(error, "code", 1)
    message = str(getattr(error, "message", None) or (code if isinstance(code, str) else ""))
    left = AimError(message)
    left.exit_code = code if isinstance(code, int) else int(code is not None)
    return left


def _told_by_kind(error: BaseException, state: TaskState) -> AimError | None:
    if _is_of(error, "subprocess", "CalledProcessError"):
        code = getattr(error, "returncode", "?")
        return CommandFailed(f"{state.name}: the command {getattr(error, 'cmd', '?')!r} ended with exit {code}")
    if isinstance(error, TimeoutError) or _is_of(error, "subprocess", "TimeoutExpired"):
        return TookTooLong(f"{state.name}: {error}")
    if isinstance(error, PermissionError):
        return NotPermitted(f"{state.name}: {error}", details=_place(error))
    return None


def _unforeseen(error: BaseException, state: TaskState) -> AimError:
    """An exception nobody caught: our bug in a command of ours, else the task's failure; with a traceback in a file."""
    sentence = f"{type(error).__name__}: {error}".removesuffix(": ")
    path = _write_report(error, sentence, state)
    if state.is_command:
        if path:
            return OurBug(f"this is a bug in AIM: {sentence}", remedy=f"report it with the file {path}")
        trace = "".join(traceback.format_exception(error)).splitlines()
        return OurBug(f"this is a bug in AIM: {sentence}", details=trace, remedy="report it with the lines above")
    remedy = f"read the traceback in {path}" if path else ""
    return Failed(f"{state.name}: {sentence}", details=_place(error), remedy=remedy)


def _place(error: BaseException) -> tuple[str, ...]:
    """file:line where the exception was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return (f"at {frames[-1].filename}:{frames[-1].lineno}",) if frames else ()


def _last_words(result: Any) -> tuple[str, ...]:
    """The last lines of a command whose output nobody has seen."""
    hidden = getattr(result, "hide", ())
    text = (result.stderr if "stderr" in hidden else "") or (result.stdout if "stdout" in hidden else "")
    return tuple([line.rstrip() for line in text.splitlines() if line.strip()][-LAST_LINES:])


def _write_report(error: BaseException, sentence: str, state: TaskState) -> str:
    """Append the traceback to a file shaped as an issue report; its path, or "" when it cannot be written."""
    from .. import __version__
    from ..files import append_line
    from .run import current_run

    host = current_host()
    report = (
        f"## {sentence}\n\n"
        f"AIM {__version__}, Python {sys.version.split()[0]}, {host.system} {host.arch}, task {state.name}\n\n"
        f"```\n{''.join(traceback.format_exception(error))}```\n"
    )
    path = host.folders.logs / "bug-report.md"
    try:
        append_line(path, current_run().redact(report))
    except (AimError, OSError):
        return ""
    return str(path)
