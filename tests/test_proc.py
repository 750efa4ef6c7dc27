"""Running programs: real children, real trees, real limits."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from aim_lib.errors import AimError, Interrupted, MissingProgram, NotPermitted, Unsupported
from aim_lib.proc import Completed, Runner, run_attached
from aim_lib.processes import is_alive, stop_pid
from aim_lib.programs import refuse_unsafe_batch, resolve
from aim_lib.redact import Redactor
from tests.fakes import stub

ENV = {"PATH": "/usr/bin:/bin"}
PYTHON = (sys.executable, "-I", "-S", "-X", "utf8", "-c")
LONG_S = 60.0
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(300)"


def run(*argv: str, timeout_s: float = LONG_S, grace_s: float = 0.3, **more: object) -> Completed:
    return Runner(grace_s=grace_s).run(argv, env=ENV, timeout_s=timeout_s, **more)  # type: ignore[arg-type]


def lives(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be collected does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def eventually(claim: Callable[[], bool], limit_s: float = 10.0) -> bool:
    """Whether `claim` comes true within the limit."""
    end = time.monotonic() + limit_s
    pause = threading.Event()
    while not claim() and time.monotonic() < end:
        pause.wait(0.01)
    return claim()


@dataclass
class Background:
    """A call in a thread of its own, so that one that never returns fails its test instead of hanging it."""

    call: Callable[[], Completed]
    ended: list[Completed | AimError] = field(default_factory=list)

    def start(self) -> Background:
        self.thread = threading.Thread(target=self._call, daemon=True)
        self.thread.start()
        return self

    def _call(self) -> None:
        try:
            self.ended.append(self.call())
        except AimError as error:
            self.ended.append(error)

    def wait(self, limit_s: float = 10.0) -> Completed | AimError | None:
        self.thread.join(limit_s)
        return self.ended[0] if self.ended else None


@pytest.fixture
def pids() -> Iterator[list[int]]:
    """Ids of processes that must not outlive the test."""
    noted: list[int] = []
    yield noted
    for pid in noted:
        stop_pid(pid, grace_s=0.1)


# --- results --------------------------------------------------------------------------------------------------------


def test_a_program_answers_with_code_and_text() -> None:
    """Exit code and both streams come back as they are."""
    done = run(*PYTHON, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")

    assert (done.exit_code, done.stdout, done.stderr, done.timed_out) == (3, "out\n", "err\n", False)
    assert not done.is_ok


def test_last_words_prefer_stderr() -> None:
    """The last lines that say something, from stderr when it spoke."""
    done = Completed(("x",), 1, "out\n", "one\n\n two \n\nthree\n", 0.0)

    assert done.last_words(2) == " two\nthree"


def test_last_words_of_a_silent_stderr_are_stdouts() -> None:
    """npm, for one, reports on stdout."""
    assert Completed(("x",), 1, "out\n", "", 0.0).last_words() == "out"


def test_the_environment_is_exactly_the_given_one() -> None:
    """Nothing of our own environment leaks into a child."""
    done = run("/usr/bin/env")

    assert done.stdout.splitlines() == ["PATH=/usr/bin:/bin"]


def test_standard_input_is_closed() -> None:
    """A program that asks a question gets an end of file, not a hang."""
    done = run(*PYTHON, "import sys; print(repr(sys.stdin.read()))")

    assert done.stdout == "''\n"


def test_standard_input_is_what_was_given() -> None:
    """Text for a child arrives as UTF-8."""
    done = run(*PYTHON, "import sys; print(sys.stdin.read().upper())", stdin="naïve\n")

    assert done.stdout == "NAÏVE\n\n"


def test_a_program_may_end_without_reading_its_input() -> None:
    """The broken pipe is nobody's failure."""
    done = run("true", stdin="x" * 1_000_000)

    assert done.exit_code == 0


def test_the_time_limit_holds_while_input_is_not_read() -> None:
    """A child that never reads a long input is stopped when its time is over."""
    call = Background(lambda: run("sleep", "30", timeout_s=0.3, stdin="x" * 1_000_000)).start()

    said = call.wait(3.0)

    assert isinstance(said, Completed)
    assert said.timed_out


def test_characters_cut_by_a_chunk_survive() -> None:
    """A megabyte of two-byte characters, shifted by one byte, comes back whole."""
    done = run(*PYTHON, "import sys; sys.stdout.write('x' + 'é' * 1_000_000)")

    assert done.stdout == "x" + "é" * 1_000_000


def test_bytes_that_are_no_text_are_replaced() -> None:
    """A binary blob in the output does not raise."""
    done = run(*PYTHON, r"import sys; sys.stdout.buffer.write(b'a\xffb\xc3')")

    assert done.stdout == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"


def test_much_output_on_both_streams_does_not_block() -> None:
    """Twenty megabytes on each stream, more than any pipe holds."""
    done = run(*PYTHON, "import sys; sys.stderr.write('e' * 20_000_000); sys.stdout.write('o' * 20_000_000)")

    assert (len(done.stdout), len(done.stderr)) == (20_000_000, 20_000_000)


def test_lines_are_told_while_it_runs() -> None:
    """Each line that says something, without its end, as soon as it is there."""
    lines: list[str] = []

    run(*PYTHON, "print('one\\n\\ntwo  \\nthree')", on_line=lines.append)

    assert lines == ["one", "two", "three"]


def test_a_last_line_without_an_end_is_told() -> None:
    """A program that ends in the middle of a line has still said it."""
    lines: list[str] = []

    run("printf", "one\ntwo", on_line=lines.append)

    assert lines == ["one", "two"]


def test_captured_text_is_redacted() -> None:
    """A secret that a child prints is not in what we keep."""
    redactor = Redactor()
    redactor.learn(["hunter2-hunter2"])

    done = Runner(redact=redactor.text).run(("echo", "it is hunter2-hunter2"), env=ENV, timeout_s=LONG_S)

    assert done.stdout == "it is [redacted]\n"


def test_told_lines_are_redacted() -> None:
    """Nor is it in the lines that are told while it runs."""
    redactor = Redactor()
    redactor.learn(["hunter2-hunter2"])
    lines: list[str] = []

    Runner(redact=redactor.text).run(("echo", "hunter2-hunter2"), env=ENV, timeout_s=LONG_S, on_line=lines.append)

    assert lines == ["[redacted]"]


def test_the_start_is_told_with_a_birth_time() -> None:
    """Pid and start time identify the child later, when the pid may be another's."""
    births: list[tuple[int, float]] = []

    def note(pid: int, started: float) -> None:
        births.append((pid, started))
        assert is_alive(pid, started)
        assert not is_alive(pid, started - 100)

    run("sleep", "0.2", on_start=note)

    assert not is_alive(*births[0])


# --- what cannot be started -----------------------------------------------------------------------------------------


def test_a_missing_program_is_code_3() -> None:
    """The message names it, the remedy says what to do."""
    with pytest.raises(MissingProgram) as caught:
        run("no-such-program")

    assert caught.value.exit_code == 3
    assert caught.value.message == "no-such-program is not on PATH"
    assert "install no-such-program" in caught.value.remedy


def test_a_program_is_looked_for_on_the_given_path(tmp_path: Path) -> None:
    """Not on ours: the child's environment says where."""
    program = stub(tmp_path, "mine")

    assert resolve("mine", {"PATH": str(tmp_path)}) == str(program)


def test_a_file_that_may_not_be_executed_is_code_7(tmp_path: Path) -> None:
    """It is there; what it lacks is a permission, and the remedy gives it."""
    program = stub(tmp_path, "plain")
    program.chmod(0o644)

    with pytest.raises(NotPermitted) as caught:
        run(str(program))

    assert caught.value.exit_code == 7
    assert caught.value.remedy == f"chmod +x {program}"


def test_a_script_whose_interpreter_may_not_run_is_code_7(tmp_path: Path) -> None:
    """The operating system's refusal to execute becomes a refusal of ours."""
    interpreter = stub(tmp_path, "interpreter")
    interpreter.chmod(0o644)
    script = tmp_path / "script"
    script.write_text(f"#!{interpreter}\n", encoding="utf-8")
    script.chmod(0o755)

    with pytest.raises(NotPermitted):
        run(str(script))


def test_a_script_whose_interpreter_is_gone_is_code_3(tmp_path: Path) -> None:
    """A tool whose Python was removed cannot be started, and says so."""
    script = tmp_path / "script"
    script.write_text("#!/nowhere/python\n", encoding="utf-8")
    script.chmod(0o755)

    with pytest.raises(MissingProgram, match="cannot be started"):
        run(str(script))


def test_a_program_for_another_machine_is_a_failure_of_ours(tmp_path: Path) -> None:
    """A binary of another architecture, or an empty file, raises an AimError, as everything that cannot be started."""
    program = tmp_path / "foreign"
    program.write_bytes(b"\x7fELF\x02\x01\x01" + b"\0" * 57)
    program.chmod(0o755)

    with pytest.raises(AimError):
        run(str(program))


@pytest.mark.parametrize("ending", [".cmd", ".BAT"])
@pytest.mark.parametrize("argument", ["a&b", "%PATH%", 'a"b', "a^b", "a|b", "<a", "a>b", "(a)", "a!b", "a\nb"])
def test_a_batch_file_is_not_given_what_its_shell_would_run(ending: str, argument: str) -> None:
    """A batch file reads its arguments again as commands, whatever the quoting."""
    with pytest.raises(Unsupported) as caught:
        refuse_unsafe_batch(f"C:\\npm{ending}", ["install", argument])

    assert caught.value.exit_code == 6


@pytest.mark.parametrize("program", ["C:\\npm.cmd", "/usr/bin/npm"])
def test_plain_arguments_reach_a_batch_file(program: str) -> None:
    """Names, versions, scopes and paths with blanks are harmless."""
    refuse_unsafe_batch(program, ["install", "@scope/x@^1.0.0".replace("^", "~"), "C:\\Program Files\\x"])


def test_anything_reaches_a_real_program() -> None:
    """Only batch files are refused anything."""
    refuse_unsafe_batch("C:\\node.exe", ["a&b"])


# --- limits and trees -----------------------------------------------------------------------------------------------


def test_the_time_limit_stops_the_whole_tree(tmp_path: Path, pids: list[int]) -> None:
    """Children and grandchildren end with the program, and what it said until then is kept."""
    inner = f"import os, time; open({str(tmp_path / 'inner')!r}, 'w').write(str(os.getpid())); time.sleep(300)"
    outer = (
        f"import subprocess, sys, time; print('begun', flush=True); subprocess.run([sys.executable, '-c', {inner!r}])"
    )
    middle = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {outer!r}])"

    done = run(*PYTHON, middle, timeout_s=1.5)

    pids.append(int((tmp_path / "inner").read_text()))
    assert done.timed_out
    assert not done.is_ok
    assert done.stdout == "begun\n"
    assert not lives(pids[0])


def test_the_deaf_are_killed() -> None:
    """A program that ignores SIGTERM gets SIGKILL when its grace is over."""
    done = run(*PYTHON, DEAF, timeout_s=0.5)

    assert done.timed_out
    assert done.exit_code == -9


def test_a_program_may_clean_up_in_its_grace(tmp_path: Path) -> None:
    """SIGTERM comes first, so that an installer can put the old version back."""
    state = tmp_path / "state"
    clean_up = f"trap 'sleep 0.1; echo back > {state}; exit 1' TERM"
    script = f"{clean_up}; echo half > {state}; while :; do sleep 0.05; done"

    done = run("sh", "-c", script, timeout_s=0.5, grace_s=5.0)

    assert done.timed_out
    assert state.read_text() == "back\n"


def test_a_daemon_that_holds_the_pipe_does_not_block(pids: list[int]) -> None:
    """A program that leaves a daemon behind has ended when it has ended."""
    call = Background(lambda: run("sh", "-c", "sleep 300 & echo $!")).start()

    said = call.wait(10.0)

    assert isinstance(said, Completed)
    pids.append(int(said.stdout))
    assert said.exit_code == 0


def test_cancel_stops_what_runs_and_what_would(pids: list[int]) -> None:
    """Everything that runs is stopped and raises Interrupted; nothing more starts until `resume`."""
    runner = Runner(grace_s=2.0)
    calls = [
        Background(
            lambda: runner.run(
                ("sleep", "300"), env=ENV, timeout_s=LONG_S, on_start=lambda pid, _started: pids.append(pid)
            )
        ).start()
        for _ in range(3)
    ]
    assert eventually(lambda: len(pids) == 3)

    runner.cancel()

    said = [call.wait() for call in calls]
    assert all(isinstance(error, Interrupted) and error.exit_code == 130 for error in said)
    assert not any(map(lives, pids))
    with pytest.raises(Interrupted, match="before running true"):
        runner.run(("true",), env=ENV, timeout_s=LONG_S)
    runner.resume()
    assert runner.run(("true",), env=ENV, timeout_s=LONG_S).is_ok


def test_cancel_kills_the_deaf_too(pids: list[int]) -> None:
    """A program that ignores SIGTERM does not keep a cancelled run waiting for its whole time limit."""
    runner = Runner(grace_s=0.3)
    up = threading.Event()
    call = Background(
        lambda: runner.run(
            (*PYTHON, DEAF),
            env=ENV,
            timeout_s=LONG_S,
            on_start=lambda pid, _started: pids.append(pid),
            on_line=lambda _line: up.set(),
        )
    ).start()
    assert up.wait(10)

    runner.cancel()

    assert isinstance(call.wait(3.0), Interrupted)


def test_an_error_of_ours_stops_the_program_too(pids: list[int]) -> None:
    """When noting the child fails, it does not run on unnoted."""

    def refuse(pid: int, _started: float) -> None:
        pids.append(pid)
        raise OSError("the journal cannot be written")

    with pytest.raises(OSError, match="journal"):
        run("sleep", "300", on_start=refuse)

    assert not lives(pids[0])
    gc.collect()  # an open pipe is a ResourceWarning, which is an error here


def test_stop_pid_stops_a_strangers_tree(tmp_path: Path, pids: list[int]) -> None:
    """An orphan is found by its pid, and stopped with its children."""
    call = Background(
        lambda: run("sh", "-c", f"sleep 300 & echo $! > {tmp_path}/pid; wait", on_start=lambda pid, _: pids.append(pid))
    ).start()
    assert eventually(lambda: (tmp_path / "pid").is_file() and bool((tmp_path / "pid").read_text().strip()))
    pids.append(int((tmp_path / "pid").read_text()))

    stop_pid(pids[0], grace_s=1.0)

    assert call.wait() is not None
    assert not any(map(lives, pids))


def test_stop_pid_of_nobody_is_fine() -> None:
    """What has ended needs no stopping."""
    births: list[int] = []
    run("true", on_start=lambda pid, _started: births.append(pid))

    stop_pid(births[0])

    assert not lives(births[0])


def test_an_attached_program_has_our_streams(capfd: pytest.CaptureFixture[str]) -> None:
    """Its output goes straight to our stdout and its exit code is the answer."""
    code = run_attached(("sh", "-c", "echo here; exit 7"), env=ENV)

    assert code == 7
    assert capfd.readouterr().out == "here\n"


def test_the_working_folder_is_the_given_one(tmp_path: Path) -> None:
    """A build runs in its own folder, not in ours."""
    done = run("pwd", cwd=tmp_path)

    assert done.stdout.strip() == os.path.realpath(tmp_path)
