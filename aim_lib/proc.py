"""Runs programs: argv in, exit code and text out, whole-tree stop. The only module that imports subprocess."""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from .errors import CommandFailed, Interrupted, MissingProgram, NotPermitted, Unsupported
from .processes import GRACE_S, birth, kill_deaf, stop_tree, terminate_tree

DRAIN_S = 1.0  # a daemon left behind may hold the pipe open for ever: after its parent's end wait no longer than this
BATCH_UNSAFE = set('"%!^&|<>()\r\n')

LineCallback = Callable[[str], None]


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
        out, err = Reader(process.stdout, tell), Reader(process.stderr, tell)
        try:
            if on_start is not None:
                on_start(*birth(process.pid))
            # In a thread: a program that does not read must not hold us beyond its time.
            threading.Thread(target=self._feed, args=(process, stdin), daemon=True).start()
            timed_out = not _wait(process, timeout_s)
        except BaseException:
            _stop(process, self.grace_s)
            raise
        finally:
            if process.poll() is None:
                _stop(process, self.grace_s)
            _close_quietly(process.stdin)
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
        program = resolve(argv[0], env)
        refuse_unsafe_batch(program, argv[1:])
        flags: dict[str, int] = {"process_group": 0} if os.name == "posix" else {"creationflags": 0x200}
        with _starting(program):
            process = subprocess.Popen(  # type: ignore[call-overload]
                [program, *argv[1:]],
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                **flags,
            )
        with self._mutex:
            self._running[process.pid] = process
        if self._cancelled.is_set():  # since we looked: `cancel` has not seen this one
            _stop(process, self.grace_s)
        return process  # type: ignore[no-any-return]

    @staticmethod
    def _feed(process: subprocess.Popen[bytes], text: str) -> None:
        if process.stdin is None:
            return
        with contextlib.suppress(OSError, ValueError):  # a program may end without reading its input
            process.stdin.write(text.encode())
            process.stdin.flush()
        _close_quietly(process.stdin)


def _close_quietly(pipe: IO[bytes] | None) -> None:
    """Close our end of a pipe whose other end may be gone."""
    if pipe is not None:
        with contextlib.suppress(OSError, ValueError):
            pipe.close()


class Reader:
    """Collects a pipe in a thread, decoding incrementally so that a character cut by a chunk's edge survives."""

    def __init__(self, pipe: IO[bytes] | None, on_line: LineCallback | None) -> None:
        self._pieces: list[str] = []
        self._pipe = pipe
        self._on_line = on_line
        self._rest = ""
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self) -> None:
        if self._pipe is None:
            return
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while chunk := os.read(self._pipe.fileno(), 65536):
            self._take(decoder.decode(chunk))
        self._take(decoder.decode(b"", final=True))
        if self._on_line is not None and self._rest.strip():
            self._on_line(self._rest.rstrip())
        self._pipe.close()

    def _take(self, text: str) -> None:
        self._pieces.append(text)
        if self._on_line is None:
            return
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line.strip():
                self._on_line(line.rstrip())

    def text(self) -> str:
        self._thread.join(DRAIN_S)
        return "".join(self._pieces)


def resolve(program: str, env: Mapping[str, str], cwd: Path | None = None) -> str:
    """The absolute path of `program` on env's PATH. Raises MissingProgram, or NotPermitted for a file without x.

    A path with a folder in it is taken from `cwd`, where the program will run.
    """
    if cwd is not None and os.path.dirname(program):  # noqa: PTH120 - Path would drop the "./" of "./configure"
        program = str(cwd.absolute() / program)
    found = shutil.which(program, path=env.get("PATH", ""))
    if found is None:
        plain = shutil.which(program, mode=os.F_OK, path=env.get("PATH", ""))
        if plain is not None:
            raise NotPermitted(f"{plain} may not be executed", remedy=f"chmod +x {plain}")
        raise MissingProgram(f"{program} is not on PATH", remedy=f"install {program}, or put its folder on PATH")
    return found


def refuse_unsafe_batch(program: str, args: Sequence[str]) -> None:
    """A .cmd or .bat re-reads its arguments as shell text, whatever the quoting: refuse what it could run."""
    if not program.lower().endswith((".cmd", ".bat")):
        return
    bad = next((arg for arg in args if BATCH_UNSAFE & set(arg)), None)
    if bad is not None:
        raise Unsupported(f"{program} is a batch file and cannot be given the argument {bad!r} safely")


def _stop(process: subprocess.Popen[bytes], grace_s: float) -> None:
    """End a program with its whole tree and reap it."""
    stop_tree(process.pid, grace_s)
    process.wait()


def _wait(process: subprocess.Popen[bytes], timeout_s: float) -> bool:
    """Whether the program ends within that time."""
    if process.poll() is None and _sleep_until_it_ends(process.pid, timeout_s):
        return process.poll() is not None
    try:
        process.wait(max(0.0, timeout_s) if process.returncode is None else None)
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
) -> subprocess.Popen[bytes]:
    """Start a program with its output in pipes, for a caller that reads and ends it itself.

    A str is a whole command line as Windows wants it (see `shell_line`). Without `has_stdin` its stdin is empty.
    Raises MissingProgram, NotPermitted or CommandFailed when it cannot be started.
    """
    if not isinstance(argv, str):
        program = resolve(argv[0], env, cwd)
        refuse_unsafe_batch(program, argv[1:])
        argv = [program, *argv[1:]]
    group: dict[str, int] = {"process_group": 0} if os.name == "posix" else {"creationflags": 0x200}
    with _starting(argv if isinstance(argv, str) else argv[0], cwd):
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            argv,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.PIPE if has_stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **(group if has_own_group else {}),
        )


def shell_line(command: str, shell: str) -> list[str] | str:
    """How `shell` is told to run a line: POSIX shells by -c, PowerShell by -Command, cmd.exe in its own quoting.

    Raises Unsupported for more than one line in cmd.exe, which would silently run the first alone.
    """
    name = Path(shell).stem.lower()
    if name == "cmd":
        command = command.strip()
        if "\n" in command:
            raise Unsupported("cmd.exe runs one line alone, and the command has more", remedy="call c.run once a line")
        # One string: cmd strips the outer quotes and takes what is between them as typed, as `subprocess` never would.
        return f'"{shell}" /d /s /c "{command}"'
    if name in ("pwsh", "powershell"):
        # By itself it ends with 1 for whatever code the program had.
        own_code = "if (-not $?) { if ($LASTEXITCODE) { exit $LASTEXITCODE } else { exit 1 } }"
        return [shell, "-NoProfile", "-NonInteractive", "-Command", f"{command}\n{own_code}"]
    # Invoke's default is bash, which a bare Alpine does not have.
    return [shell if os.name != "posix" or shutil.which(shell) else "/bin/sh", "-c", command]


def has_ended(process: subprocess.Popen[bytes], within_s: float) -> bool:
    """Whether the program ends within that time."""
    return _wait(process, within_s)


def interrupt_group(process: subprocess.Popen[bytes]) -> None:
    """What Ctrl-C would be to a program in a group of its own, and to all in that group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))


def is_readable(descriptor: int) -> bool:
    """Whether reading from a pipe would give something at once."""
    if os.name == "posix":
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return any(event & select.POLLIN for _, event in poll.poll(0))
    return _has_bytes(descriptor)


def _has_bytes(descriptor: int) -> bool:
    """`is_readable` on Windows, whose select knows no pipes."""
    import _winapi
    import msvcrt

    with contextlib.suppress(OSError):
        return bool(_winapi.PeekNamedPipe(msvcrt.get_osfhandle(descriptor), 0)[0])  # type: ignore[attr-defined]
    return False


@contextlib.contextmanager
def _starting(program: str, cwd: Path | None = None) -> Iterator[None]:
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
