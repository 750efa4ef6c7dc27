"""Runs programs: argv in, exit code and text out, whole-tree stop. The only module that imports subprocess."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .errors import CommandFailed, Interrupted, MissingProgram, NotPermitted
from .pipes import LineCallback, Reader, close_quietly
from .processes import GRACE_S, birth, kill_deaf, stop_tree, terminate_tree
from .programs import refuse_unsafe_batch, resolve
from .signals import interrupt_put_off

# Where the three streams of a program lead: a descriptor, None for ours, PIPE for a pipe to it, NOWHERE.
Streams = tuple[int | None, int | None, int | None]
PIPE, NOWHERE = subprocess.PIPE, subprocess.DEVNULL


@dataclass(frozen=True, slots=True)
class Completed:
    """How a program ended. A `timed_out` one was stopped by us, with its whole tree."""

    argv: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str
    seconds: float
    timed_out: bool = False

    @property
    def is_ok(self) -> bool:
        return self.exit_code == 0 and not self.timed_out

    def last_words(self, lines: int = 6) -> str:
        """The last non-empty lines it printed, stderr before stdout."""
        spoken = [line.rstrip() for line in (self.stderr or self.stdout).splitlines() if line.strip()]
        return "\n".join(spoken[-lines:])


@dataclass(slots=True)
class Runner:
    """Starts programs and can stop all of them. Safe to use from several threads.

    `redact` is applied to every captured text. After `cancel`, every running tree is stopped and every
    further `run` raises Interrupted.
    """

    redact: Callable[[str], str] = str
    grace_s: float = GRACE_S
    _running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        timeout_s: float,
        cwd: Path | None = None,
        stdin: str = "",
        on_line: LineCallback | None = None,
        on_start: Callable[[int, float], None] | None = None,
    ) -> Completed:
        """Run `argv` with exactly `env`; stdin is `stdin` and then closed.

        `on_start` is told the pid and when it started (epoch seconds), so that an orphan can be found later.

        Raises MissingProgram when argv[0] cannot be found on env's PATH, NotPermitted when it cannot be executed,
        Interrupted after `cancel`. A time limit is not an exception: see `Completed.timed_out`.
        """
        started = time.monotonic()
        process = self._start(argv, env, cwd)
        tell = None if on_line is None else lambda line: on_line(self.redact(line))
        try:
            out, err = Reader(process.stdout, tell), Reader(process.stderr, tell)
            if on_start is not None:
                on_start(*birth(process.pid))
            # In a thread: a program that does not read must not hold us beyond its time.
            threading.Thread(target=self._feed, args=(process, stdin), daemon=True).start()
            timed_out = not has_ended(process, timeout_s)
        except BaseException:
            _stop(process, self.grace_s)
            raise
        finally:
            if process.poll() is None:
                _stop(process, self.grace_s)
            close_quietly(process.stdin)
            with self._mutex:
                self._running.pop(process.pid, None)
        stdout, stderr = self.redact(out.text()), self.redact(err.text())
        if self._cancelled.is_set():
            raise Interrupted(f"interrupted while running {Path(argv[0]).name}")
        return Completed(tuple(argv), process.returncode, stdout, stderr, time.monotonic() - started, timed_out)

    def cancel(self) -> None:
        """Stop every running program with its tree, SIGTERM first, SIGKILL for the deaf after the grace period.

        Refuses to start more until `resume`.
        """
        self._cancelled.set()
        with self._mutex:
            running = list(self._running.values())
        members = [member for process in running for member in terminate_tree(process.pid)]
        kill_deaf(members, self.grace_s)

    def pause(self, seconds: float) -> None:
        """Wait; `cancel` cuts it short."""
        self._cancelled.wait(seconds)

    def resume(self) -> None:
        """Allow programs to start again, for the undo that follows a cancel."""
        self._cancelled.clear()

    def _start(self, argv: Sequence[str], env: Mapping[str, str], cwd: Path | None) -> subprocess.Popen[bytes]:
        if self._cancelled.is_set():
            raise Interrupted(f"interrupted before running {Path(argv[0]).name}")
        # A signal in the midst of this would leave a program that nobody knows of; `cancel` stops those in `_running`.
        with interrupt_put_off():
            process = spawn(argv, env=env, cwd=cwd, has_stdin=True)
            with self._mutex:
                self._running[process.pid] = process
        if self._cancelled.is_set():  # since we looked: `cancel` has not seen this one
            _stop(process, self.grace_s)
        return process

    @staticmethod
    def _feed(process: subprocess.Popen[bytes], text: str) -> None:
        if process.stdin is None:
            return
        with contextlib.suppress(OSError, ValueError):  # a program may end without reading its input
            process.stdin.write(text.encode())
            process.stdin.flush()
        close_quietly(process.stdin)


def _stop(process: subprocess.Popen[bytes], grace_s: float) -> None:
    """End a program with its whole tree and reap it."""
    stop_tree(process.pid, grace_s)
    process.wait()


def has_ended(process: subprocess.Popen[bytes], within_s: float) -> bool:
    """Whether the program ends within that time."""
    if process.poll() is None and _sleep_until_it_ends(process.pid, within_s):
        return process.poll() is not None
    try:
        process.wait(max(0.0, within_s) if process.returncode is None else None)
    except subprocess.TimeoutExpired:
        return False
    return True


def _sleep_until_it_ends(pid: int, timeout_s: float) -> bool:
    """Sleep until then or until the time is over; False where the system cannot, at once.

    `Popen.wait` with a time limit looks every so often instead, in the end only every 50 ms.
    """
    try:
        handle = os.pidfd_open(pid)  # Linux
    except (AttributeError, OSError):
        return False
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.poll(max(0.0, timeout_s) * 1000)
    finally:
        os.close(handle)
    return True


def spawn(
    argv: Sequence[str] | str,
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    has_stdin: bool = False,
    has_own_group: bool = True,
    is_heard: bool = True,
    streams: Streams | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program with its output in pipes, for a caller that reads and ends it itself.

    A str is a whole command line as Windows wants it (see `shell_line`). Without `has_stdin` its stdin is empty;
    one that is not heard may go on after our end. `streams` says otherwise for all three.
    Raises MissingProgram, NotPermitted or CommandFailed when it cannot be started.
    """
    if not isinstance(argv, str):
        program = resolve(argv[0], env, cwd)
        refuse_unsafe_batch(program, argv[1:])
        argv = [program, *argv[1:]]
    group: dict[str, int] = {"process_group": 0} if os.name == "posix" else {"creationflags": 0x200}
    said = PIPE if is_heard else NOWHERE
    ends = streams or (PIPE if has_stdin else NOWHERE, said, said)
    ways = dict(zip(("stdin", "stdout", "stderr"), ends, strict=True)) | (group if has_own_group else {})
    with starting(argv if isinstance(argv, str) else argv[0], cwd):
        return subprocess.Popen(argv, env=dict(env), cwd=cwd, **ways)  # type: ignore[call-overload,no-any-return]


def interrupt_group(process: subprocess.Popen[bytes]) -> None:
    """What Ctrl-C would be to a program in a group of its own, and to all in that group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))


@contextlib.contextmanager
def starting(program: str, cwd: Path | None = None) -> Iterator[None]:
    """What can go wrong when a program is started, in words."""
    try:
        yield
    except PermissionError as error:
        raise NotPermitted(f"{program} may not be executed", remedy=f"chmod +x {program}") from error
    except FileNotFoundError as error:
        if cwd is not None and not cwd.is_dir():
            raise CommandFailed(f"{program} cannot be started in {cwd}: there is no such folder") from error
        raise MissingProgram(f"{program} cannot be started: {error.strerror or error}") from error
    except OSError as error:  # made for another kind of machine, or no memory for one more process
        raise CommandFailed(f"{program} cannot be started: {error.strerror or error}") from error


def own_pid() -> int:
    """This process's id, for the card of whoever holds the lock."""
    return os.getpid()


def run_attached(argv: Sequence[str], *, env: Mapping[str, str], cwd: Path | None = None) -> int:
    """Run `argv` on our own stdin, stdout and stderr, as a shell would; returns its exit code.

    Ctrl-C reaches it through the terminal; we wait for its own way of ending.
    """
    process = subprocess.Popen([resolve(argv[0], env), *argv[1:]], env=dict(env), cwd=cwd)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
