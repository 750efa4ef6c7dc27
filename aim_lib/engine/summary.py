"""What a run says about its tasks: a heading for each, the error that ended one, the closing table and last line.

All of it goes to stderr: stdout belongs to the tasks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import AimError
from ..host import Host
from ..host import current as current_host
from ..reports import Look
from . import github
from .run import BLOCKED, CANCELLED, CHANGED, FAILED, OK, SKIPPED, UP_TO_DATE, Run, TaskState
from .sinks import write_safely

if TYPE_CHECKING:
    from .sinks import Sink

MARKS = {
    OK: ("✓", "+", "32"),
    CHANGED: ("●", "*", "36"),
    FAILED: ("✗", "x", "31"),
    SKIPPED: ("○", "-", "2"),
    UP_TO_DATE: ("○", "-", "2"),
    BLOCKED: ("✗", "x", "33"),
    CANCELLED: ("✗", "x", "33"),
}
QUIET_STATES = frozenset({OK, SKIPPED, UP_TO_DATE})
LONG_TABLE = 40
NAME_WIDTH = 40


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
        is_terminal=is_terminal,
    )


def print_out(text: str) -> None:
    """Write to stdout; a reader that has gone away (`| head`) ends the talking, not the work."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_err(text: str) -> None:
    """Write to stderr what stderr can show, after what stdout still holds."""
    try:
        sys.stdout.flush()
        write_safely(sys.stderr, text)
    except (BrokenPipeError, ValueError):  # its reader has gone away, or it is closed
        return


def heading(state: TaskState, run: Run) -> str:
    """The line above a task's output in a chain, "" where there is none: the reader sees whose lines follow."""
    if not run.is_chain or run.options.quiet or run.options.format != "terminal":
        return ""
    host = run.host or current_host()
    if github.is_on(host):
        return github.open_group(state.label)
    from ..reports.terminal import paint

    look = look_of(sys.stderr, host)
    rule = "──" if look.has_unicode else "--"
    return f"{paint(f'{rule} {state.label}', '1;34', look)}\n"


def closing(run: Run) -> str:
    """The line below a task's output, or ""."""
    return github.CLOSE_GROUP if heading(TaskState(name=""), run) and github.is_on(run.host or current_host()) else ""


def begin_task(state: TaskState, run: Run, sink: Sink | None = None) -> None:
    """Show a task's heading; that of a task with a sink is shown with its block."""
    if sink is None and (text := heading(state, run)):
        print_err(text)


def end_task(run: Run, sink: Sink | None = None) -> None:
    if sink is None and (text := closing(run)):
        print_err(text)


def say_error(error: AimError, run: Run | None = None) -> None:
    """`error:` and `fix:` on stderr, details between them."""
    from ..reports.terminal import paint, plain

    look = look_of(sys.stderr, current_host())
    lines = [f"{paint('error:', '1;31', look)} {error.message}", *(f"  {line}" for line in error.details)]
    if error.remedy:
        lines.append(f"{paint('fix:', '1;36', look)} {error.remedy}")
    text = "\n".join(lines) + "\n"
    text = run.redact(text) if run is not None else text
    print_err(text if look.has_unicode else plain(text))


def close(run: Run, code: int) -> None:
    """The closing table and the last line, unless the only task is a command of ours, which has said all."""
    from . import record

    if run.options.format != "terminal" or (run.options.quiet and not code) or run.is_one_command:
        return
    from ..reports.terminal import paint, plain

    host = run.host or current_host()
    look = look_of(sys.stderr, host)
    lines = [run.redact(line) for line in (*_annotations(run, host), *_table(run, look), *_warnings(run, look))]
    result = record.ending(run, code)
    words = {record.BROKEN: "FAILED", record.ABORTED: "ABORTED"}.get(result, result)
    colour = "31" if code else "33" if result != record.SUCCEEDED else "32"
    counts = (
        f"{_count(len(run.states), 'task')}, {_count(record.errors(run), 'error')}, "
        f"{_count(record.warnings(run), 'warning')}, {_seconds(record.seconds(run))}"
    )
    lines.append(f"{paint(f'Build {words}.', f'1;{colour}', look)} {counts}")
    text = "\n".join(lines) + "\n"
    print_err(text if look.has_unicode else plain(text))


def _annotations(run: Run, host: Host) -> list[str]:
    return github.annotate(run.states, host) if github.is_on(host) else []


def _table(run: Run, look: Look) -> Iterator[str]:
    """One line a task; of very many only those worth reading."""
    if not run.is_chain and all(state.state == FAILED or not state.reason for state in run.states):
        return
    shown = [state for state in run.states if len(run.states) <= LONG_TABLE or state.state not in QUIET_STATES]
    width = min(max((len(state.label) for state in shown), default=0), NAME_WIDTH)
    words = max((len(_word(state)) for state in shown), default=0)
    yield from [""] if run.is_chain else []
    for state in shown:
        yield _row(state, width, words, look)
    if len(shown) < len(run.states):
        yield f"  {'…' if look.has_unicode else '...'} and {len(run.states) - len(shown)} more that are fine"


def _row(state: TaskState, width: int, words: int, look: Look) -> str:
    from ..reports.terminal import paint

    fancy, simple, colour = MARKS.get(state.state, ("?", "?", ""))
    mark = paint(fancy if look.has_unicode else simple, colour, look)
    seconds = _seconds(state.seconds) if state.seconds else ""
    first = state.reason.partition("\n")[0].removeprefix(f"{state.name}: ")
    word = paint(f"{_word(state):{words}}", colour, look)
    return f"  {mark} {state.label:{width}}  {word} {seconds:>8}  {first}".rstrip()


def _word(state: TaskState) -> str:
    return f"{state.state}, tolerated" if state.is_tolerated and state.state == FAILED else state.state


def _warnings(run: Run, look: Look) -> Iterator[str]:
    """What was warned of, once more, where it is read."""
    from ..reports.terminal import paint

    for name, warnings in [("", run.warnings), *((state.name, state.warnings) for state in run.states)]:
        for text in warnings:
            yield f"{paint('warning:', '33', look)} {f'{name}: ' if name else ''}{text}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _seconds(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}m {rest:02.0f} s" if minutes else f"{seconds:.1f} s"


def _width() -> int:
    import shutil

    return shutil.get_terminal_size((80, 24)).columns
