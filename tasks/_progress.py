"""Shows what `apply` is doing: a live line per running change on a terminal, one plain line per event elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

from aim_lib.steps import Event

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

VERBS = {"start": "installing", "lock": "locking", "retry": "waiting", "undo": "putting back"}
ENDS = ("done", "failed", "blocked")


class PlainProgress:
    """One line on stderr for each thing that ends, goes wrong or is undone."""

    def __enter__(self) -> PlainProgress:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def __call__(self, event: Event) -> None:
        line = _line(event)
        if line:
            _write(line)

    def notice(self, text: str) -> None:
        _write(f"  {text}")


class LiveProgress:
    """A spinner per running change and a count of those done; what goes wrong stays above."""

    def __init__(self, total: int, console: Console | None = None) -> None:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.table import Column

        # A line too long for the terminal is cut: wrapped ones would jump, and push others off the screen.
        text = TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1))
        columns = (SpinnerColumn(), text, TimeElapsedColumn())
        self._progress: Progress = Progress(
            *columns, console=console or Console(stderr=True), transient=True, expand=True
        )
        self._tasks: dict[str, TaskID] = {}
        self._total = total
        self._ended = dict.fromkeys(ENDS, 0)
        self._count = self._progress.add_task(self._counted(), total=None)

    def __enter__(self) -> LiveProgress:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        key = event.change.id
        if event.kind in VERBS:
            text = _doing(event)
            if key in self._tasks:
                self._progress.update(self._tasks[key], description=text)
            else:
                self._tasks[key] = self._progress.add_task(text, total=None)
        elif key in self._tasks:
            self._progress.remove_task(self._tasks.pop(key))
        if event.kind in ENDS:
            self._ended[event.kind] += 1
            self._progress.update(self._count, description=self._counted())
        line = _line(event)
        if line and event.kind not in ("start", "lock", "done"):
            self._progress.console.print(line, markup=False, highlight=False)

    def _counted(self) -> str:
        more = "".join(f", {self._ended[end]} {end}" for end in ENDS[1:] if self._ended[end])
        return f"[dim]{self._ended['done']} of {self._total} done{more}[/dim]"

    def notice(self, text: str) -> None:
        self._progress.console.print(f"  {text}", markup=False, highlight=False)


def progress(total: int, *, is_quiet: bool, is_terminal: bool) -> Any:
    """The progress display that fits for `total` changes; a context manager to be called with each Event."""
    if is_quiet:
        return Silent()
    return LiveProgress(total) if is_terminal else PlainProgress()


class Silent(PlainProgress):
    """Nothing is shown."""

    def __call__(self, event: Event) -> None:
        return

    def notice(self, text: str) -> None:
        return


def _write(line: str) -> None:
    """One write, so that lines of two threads never share one."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _doing(event: Event) -> str:
    """What a change is at, with rich's markup; what others wrote is no markup."""
    from rich.markup import escape

    verb = "removing" if event.kind == "start" and not event.change.want else VERBS[event.kind]
    name = event.change.name
    more = event.text.removeprefix(f"{name}: ") or (_versions(event) if event.kind == "start" else "")
    return f"{verb} {escape(name)}{':' if event.text else ''} [dim]{escape(more)}[/dim]"


def _versions(event: Event) -> str:
    from aim_lib.states import in_words

    have, want = in_words(event.change.topic, event.change.have, event.change.want)
    if have == want:
        return f"{have} is made anew"
    return f"{have} → {'newest' if want == '*' else want}"


def _line(event: Event) -> str:
    name = event.change.name
    match event.kind:
        case "start":
            return f"  … {name} {_versions(event)}"
        case "lock":
            return f"  … {name} is being locked"
        case "done":
            now = event.text if event.change.topic == "tool" or not event.text else "in place"
            return f"  ● {name} {now or 'removed'}  {event.seconds:.1f} s"
        case "failed":
            return f"  ✗ {_named(name, event.text)}"
        case "blocked":
            return f"  - {name} {event.text}"
        case "retry":
            return f"  ! {_named(name, event.text)}"
        case "undone":
            return f"  ○ {name} is back to {_versions(event).partition(' → ')[0]}"
        case _:
            return ""


def _named(name: str, text: str) -> str:
    return text if text.startswith(name) else f"{name}: {text}"
