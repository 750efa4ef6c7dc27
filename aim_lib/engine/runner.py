"""Runs commands for `c.run`: linear output, whole characters, whole-tree stop, stdin left alone, argv lists.

Replaces Invoke's `Local`, whose output handling is quadratic, which cuts characters at chunk edges, kills only the
shell at a time limit, and swallows the stdin of whoever called it.
"""

from __future__ import annotations

import codecs
import re
import shlex
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any

from invoke.exceptions import CommandTimedOut, Failure, ThreadException, UnexpectedExit, WatcherError
from invoke.runners import Local, Result

from .. import proc
from ..pipes import close_quietly, is_readable
from ..processes import family, stop_survivors, stop_tree
from ..programs import shell_line
from ..signals import interrupt_put_off, is_by_keyboard
from .context import EngineContext
from .run import current_run
from .sinks import output_sink, write_safely

if TYPE_CHECKING:
    from subprocess import Popen

    from invoke import Context

CHUNK_BYTES = 65536
POLL_S = 0.2
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class EngineRunner(Local):
    """One command. At a time limit, on Ctrl-C and on SIGTERM its whole process tree is asked to end, then killed."""

    read_chunk_size = CHUNK_BYTES
    process: Popen[bytes]
    using_pty = False
    _has_process = False
    _argv: tuple[str, ...] | None = None
    _ok: frozenset[int] = frozenset((0,))
    _is_out_of_time = False
    _shares_terminal = False
    _is_running = False

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.threads = {}
        self._idle: set[threading.Thread] = set()  # readers that wait for the program to say something

    def run(self, command: str | Sequence[str], **kwargs: Any) -> Result:
        self.task_run = current_run()
        self._argv = None if isinstance(command, str) else tuple(map(str, command))
        ok = kwargs.pop("ok", (0,))
        self._ok = frozenset((ok,) if isinstance(ok, int) else ok)
        shown = command if isinstance(command, str) else shlex.join(self._argv or ())
        try:
            return super().run(shown, **kwargs)
        except BaseException:
            # A signal may come before anybody waits for the program.
            if self._is_running and not self._disowned:
                self.kill()
                self._close_pipes()
            raise

    def _unify_kwargs_with_config(self, kwargs: Any) -> None:
        """Invoke's, but stdin is read only when asked for, and a task beside others writes to its own sink."""
        configured = self.context.config.run
        wants_pty = kwargs.get("pty", configured.pty)
        if kwargs.get("in_stream") is None and configured.in_stream is None:
            kwargs["in_stream"] = sys.stdin if wants_pty else False
        own = {name: kwargs.get(name) or configured[name] for name in ("out_stream", "err_stream")}
        super()._unify_kwargs_with_config(kwargs)
        sink = output_sink()
        if sink is not None:
            self.streams["out"] = own["out_stream"] or sink.out
            self.streams["err"] = own["err_stream"] or sink.err

    def echo(self, command: str) -> None:
        stream = self.streams["out"]
        shown = self.opts["echo_format"].format(command=self.task_run.redact(command))
        if not (hasattr(stream, "isatty") and stream.isatty()):
            shown = ESCAPE.sub("", shown)  # Invoke's own format makes it bold, also in a file
        self.write_our_output(stream, f"{shown}\n")

    # --- starting and stopping ---------------------------------------------------------------------------------

    def start(self, command: str, shell: str, env: dict[str, Any]) -> None:
        self.task_run.may_start_programs()
        if self.using_pty:
            super().start(command, shell, env)
        else:
            self._shares_terminal = _has_terminal() and output_sink() is None and not self._disowned
            with interrupt_put_off():
                self.process = proc.spawn(
                    self._argv or shell_line(command, shell),
                    env={str(name): str(value) for name, value in env.items()},
                    cwd=self.context.folder if isinstance(self.context, EngineContext) else None,
                    has_stdin=bool(self.streams["in"] or self.watchers),
                    has_own_group=not self._shares_terminal,
                    is_heard=not self._disowned,
                )
                self._has_process = self._is_running = True
        self._is_running = True
        if not self._disowned:
            self.task_run.started(self)
            self.task_run.may_start_programs()  # asked again: who has stopped everything since has not seen this one

    def start_timer(self, timeout: float | None) -> None:
        def end() -> None:
            self._is_out_of_time = True
            self.kill()

        if timeout is not None:
            self._timer = threading.Timer(timeout, end)
            self._timer.daemon = True
            self._timer.start()

    def stop(self) -> None:
        task_run = getattr(self, "task_run", None)
        if task_run is not None:
            task_run.ended(self)
        super().stop()
        self._close_pipes()

    def _close_pipes(self) -> None:
        """Close what nobody reads any more; a daemon that was left behind keeps its pipe, and its reader."""
        if not self._has_process:
            return
        close_quietly(self.process.stdin)
        for target, pipe in ((self.handle_stdout, self.process.stdout), (self.handle_stderr, self.process.stderr)):
            thread = self.threads.get(target)
            if thread is None or not thread.is_alive():
                close_quietly(pipe)

    def kill(self) -> None:
        """End the whole tree: SIGTERM, a grace period, SIGKILL."""
        stop_tree(self.get_pid(), self.task_run.grace_s)
        if self._has_process:
            proc.has_ended(self.process, self.task_run.grace_s)  # and reap it

    def send_interrupt(self, interrupt: KeyboardInterrupt) -> None:
        """Tell the program of Ctrl-C; one that shares our terminal has been told by it already."""
        if self.using_pty:
            super().send_interrupt(interrupt)
        elif not self._shares_terminal:
            proc.interrupt_group(self.process)

    # --- waiting -------------------------------------------------------------------------------------------------

    def wait(self) -> None:
        if self.using_pty:
            super().wait()
            return
        while not proc.has_ended(self.process, POLL_S) and not self.has_dead_threads:
            pass

    def _finish(self) -> Result:
        was_interrupted = self._wait_for_the_end()
        self._is_running = False
        self.program_finished.set()
        self._drain()
        errors = [wrapped for thread in self.threads.values() if (wrapped := thread.exception()) is not None]
        watchers = [wrapped.value for wrapped in errors if isinstance(wrapped.value, WatcherError)]
        if len(errors) > len(watchers):
            self.kill()  # nobody reads what it says: it would wait for ever
            raise ThreadException([wrapped for wrapped in errors if not isinstance(wrapped.value, WatcherError)])
        result = self._collate_result(watchers)
        if was_interrupted:
            raise KeyboardInterrupt
        if watchers:
            raise Failure(result, reason=watchers[0])
        if self._is_out_of_time:
            raise CommandTimedOut(result, timeout=self.opts["timeout"])
        if result.exited not in self._ok and not self.opts["warn"]:
            raise UnexpectedExit(result)
        return result

    def _wait_for_the_end(self) -> bool:
        """Wait; on Ctrl-C tell the program and give it the grace period. True when the run is to end as interrupted."""
        try:
            self.wait()
        except KeyboardInterrupt as interrupt:
            if self.using_pty and is_by_keyboard(interrupt):
                self.send_interrupt(interrupt)  # an interactive program decides itself what Ctrl-C means
                self.wait()
                return False
            self._end_by(interrupt)
            return True
        return False

    def _end_by(self, interrupt: KeyboardInterrupt) -> None:
        """Ctrl-C is passed on and given the grace period; other signals, and the deaf, end the tree."""
        try:
            members = family(self.get_pid())
            if is_by_keyboard(interrupt):
                self.send_interrupt(interrupt)
                if proc.has_ended(self.process, self.task_run.grace_s):
                    # Shells start background jobs deaf to Ctrl-C.
                    stop_survivors(members, self.get_pid(), self.task_run.grace_s)
                    return
            self.kill()
        except KeyboardInterrupt:  # a second one: no more patience
            stop_tree(self.get_pid(), 0.0)
            raise

    def _drain(self) -> None:
        """Let the readers take what is left. A daemon that still holds a pipe is not waited for."""
        for target, thread in self.threads.items():
            if target == self.handle_stdin:
                continue
            quiet = 0
            while thread.is_alive() and quiet < 3:
                thread.join(0.02)
                quiet = quiet + 1 if thread in self._idle and not self._has_more(target) else 0

    def _has_more(self, target: Callable[..., Any]) -> bool:
        if self.using_pty:
            return is_readable(self.parent_fd)
        pipe = self.process.stdout if target == self.handle_stdout else self.process.stderr
        return pipe is not None and is_readable(pipe.fileno())

    # --- output --------------------------------------------------------------------------------------------------

    def read_proc_output(self, reader: Callable[[int], bytes | None]) -> Iterator[str]:  # type: ignore[override]
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        here = threading.current_thread()
        while True:
            self._idle.add(here)
            data = reader(self.read_chunk_size)
            self._idle.discard(here)
            yield decoder.decode(data or b"", final=not data)
            if not data:
                return

    def write_our_output(self, stream: IO[str], string: str) -> None:
        write_safely(stream, string)

    def respond(self, buffer_: list[str]) -> None:
        if self.watchers:
            super().respond(buffer_)


def _has_terminal() -> bool:
    """Whether someone sits before us: programs then share our terminal, to ask for a passphrase and to hear Ctrl-C."""
    return sys.stdin is not None and sys.stdin.isatty()
