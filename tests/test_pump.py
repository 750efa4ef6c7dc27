"""A program's output is masked in pipes, and everything else is as it would be without us."""

from __future__ import annotations

import base64
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import psutil
import pytest

from aim_lib.orders import Ends, Order, Way, ways
from aim_lib.pump import takes_our_place
from aim_lib.redact import MASK

from .screens import ENV, PATIENCE_S, PYTHON, ROOT, pumped

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals, groups and /bin/sh are POSIX's")
SECRET = "sk-test-4c0ffee0123456789abcdef"
KNOWN = {"values": [SECRET], "hold_s": 30}
TERMINAL, PIPES = Ends(True, True, True), Ends(False, False, False)


@contextmanager
def started(order: Mapping[str, Any], *argv: str, **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The pump running `argv` in a session without a terminal, its streams in pipes."""
    ends = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(pumped(order, *argv), cwd=ROOT, env=ENV, start_new_session=True, **{**ends, **more}) as child:
        yield child


def run(order: Mapping[str, Any], *argv: str, stdin: bytes = b"") -> tuple[int, str, str]:
    with started(order, *argv) as child:
        out, err = child.communicate(stdin, timeout=PATIENCE_S)
    return child.returncode, out.decode(errors="replace"), err.decode(errors="replace")


def is_gone(pid: int) -> bool:
    """Whether a process ends; a zombie has ended, and where nobody reaps orphans it stays one."""
    deadline = time.monotonic() + PATIENCE_S
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        while process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                return False
            with suppress(psutil.TimeoutExpired):
                process.wait(0.02)
    return True


def order(values: tuple[str, ...] = (SECRET,), **more: Any) -> Order:
    return Order(("tool",), {}, values, **more)


@pytest.mark.parametrize(
    ("wanted", "ends", "found"),
    [
        (order(), TERMINAL, (Way.OURS, Way.OURS)),
        (order(), PIPES, (Way.PIPE, Way.PIPE)),
        (order(), Ends(True, False, True), (Way.PIPE, Way.OURS)),
        (order(masks_terminals=True), TERMINAL, (Way.TERMINAL, Way.TERMINAL)),
        (order(masks_terminals=True), Ends(True, True, False), (Way.TERMINAL, Way.PIPE)),
        (order((), declared=("short",)), PIPES, (Way.PIPE, Way.PIPE)),
        (order((), masks_terminals=True), PIPES, (Way.OURS, Way.OURS)),
    ],
)
def test_what_is_masked(wanted: Order, ends: Ends, found: tuple[Way, Way]) -> None:
    """Whatever is no terminal, terminals when told to, nothing when there is nothing to mask."""
    assert ways(wanted, ends) == found


@pytest.mark.parametrize(
    ("wanted", "ends", "does"),
    [
        (order(), TERMINAL, True),
        (order(), Ends(False, True, True), True),
        (order(), Ends(True, True, False), False),
        (order(masks_terminals=True), TERMINAL, False),
        (order(timeout_s=9), TERMINAL, False),
        (order(()), PIPES, True),
    ],
)
def test_when_the_program_takes_our_place(wanted: Order, ends: Ends, does: bool) -> None:
    """When nothing of its output goes through us and nobody watches its time."""
    assert takes_our_place(wanted, ends) is does


def test_an_order_shows_neither_values_nor_arguments() -> None:
    """Not even in a traceback with local variables."""
    shown = repr(Order(("tool", "--key", SECRET), {"KEY": SECRET}, (SECRET,), (SECRET,)))

    assert SECRET not in shown


def test_both_streams_are_masked_and_stay_apart() -> None:
    """Each by itself, and the exit code is the program's."""
    done = run(KNOWN, "/bin/sh", "-c", f"echo out {SECRET}; echo err {SECRET} >&2; exit 7")

    assert done == (7, f"out {MASK}\n", f"err {MASK}\n")


@pytest.mark.parametrize("size", [1, 3, 4096])
def test_a_value_in_pieces_is_masked(size: int) -> None:
    """However the program writes it."""
    code = f"import os\ntext = b'a {SECRET} b'\nfor i in range(0, len(text), {size}): os.write(1, text[i:i + {size}])"

    assert run(KNOWN, *PYTHON, code) == (0, f"a {MASK} b", "")


def test_a_value_in_base64_is_masked() -> None:
    """As basic authentication has it."""
    encoded = base64.b64encode(f"user:{SECRET}".encode()).decode()

    code, out, _ = run(KNOWN, "/bin/sh", "-c", f"echo Authorization: Basic {encoded}")

    assert (code, MASK in out, encoded[8:-4] in out) == (0, True, False)


def test_what_holds_no_value_is_unchanged() -> None:
    """A megabyte of any bytes comes through as it went in, by way of the program's stdin."""
    noise = random.Random(5).randbytes(1 << 20)  # noqa: S311

    with started(KNOWN, "/bin/cat") as child:
        out, _ = child.communicate(noise, timeout=PATIENCE_S)

    assert (child.returncode, out) == (0, noise)


def test_the_end_of_stdin_is_heard() -> None:
    """The program has our stdin itself."""
    assert run(KNOWN, "/bin/sh", "-c", "while read line; do echo $line; done; echo end", stdin=b"1\n")[1] == "1\nend\n"


def test_what_is_held_back_comes_at_the_end() -> None:
    """The beginning of a value that never came is no secret."""
    assert run(KNOWN, "/bin/sh", "-c", f"printf {SECRET[:-1]}")[1] == SECRET[:-1]


def test_what_is_held_back_comes_after_a_while() -> None:
    """A prompt that could be the beginning of a value is seen while the program waits."""
    half = len(SECRET) // 2
    with started(
        {"values": [SECRET]}, "/bin/sh", "-c", f"printf {SECRET[:half]}; read x; printf {SECRET[half:]}"
    ) as it:
        assert it.stdin is not None
        assert it.stdout is not None
        seen = it.stdout.read(half)
        it.stdin.write(b"\n")
        it.stdin.close()
        rest = it.stdout.read()

    # What came too late to hide the beginning is masked all the same.
    assert (seen.decode(), rest.decode()) == (SECRET[:half], MASK)


@pytest.mark.parametrize(("name", "code"), [("TERM", 143), ("KILL", 137), ("SEGV", 139)])
def test_a_signal_that_ended_the_program_is_told_as_a_shell_tells_it(name: str, code: int) -> None:
    """128 and its number."""
    assert run(KNOWN, "/bin/sh", "-c", f"kill -{name} $$") == (code, "", "")


def test_sigterm_goes_on_to_the_program() -> None:
    """Which ends in its own way, and we after it with its code."""
    with started(KNOWN, "/bin/sh", "-c", "trap 'echo bye; exit 3' TERM; echo ready; while read x; do :; done") as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.terminate()
        rest = child.stdout.read()
        assert child.stdin is not None
        child.stdin.close()

    assert (rest, child.wait(PATIENCE_S)) == (b"bye\n", 3)


def test_sigterm_leaves_no_orphan() -> None:
    """Without a terminal the program leads a group, and all of it hears the signal."""
    with started(KNOWN, "/bin/sh", "-c", "exec 3<&0; /bin/sh -c 'echo $$; read x' <&3 & wait") as child:
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        child.terminate()
        code = child.wait(PATIENCE_S)

        assert (code, is_gone(pid)) == (143, True)


def test_a_program_that_takes_too_long_is_stopped_with_its_children() -> None:
    """Those that do not heed SIGTERM are killed after the grace."""
    script = "trap '' TERM; /bin/sh -c 'echo $$; read x; read x' <&3 & echo $!; wait; wait; read x <&3"
    limits = {**KNOWN, "timeout_s": 0.3, "grace_s": 0.1}
    with started(limits, "/bin/sh", "-c", f"exec 3<&0; {script}") as child:
        assert child.stdout is not None
        pids = [int(line) for line in child.stdout.read().split()]

        assert (child.wait(PATIENCE_S), {is_gone(pid) for pid in pids}) == (8, {True})


def test_a_reader_that_leaves_ends_the_program() -> None:
    """As it would in a pipe without us: by SIGPIPE."""
    with started(KNOWN, "yes", SECRET) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        child.stdout.close()

        assert (first, child.wait(PATIENCE_S)) == (f"{MASK}\n".encode(), 128 + signal.SIGPIPE)


def test_a_program_in_our_place_ends_by_sigpipe_too() -> None:
    """Python ignores that signal, and what it executes would inherit that."""
    with started({}, "yes") as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.stdout.close()

        assert child.wait(PATIENCE_S) == -signal.SIGPIPE


def test_a_program_in_our_place_has_our_process() -> None:
    """The same id, and nothing of ours stays."""
    with started({}, "/bin/sh", "-c", "echo $$") as child:
        out, _ = child.communicate(timeout=PATIENCE_S)

    assert int(out) == child.pid


def test_a_slow_reader_loses_nothing() -> None:
    """The program has ended before anything is read: what it printed waits in two pipes."""
    with started(KNOWN, "/bin/sh", "-c", "echo $$ >&2; head -c 100000 /dev/zero") as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert is_gone(int(child.stderr.readline()))
        out = child.stdout.read()

    assert len(out) == 100_000


def test_a_daemon_does_not_hold_us() -> None:
    """It has the pipe, and is silent: we end after the program itself."""
    with started(KNOWN, "/bin/sh", "-c", "exec 3<&0; /bin/sh -c 'read x' <&3 & echo done; exit 5") as child:
        assert child.stdout is not None
        out = child.stdout.read()

        assert (out, child.wait(PATIENCE_S)) == (b"done\n", 5)


def test_output_that_nobody_can_take_is_dropped() -> None:
    """A stdout that was closed from the beginning."""
    script = 'exec "$0" "$@" >&-'
    argv = ["/bin/sh", "-c", script, *pumped(KNOWN, "/bin/sh", "-c", f"echo {SECRET}; echo {SECRET} >&2; exit 4")]
    done = subprocess.run(argv, cwd=ROOT, env=ENV, stderr=subprocess.PIPE, timeout=PATIENCE_S, check=False)

    assert (done.returncode, done.stderr) == (4, f"{MASK}\n".encode())


@pytest.mark.parametrize("known", [KNOWN, {**KNOWN, "timeout_s": 50}])
def test_no_core_is_dumped(known: dict[str, Any]) -> None:
    """By the program or what it starts: its memory holds the secrets."""
    assert run(known, "/bin/sh", "-c", "ulimit -Sc; ulimit -Hc")[1] == "0\n0\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux hides a process's memory")  # noqa: TID251
def test_our_memory_is_hidden() -> None:
    """From every other process of the user."""
    code = (
        "from aim_lib import memory; memory.hide_memory(); import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=ENV, capture_output=True, text=True, check=True)

    assert done.stdout == "0\n"


def test_a_missing_program_is_named() -> None:
    """As everywhere, with code 3."""
    code, out, err = run(KNOWN, "no-such-tool", SECRET)

    assert (code, out, err) == (3, "", "error: no-such-tool is not on PATH\n")


def test_a_value_never_stands_in_an_error() -> None:
    """What cannot be executed is named, its arguments are not."""
    code, _, err = run({"values": []}, "/bin", SECRET)

    assert (code != 0, SECRET in err) == (True, False)
