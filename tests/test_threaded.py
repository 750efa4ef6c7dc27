"""The pump of Windows, which runs everywhere: threads and pipes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from aim_lib.redact import MASK

from .screens import ENV, PATIENCE_S, ROOT

SECRET = "sk-test-4c0ffee0123456789abcdef"
DRIVER = """
import json, sys
from aim_lib.host import current
from aim_lib.masking import compile_patterns
from aim_lib.orders import Order, Way
from aim_lib.threaded import run_threaded
fields, ways = json.loads(sys.argv[1]), [Way[name] for name in sys.argv[2].split()]
order = Order(argv=[sys.executable, "-S", "-c", sys.argv[3]], env=current().env, **fields)
ended = run_threaded(order, compile_patterns(order.values), ways)
sys.exit(8 if ended.timed_out else ended.exit_code)
"""


def started(code: str, ways: str = "PIPE PIPE", **order: Any) -> subprocess.Popen[bytes]:
    """The pump, running Python `code`."""
    fields = json.dumps({"values": [SECRET], "hold_s": 30, **order})
    env = {**ENV, "SYSTEMROOT": r"C:\Windows"} if sys.platform == "win32" else ENV  # noqa: TID251 - Python needs it there
    ends: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([sys.executable, "-c", DRIVER, fields, ways, code], cwd=ROOT, env=env, **ends)


def run(code: str, ways: str = "PIPE PIPE", stdin: bytes = b"", **order: Any) -> Sequence[object]:
    with started(code, ways, **order) as child:
        out, err = child.communicate(stdin, timeout=PATIENCE_S)
    return child.returncode, out.decode(), err.decode()


def test_both_streams_are_masked_and_stay_apart() -> None:
    """Each by itself, and the exit code is the program's."""
    code = f"import sys, os; os.write(1, b'out {SECRET}'); os.write(2, b'err {SECRET}'); sys.exit(7)"

    assert run(code) == (7, f"out {MASK}", f"err {MASK}")


def test_a_stream_of_a_person_is_left_alone() -> None:
    """The program has it itself."""
    code = f"import os; os.write(1, b'out {SECRET}'); os.write(2, b'err {SECRET}')"

    assert run(code, "PIPE OURS") == (0, f"out {MASK}", f"err {SECRET}")


def test_a_value_byte_by_byte_is_masked() -> None:
    """However the program writes it."""
    code = f"import os\nfor byte in b'a {SECRET} b': os.write(1, bytes([byte]))"

    assert run(code) == (0, f"a {MASK} b", "")


def test_stdin_is_the_programs() -> None:
    """To its end."""
    assert run("import sys; sys.stdout.write(sys.stdin.read()[::-1])", stdin=b"abc") == (0, "cba", "")


def test_what_is_held_back_comes_after_a_while() -> None:
    """A prompt that could be the beginning of a value is seen while the program waits."""
    code = f"import os, sys; os.write(1, b'{SECRET[:9]}'); sys.stdin.read(1); os.write(1, b'{SECRET[9:]}')"
    with started(code, hold_s=0.01) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        seen = child.stdout.read(9)
        child.stdin.write(b"\n")
        child.stdin.close()

        assert (seen.decode(), child.stdout.read().decode()) == (SECRET[:9], MASK)


def test_a_program_that_takes_too_long_is_stopped() -> None:
    """With its whole tree."""
    with started("input()", timeout_s=0.2, grace_s=0.1) as child:
        assert child.wait(PATIENCE_S) == 8


def test_a_daemon_does_not_hold_us() -> None:
    """It has the pipe, and is silent: we end after the program itself."""
    daemon = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'input()'], stderr=subprocess.DEVNULL)"
    with started(f"{daemon}; print('done', flush=True)") as child:
        assert child.stdout is not None
        out = child.stdout.read()

        assert (out.decode().split(), child.wait(PATIENCE_S)) == (["done"], 0)


def test_a_reader_that_leaves_ends_the_program() -> None:
    """It cannot write any more, as without us."""
    with started("import os\nwhile True: os.write(1, b'x' * 999)") as child:
        assert child.stdout is not None
        child.stdout.read(1)
        child.stdout.close()

        assert child.wait(PATIENCE_S) == 1
