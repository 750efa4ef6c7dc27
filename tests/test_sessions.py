"""A program whose output is masked on a terminal keeps a real one: size, keys, signals, job control, exit codes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from pathlib import Path

import pytest

from aim_lib.redact import MASK

from .screens import PYTHON, Screen, pumped
from .test_pump import SECRET, is_gone

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no such terminals")
MASKED = {"values": [SECRET], "masks_terminals": True, "hold_s": 30}
OWN_TERMINALS = "import os; print('terminals', *(os.isatty(n) for n in range(3)))"
ON_RESIZE = """
import os, signal
def say(*_): os.write(1, b"size %d %d\\n" % os.get_terminal_size(0))
signal.signal(signal.SIGWINCH, say)
say()
input()
"""


def shell(script: str) -> list[str]:
    return pumped(MASKED, "/bin/sh", "-c", script)


def test_what_is_printed_is_masked() -> None:
    """In both streams, which are one on a terminal; the exit code is the program's."""
    with Screen(shell(f"echo out {SECRET}; echo err {SECRET} >&2; exit 7")) as screen:
        text = screen.until("out", "err")

        assert (screen.close(), screen.text) == (7, f"out {MASK}\r\nerr {MASK}\r\n"), text


def test_without_being_asked_nothing_is_between() -> None:
    """A person at the terminal: the program has our process and the terminal itself."""
    with Screen(pumped({"values": [SECRET]}, "/bin/sh", "-c", f"echo $$ {SECRET}")) as screen:
        text = screen.until(SECRET)

        assert int(text.split()[0]) == screen.process.pid


def test_a_value_byte_by_byte_is_masked() -> None:
    """As a slow program prints it."""
    code = f"import os\nfor byte in b'a {SECRET} b': os.write(1, bytes([byte]))"
    with Screen(pumped(MASKED, *PYTHON, code)) as screen:
        assert (screen.close(), screen.text) == (0, f"a {MASK} b")


def test_all_three_streams_are_terminals() -> None:
    """The program sees no difference."""
    with Screen(pumped(MASKED, *PYTHON, OWN_TERMINALS)) as screen:
        screen.until("terminals True True True")

        assert screen.close() == 0


def test_a_redirected_stderr_is_a_pipe() -> None:
    """Masked by itself, while the other two stay terminals."""
    code = f"import os; {OWN_TERMINALS}; os.write(2, b'err {SECRET}')"
    ours, theirs = os.pipe()
    with Screen(pumped(MASKED, *PYTHON, code), others={"stderr": theirs}) as screen:
        os.close(theirs)
        screen.until("terminals True True False")

        assert (screen.close(), os.read(ours, 100)) == (0, f"err {MASK}".encode())
    os.close(ours)


def test_a_redirected_stdout_leaves_the_terminal_to_the_rest() -> None:
    """What goes into the pipe is masked, and so is what stderr shows on the terminal."""
    code = f"import os; {OWN_TERMINALS}; os.write(2, b'err {SECRET}')"
    ours, theirs = os.pipe()
    with Screen(pumped(MASKED, *PYTHON, code), others={"stdout": theirs}) as screen:
        os.close(theirs)
        assert (screen.close(), screen.text) == (0, f"err {MASK}")

        assert os.read(ours, 100) == b"terminals True False True\n"
    os.close(ours)


def test_a_redirected_stdin_leaves_the_screen_masked() -> None:
    """As behind a pipe: the program reads it itself."""
    ours, theirs = os.pipe()
    with Screen(shell(f"read x; echo $x {SECRET}"), others={"stdin": ours}) as screen:
        os.close(ours)
        os.write(theirs, b"read\n")
        os.close(theirs)

        assert (screen.close(), screen.text) == (0, f"read {MASK}\r\n")


def test_the_size_is_ours() -> None:
    """From the beginning, and each time it changes."""
    with Screen(pumped(MASKED, *PYTHON, ON_RESIZE), rows=33, columns=101) as screen:
        screen.until("size 101 33")
        screen.resize(44, 132)
        screen.until("size 132 44")
        screen.type("\n")

        assert screen.close() == 0


def test_a_new_size_is_seen_where_only_the_output_is_a_terminal() -> None:
    """The program has the signal of the real terminal, but looks at ours."""
    code = ON_RESIZE.replace("get_terminal_size(0)", "get_terminal_size(2)").replace("write(1", "write(2")
    ours, theirs = os.pipe()
    with Screen(pumped(MASKED, *PYTHON, code), others={"stdout": theirs}) as screen:
        os.close(theirs)
        screen.until("size 80 24")
        screen.resize(44, 132)
        screen.until("size 132 44")
        screen.type("\n")

        assert screen.close() == 0
    os.close(ours)


def test_keys_reach_the_program() -> None:
    """Echoed by its terminal, once; Ctrl-D is the end of its input."""
    with Screen(shell("echo ready; while read line; do echo got $line; done; echo end")) as screen:
        screen.until("ready")
        screen.type("one\n")
        screen.until("got one")
        screen.type("\x04")
        screen.until("end")

        assert (screen.close(), screen.text) == (0, "ready\r\none\r\ngot one\r\nend\r\n")


def test_what_is_typed_is_masked_too() -> None:
    """The echo of a pasted value is output as any other."""
    with Screen(shell("echo ready; read line; echo done")) as screen:
        screen.until("ready")
        screen.type(f"{SECRET}\n")
        screen.until("done")

        assert (screen.close(), SECRET in screen.text, MASK in screen.text) == (0, False, True)


def test_much_typed_ahead_arrives() -> None:
    """More than a terminal's own buffer takes waits until the program reads it."""
    lines = "".join(f"line {number}\n" for number in range(3000))
    with Screen(shell("stty -echo; echo ready; wc -l")) as screen:
        screen.until("ready")
        sent = 0
        while sent < len(lines):
            sent += os.write(screen.ours, lines[sent : sent + 512].encode())
        screen.type("\x04")
        screen.until("3000")

        assert screen.close() == 0


def test_ctrl_c_reaches_the_program() -> None:
    """It may handle it; we end as it does."""
    # Not by `input()`: Python never handles a signal that comes just before it begins to read.
    wait = "while True:\n    time.sleep(0.05)"
    code = (
        f"import signal, sys, time\nsignal.signal(2, lambda *_: sys.exit('caught'))\nprint('ready', flush=True)\n{wait}"
    )
    with Screen(pumped(MASKED, *PYTHON, code)) as screen:
        screen.until("ready")
        screen.type("\x03")
        screen.until("caught")

        assert screen.close() == 1


@pytest.mark.parametrize("order", [MASKED, {**MASKED, "masks_terminals": False, "timeout_s": 50}])
def test_ctrl_c_ends_the_program(order: dict[str, object]) -> None:
    """With the code a shell would tell; also where it is in our own group and we hear the signal as well."""
    with Screen(pumped(order, "/bin/sh", "-c", "echo ready; read x")) as screen:
        screen.until("ready")
        screen.type("\x03")

        assert screen.close() == 130


def test_sigterm_goes_on_to_the_program() -> None:
    """And the terminal is given back."""
    with Screen(shell("echo ready; read x")) as screen:
        screen.until("ready")
        screen.process.terminate()

        assert (screen.close(), screen.mode == screen.before) == (143, True)


def test_our_own_end_is_the_programs_end() -> None:
    """Killed so that we can do nothing: its terminal is gone with us, and it hears that."""
    with Screen(shell("echo $$ ready; read x; read x")) as screen:
        pid = int(screen.until("ready").split()[0])
        screen.process.kill()

        assert (screen.close(), is_gone(pid)) == (-signal.SIGKILL, True)


@pytest.mark.parametrize("argv", [("/bin/true",), ("no-such-tool",), ("/etc/hostname",)])
def test_the_terminal_is_given_back(argv: tuple[str, ...]) -> None:
    """In the mode it had, also when nothing could be started."""
    with Screen(pumped(MASKED, *argv)) as screen:
        screen.close()

        assert screen.mode == screen.before


def test_a_program_of_another_machine_is_named(tmp_path: Path) -> None:
    """The kernel refuses it after the terminal has been made ready."""
    program = tmp_path / "tool"
    program.write_text("\x7fELF no")
    program.chmod(0o755)

    with Screen(pumped(MASKED, str(program))) as screen:
        screen.until(f"error: {program} cannot be started: Exec format error")

        assert (screen.close(), screen.mode == screen.before) == (4, True)


def test_the_last_words_are_not_lost() -> None:
    """The program may have ended long before all of it is read."""
    with Screen(shell("i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; exit 9")) as screen:
        screen.until("line 1999")

        assert (screen.close(), screen.text.count("line ")) == (9, 2000)


def test_a_program_that_takes_too_long_is_stopped() -> None:
    """With its group, and its terminal is given back."""
    order = {**MASKED, "timeout_s": 0.3, "grace_s": 0.1}
    with Screen(pumped(order, "/bin/sh", "-c", "trap '' TERM; echo $$; while :; do read x; done")) as screen:
        pid = int(screen.until("\n"))

        assert (screen.close(), is_gone(pid), screen.mode == screen.before) == (8, True, True)


@pytest.mark.parametrize("order", [MASKED, {"values": [SECRET]}])
def test_no_core_is_dumped(order: dict[str, object]) -> None:
    """Also where the program has our place."""
    with Screen(pumped(order, "/bin/sh", "-c", "ulimit -c; ulimit -Hc")) as screen:
        assert (screen.close(), screen.text) == (0, "0\r\n0\r\n")


BASH = shutil.which("bash", path="/bin:/usr/bin:/usr/local/bin")


@pytest.mark.skipif(BASH is None, reason="job control is tried with bash")
def test_ctrl_z_suspends_and_fg_goes_on() -> None:
    """Under a real shell: the program stops, we with it, and both go on where they were."""
    line = " ".join(map(_quoted, shell("echo ready; read x; echo got $x; exit 7")))
    with Screen([sys.executable, "-c", IN_FRONT, str(BASH), "--norc", "--noprofile", "-i"]) as screen:
        screen.type(f"PS1='$ '; {line}; echo code $?\n")
        screen.until("\nready")
        screen.type("\x1a")
        screen.until("Stopped", "code 148\r\n$ ")
        screen.type("fg\n")
        screen.until("exit 7'\r\n", "$ fg\r\n")
        screen.type("again\n")
        screen.until("got again\r\n$ ")
        screen.type("echo code $?; exit\n")
        screen.until("code 7")
        screen.close()

    assert not re.search("rror", screen.text)


IN_FRONT = "import sys; from tests.pumped import take; import os; take(int(os.environ.pop('TAKES_TERMINAL'))); os.execv(sys.argv[1], sys.argv[1:])"  # noqa: E501


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
