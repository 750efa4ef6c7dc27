"""The traps of Invoke 3 one by one: what the stock program does, and what it does with the engine's executor.

`docs/traps.md` is their table. The stock side is asserted too: where Invoke mends a trap, the test says so.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import invoke.runners
import pytest
from invoke import Collection, Config, Context, Executor

from aim_lib.engine import task
from aim_lib.engine.executor import GraphExecutor
from aim_lib.engine.run import current_run
from aim_lib.errors import Unsupported
from aim_lib.programs import shell_line
from tests.engine.stage import ENGINE, LIMIT_S, Stage, await_end, await_that, end, is_gone

TABLE = Path(__file__).parents[2] / "docs" / "traps.md"
STOCK_HEAD = "from invoke import Collection, call, task\n"
OUR_HEAD = "from aim_lib.engine import given, namespace, task\nfrom invoke import Collection, call\n"

Completed = subprocess.CompletedProcess[str]

LONG_S = int(10 * LIMIT_S)  # of a program that ends in time only when it is ended
posix = pytest.mark.skipif(os.name != "posix", reason="a POSIX shell's command line, or POSIX signals")


@dataclass(frozen=True, slots=True)
class Beside:
    """The same project twice: as stock Invoke runs it, and with the engine."""

    stock: Stage
    ours: Stage

    def invoke(self, *words: str, stdin: str | None = None) -> tuple[Completed, Completed]:
        """Run both to their ends."""
        return self.stock.invoke(*words, stdin=stdin), self.ours.invoke(*words, stdin=stdin)


Play = Callable[..., Beside]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Writes `tasks.py` for both: `task` is Invoke's in the one and the engine's in the other, nothing else differs."""

    def write(tasks: str, env: Mapping[str, str] | None = None, **files: str) -> Beside:
        stock, ours = Stage(tmp_path / "stock", env or {}), Stage(tmp_path / "ours", env or {})
        return Beside(
            stock.write(STOCK_HEAD + dedent(tasks), **files),
            ours.write(OUR_HEAD + dedent(tasks), ENGINE, **files),
        )

    return write


def lines(done: Completed) -> list[str]:
    return done.stdout.splitlines()


# --- the execution model --------------------------------------------------------------------------------------------


def test_trap_01_default_arguments(play: Play) -> None:
    """A task with options that is asked for and needed too runs once: a default is the same, said or not."""
    project = play(
        """
        @task(iterable=["files"], incrementable=["verbose"], optional=["log"])
        def setup(c, clean=False, files=None, verbose=0, log=None, level=3):
            print("setup")

        @task(pre=[setup])
        def build(c):
            print("build")
        """
    )

    stock, ours = project.invoke("setup", "--level=3", "build")

    assert lines(stock) == ["setup", "setup", "build"]
    assert lines(ours) == ["setup", "build"]


def test_trap_02_tasks_from_one_factory(play: Play) -> None:
    """Tasks of the same name and the same code in different groups are different tasks."""
    project = play(
        """
        def plugin(name):
            @task
            def build(c):
                print(name)

            group = Collection(name)
            group.add_task(build)
            return group

        ns = Collection(plugin("one"), plugin("two"))
        """
    )

    stock, ours = project.invoke("one.build", "two.build")

    assert lines(stock) == ["one"]
    assert lines(ours) == ["one", "two"]


def test_trap_03_repetition(play: Play) -> None:
    """Said twice it runs once in both, as in InvokeBuild; with another argument it is another call."""
    project = play(
        """
        @task
        def say(c, word="hello"):
            print(word)
        """
    )

    stock, ours = project.invoke("say", "say", "say", "--word=bye")

    assert lines(stock) == ["hello", "bye"]
    assert lines(ours) == ["hello", "bye"]


def test_trap_04_post_of_several(play: Play) -> None:
    """What several tasks want to run afterwards runs after the last of them."""
    project = play(
        """
        @task
        def clean(c):
            print("clean")

        @task(post=[clean])
        def one(c):
            print("one")

        @task(post=[clean])
        def two(c):
            print("two")
        """
    )

    stock, ours = project.invoke("one", "two")

    assert lines(stock) == ["one", "clean", "two"]
    assert lines(ours) == ["one", "two", "clean"]


FAILING = """
@task
def clean(c):
    print("clean")

@task({last}=[clean])
def breaks(c):
    raise ValueError("broken")

@task
def other(c):
    print("other")
"""


def test_trap_05_after_a_failure(tmp_path: Path) -> None:
    """`finally_` runs also after a failure, and `--keep-going` goes on with what does not need the failed task."""
    stock = Stage(tmp_path / "stock").write(STOCK_HEAD + FAILING.format(last="post")).invoke("breaks", "other")
    engine = Stage(tmp_path / "ours").write(OUR_HEAD + FAILING.format(last="finally_"), ENGINE)

    ours, going = engine.invoke("breaks", "other"), engine.invoke("breaks", "--keep-going", "other")

    assert (stock.returncode, lines(stock)) == (1, [])
    assert (ours.returncode, lines(ours)) == (1, ["clean"])
    assert (going.returncode, sorted(lines(going))) == (1, ["clean", "other"])


def test_trap_05_finally_and_post(tmp_path: Path) -> None:
    """What is promised in any case runs also when somebody else wants it after a success that does not come."""
    tasks = FAILING.format(last="post") + "\n@task(finally_=[clean])\ndef first(c):\n    print('first')\n"
    stage = Stage(tmp_path).write(OUR_HEAD + tasks, ENGINE)

    done = stage.invoke("first", "breaks")

    assert (done.returncode, lines(done)) == (1, ["first", "clean"])


def test_trap_06_arguments_for_prerequisites(tmp_path: Path) -> None:
    """`given("target")` hands an argument on to a prerequisite; with Invoke it is fixed when the file is written."""
    tasks = """
@task
def compile(c, target="debug"):
    print("compile", target)

@task(pre=[{pre}])
def deploy(c, target="debug"):
    print("deploy", target)
"""
    ours_pre = 'call(compile, target=given("target"))'
    stock = Stage(tmp_path / "stock").write(STOCK_HEAD + tasks.format(pre="compile"))
    ours = Stage(tmp_path / "ours").write(OUR_HEAD + tasks.format(pre=ours_pre), ENGINE)

    done = [lines(stage.invoke("deploy", "--target=release")) for stage in (stock, ours)]

    assert done == [["compile debug", "deploy release"], ["compile release", "deploy release"]]


GROUP = """
@task
def first(c):
    print(c.config.get("where"))

@task(pre=[first], post=[first])
def run(c):
    print(c.config.get("where"))

group = Collection("group", first, run)
group.configure({"where": "group"})
ns = Collection(group)
"""


def test_trap_07_configuration_of_prerequisites(play: Play) -> None:
    """What a task of a group needs gets the configuration of the group, too."""
    stock, ours = play(GROUP).invoke("group.run")

    assert lines(stock) == ["None", "group"]
    assert lines(ours) == ["group", "group"]


def test_trap_08_outer_configuration_wins(play: Play) -> None:
    """In both: a group brings defaults, and the project that takes it in has the last word."""
    stock, ours = play(GROUP + 'ns.configure({"where": "root"})\n').invoke("group.run")

    assert lines(stock) == ["root", "root"]
    assert lines(ours) == ["root", "root"]


def test_trap_09_changed_configuration(play: Play) -> None:
    """What a task changes in its configuration stays its own."""
    project = play(
        """
        @task
        def loud(c):
            c.config.run.echo = True
            c.config.added = "by loud"

        @task
        def quiet(c):
            print(c.config.run.echo, c.config.get("added"))
        """
    )

    stock, ours = project.invoke("loud", "quiet")

    assert lines(stock) == ["True by loud"]
    assert lines(ours) == ["False None"]


def test_trap_10_values() -> None:
    """One task called with two arguments has two values."""

    @task
    def greet(c: Any, name: str) -> str:
        return name

    root = Collection()
    root.add_task(greet)  # type: ignore[arg-type]
    calls = [("greet", {"name": "Ada"}), ("greet", {"name": "Grace"})]

    stock: Mapping[Any, Any] = Executor(root, Config()).execute(*calls)
    GraphExecutor(root, Config()).execute(*calls)

    assert list(stock.values()) == ["Grace"]
    assert [state.value for state in current_run().states] == ["Ada", "Grace"]


def test_trap_11_imported_tasks(tmp_path: Path) -> None:
    """`namespace(__name__)` takes the tasks that the file defines, not those it has imported."""
    tasks = "from others import lint\n\n@task\ndef build(c):\n    print('build')\n"
    others = "from invoke import task\n\n@task\ndef lint(c):\n    print('lint')\n"
    stock = Stage(tmp_path / "stock").write(STOCK_HEAD + tasks, others=others)
    ours = Stage(tmp_path / "ours").write(f"{OUR_HEAD}{tasks}\nns = namespace(__name__)\n", ENGINE, others=others)

    listed = [stage.invoke("--list").stdout.split() for stage in (stock, ours)]

    assert {"build", "lint"} <= set(listed[0])
    assert ("build" in listed[1], "lint" in listed[1]) == (True, False)


def test_trap_12_annotations(play: Play) -> None:
    """The type of an argument is that of its annotation."""
    project = play(
        """
        from pathlib import Path

        @task
        def take(c, count: int, share: float, place: Path | None = None):
            print(repr(count), repr(share), place and place.name)
        """
    )

    stock, ours = project.invoke("take", "3", "0.5", "--place=a/b")

    assert (stock.returncode, "AttributeError" in stock.stderr) == (1, True)  # place is a str and has no name
    assert lines(ours) == ["3 0.5 b"]


def test_trap_12_any_number_of_words(play: Play) -> None:
    """`*names` is an option to be given any number of times, or not at all."""
    project = play(
        """
        @task
        def greet(c, *names):
            print(names)
        """
    )

    stock, ours = project.invoke("greet", "--names=Ada", "--names=Grace")
    bare_stock, bare_ours = project.invoke("greet")

    assert (stock.returncode, bare_stock.returncode) == (1, 1)
    assert lines(ours) == ["('Ada', 'Grace')"]
    assert lines(bare_ours) == ["()"]


def test_trap_12_words_of_any_name(play: Play) -> None:
    """`**more` is for calls from Python; on the command line Invoke makes an option that must be given of it."""
    project = play(
        """
        @task
        def greet(c, **more):
            print(more)
        """
    )

    stock, ours = project.invoke("greet")

    assert (stock.returncode, lines(stock)) == (1, [])
    assert (ours.returncode, lines(ours)) == (0, ["{}"])


def test_trap_13_names_with_underscores(play: Play) -> None:
    """The command line knows the dashed name alone, in both; in a list of references either will do."""
    project = play(
        """
        @task
        def sync_versions(c):
            print("sync")
        """
    )
    more = "\n@task(pre=['sync_versions', 'sync-versions'])\ndef both(c):\n    print('both')\n"
    ours = Stage(project.ours.root).write((project.ours.project / "tasks.py").read_text(encoding="utf-8") + more)

    said = [done.stderr for done in project.invoke("sync_versions")]
    done = ours.invoke("both")

    assert said == ["No idea what 'sync_versions' is!\n"] * 2
    assert lines(done) == ["sync", "both"]


def test_trap_14_words_behind_dashes(tmp_path: Path) -> None:
    """`c.rest` has the words behind `--` one by one; `c.remainder` has lost where they ended."""
    tasks = "@task\ndef show(c):\n    print(c.{words})\n"
    stock = Stage(tmp_path / "stock").write(STOCK_HEAD + tasks.format(words="remainder"))
    ours = Stage(tmp_path / "ours").write(OUR_HEAD + tasks.format(words="rest"), ENGINE)

    done = [lines(stage.invoke("show", "--", "a", "b c", "--", "--d")) for stage in (stock, ours)]

    assert done == [["a b c -- --d"], ["('a', 'b c', '--', '--d')"]]


@posix
def test_trap_15_core_flags_behind_names(play: Play) -> None:
    """`--dry` behind a task's name is Invoke's own flag, and means here what it means before the name."""
    project = play(
        """
        @task
        def deploy(c):
            c.run("touch deployed")
        """
    )

    behind = project.invoke("deploy", "--dry")
    before = project.invoke("--dry", "deploy")

    assert [done.returncode for done in (*behind, *before)] == [0] * 4
    assert not (project.stock.project / "deployed").exists()
    assert not (project.ours.project / "deployed").exists()


# --- running commands -----------------------------------------------------------------------------------------------


@posix
def test_trap_16_much_output(play: Play) -> None:
    """Twenty megabytes cost the engine less than three cost Invoke, which joins all it has got at every chunk."""
    project = play(
        """
        import sys, time

        @task
        def cost(c, size=0):
            code = f"import sys; sys.stdout.write('x' * {size})"
            before = time.process_time()
            got = len(c.run(f'"{sys.executable}" -c "{code}"', hide=True).stdout)
            print(got, time.process_time() - before)
        """
    )

    stock, ours = project.invoke("cost", "--size=3000000")
    many = project.ours.invoke("cost", "--size=20000000")

    (got_by_stock, stock_s), (got, our_s), (got_many, many_s) = (done.stdout.split() for done in (stock, ours, many))
    assert (got_by_stock, got, got_many) == ("3000000", "3000000", "20000000")
    assert float(stock_s) > 5 * float(our_s)
    assert float(stock_s) > float(many_s)


@posix
@pytest.mark.parametrize("options", [(), ("--pty",)])
def test_trap_17_characters_at_the_edge_of_a_chunk(play: Play, options: tuple[str, ...]) -> None:
    """A character of several bytes that is cut by the end of a chunk arrives whole."""
    project = play(
        """
        import sys

        @task
        def count(c, pty=False):
            code = "import sys; sys.stdout.buffer.write(b'x' + b'\\\\xc3\\\\xa9' * 150000)"
            text = c.run(f'"{sys.executable}" -c "{code}"', hide=True, pty=pty).stdout
            print(text.count(chr(0xE9)), text.count(chr(0xFFFD)) > 0)
        """
    )

    stock, ours = project.invoke("count", *options)

    assert lines(stock)[0].endswith("True")
    assert lines(ours) == ["150000 False"]


TREE = """
@task
def work(c):
    c.run("(sleep {seconds} & echo $! > pid; wait; touch survived) | cat", timeout={limit})
"""


@posix
def test_trap_18_time_limit(tmp_path: Path) -> None:
    """At its time limit the whole tree of a command ends; Invoke ends the shell and waits for the rest."""
    stock = Stage(tmp_path / "stock").write(STOCK_HEAD + TREE.format(seconds=2, limit=0.7))
    ours = Stage(tmp_path / "ours").write(OUR_HEAD + TREE.format(seconds=LONG_S, limit=0.7), ENGINE)

    late, done = stock.invoke("work"), ours.invoke("work")

    assert (late.returncode, "CommandTimedOut" in late.stderr) == (1, True)
    assert (stock.project / "survived").exists()
    assert (done.returncode, done.stderr.count("was stopped after 0.7 s")) == (8, 1)
    await_end(ours.pid())
    assert not (ours.project / "survived").exists()


@posix
def test_trap_19_background_program(tmp_path: Path) -> None:
    """A program left in the background that holds stdout is not waited for, and not ended."""
    tasks = "@task\ndef work(c):\n    c.run(\"sh -c 'echo $$ > pid; exec sleep {seconds}' & echo said\")\n"
    stock = Stage(tmp_path / "stock").write(STOCK_HEAD + tasks.format(seconds=2))
    ours = Stage(tmp_path / "ours").write(OUR_HEAD + tasks.format(seconds=LONG_S), ENGINE)

    late = stock.invoke("work")
    was_waited_for = is_gone(stock.pid())
    done = ours.invoke("work")
    goes_on = not is_gone(ours.pid())
    end(ours.pid())

    assert (lines(late), was_waited_for) == (["said"], True)
    assert (lines(done), goes_on) == (["said"], True)


@posix
def test_trap_20_stdin_in_a_loop(play: Play) -> None:
    """A command does not eat the input of the loop around `invoke`."""
    project = play(
        """
        @task
        def one(c, word):
            c.run(f"sleep 0.1; echo {word}")
        """
    )
    loop = f"while read word; do '{sys.executable}' -m invoke one $word; done"

    stock, ours = (stage.run("/bin/sh", "-c", loop, stdin="a\nb\nc\n") for stage in (project.stock, project.ours))

    assert lines(stock) == ["a"]
    assert lines(ours) == ["a", "b", "c"]


@posix
def test_trap_20_stdin_that_refuses(play: Play) -> None:
    """Where stdin may not be read, as under pytest, a command that needs none runs."""
    project = play(
        """
        import io, sys

        class Refuses(io.StringIO):
            def read(self, *_):
                raise OSError("reading from stdin while output is captured")

        @task
        def work(c):
            sys.stdin = Refuses()
            c.run("sleep 0.1; echo done")
        """
    )

    stock, ours = project.invoke("work")

    assert (stock.returncode, "ThreadException" in stock.stderr) == (1, True)
    assert (ours.returncode, lines(ours)) == (0, ["done"])


@posix
def test_trap_20_stdin_when_asked_for(play: Play) -> None:
    """A command that is to read what `invoke` was given says so, and gets it."""
    project = play(
        """
        import sys

        @task
        def work(c):
            c.run("cat", in_stream=sys.stdin)
        """
    )

    stock, ours = project.invoke("work", stdin="a\nb\n")

    assert lines(stock) == lines(ours) == ["a", "b"]


ENDLESS = """
@task
def work(c):
    c.run("{command}")
"""


@posix
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_trap_21_signals(tmp_path: Path, ending: signal.Signals) -> None:
    """Ctrl-C and SIGTERM to `invoke` alone, without a terminal, end the command too; with Invoke it lives on."""
    command = "echo $$ > pid; sleep {seconds}; touch survived"
    stock = Stage(tmp_path / "stock").write(STOCK_HEAD + ENDLESS.format(command=command.format(seconds=2)))
    ours = Stage(tmp_path / "ours").write(OUR_HEAD + ENDLESS.format(command=command.format(seconds=LONG_S)), ENGINE)

    with stock.started("work") as left:
        stock.pid()
        left.send_signal(ending)
        left.communicate()
    await_that((stock.project / "survived").exists)
    with ours.started("work") as ended:
        pid = ours.pid()
        ended.send_signal(ending)
        _, said = ended.communicate()

    assert "interrupted" in said
    assert ended.returncode == 130
    await_end(pid)
    assert not (ours.project / "survived").exists()


@posix
def test_trap_21_background_jobs(tmp_path: Path) -> None:
    """Also what a shell started with `&`, which is deaf to Ctrl-C, ends with it."""
    command = f"sleep {LONG_S} & echo $! > pid; wait"
    stage = Stage(tmp_path).write(OUR_HEAD + ENDLESS.format(command=command), ENGINE)

    with stage.started("work") as ended:
        pid = stage.pid()
        ended.send_signal(signal.SIGINT)
        ended.communicate()

    assert ended.returncode == 130
    await_end(pid)


@posix
@pytest.mark.parametrize("ending", ["INT", "TERM"])
def test_trap_21_a_signal_at_the_start(tmp_path: Path, ending: str) -> None:
    """A program is not left behind by a signal that comes while it is being started."""
    tasks = f"""
from contextlib import suppress

@task
def work(c):
    for _ in range(20):
        with suppress(KeyboardInterrupt):
            c.run("echo $$ >> pids; kill -{ending} $PPID; exec sleep {LONG_S}")
"""
    stage = Stage(tmp_path).write(OUR_HEAD + tasks, ENGINE)

    done = stage.invoke("work")
    pids = [int(pid) for pid in (stage.project / "pids").read_text(encoding="utf-8").split()]

    assert (done.returncode, len(pids)) == (0, 20)
    await_end(*pids)


ASCII = {"PYTHONIOENCODING": "ascii"}


@posix
def test_trap_22_output_of_a_command(play: Play) -> None:
    """A character that the console cannot show becomes a question mark; the task goes on."""
    project = play(
        r"""
        @task
        def work(c):
            text = c.run("printf '\\342\\234\\223 made\\n'").stdout
            print(ascii(text))
        """,
        ASCII,
    )

    stock, ours = project.invoke("work")

    assert (stock.returncode, "UnicodeEncodeError" in stock.stderr) == (1, True)
    assert (ours.returncode, lines(ours)) == (0, ["? made", r"'\u2713 made\n'"])


def test_trap_22_own_output(play: Play) -> None:
    """The same when a task prints it itself."""
    project = play(
        """
        @task
        def work(c):
            print("\\u2713 made")
        """,
        ASCII,
    )

    stock, ours = project.invoke("work")

    assert (stock.returncode, "UnicodeEncodeError" in stock.stderr) == (1, True)
    assert (ours.returncode, lines(ours)) == (0, ["? made"])


class Started(Exception):
    """Instead of a program."""


def test_trap_23_invoke_makes_a_cmd_line_for_every_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """`shell=True` is, on Windows, `cmd.exe /c "…"`, whatever program it is then given to."""
    seen: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def popen(*args: Any, **kwargs: Any) -> None:
        seen.append((args, kwargs))
        raise Started

    monkeypatch.setattr(invoke.runners, "Popen", popen)

    with pytest.raises(Started):
        Context(Config(overrides={"run": {"shell": "pwsh"}})).run("Get-Item 'a b'", in_stream=False)

    (args, kwargs) = seen[0]
    assert (args, kwargs["shell"], kwargs["executable"]) == (("Get-Item 'a b'",), True, "pwsh")


@pytest.mark.parametrize(
    ("shell", "command", "line"),
    [
        ("cmd.exe", 'type "a b.txt" | sort', '"cmd.exe" /d /s /c "type "a b.txt" | sort"'),
        ("C:/Windows/a b/CMD.EXE", "dir", '"C:/Windows/a b/CMD.EXE" /d /s /c "dir"'),
    ],
)
def test_trap_23_cmd(shell: str, command: str, line: str) -> None:
    """cmd.exe gets one line in its own quoting: spaces in the shell's path and quotes in the command survive."""
    assert shell_line(command, shell) == line


@pytest.mark.parametrize("shell", ["pwsh", "C:/Program Files/PowerShell/7/pwsh.exe", "powershell.exe"])
def test_trap_23_powershell(shell: str) -> None:
    """PowerShell gets the command as one argument of its own, with no profile and no questions."""
    argv = shell_line("Get-Item 'a b'", shell)

    assert isinstance(argv, list)
    assert argv[:4] == [shell, "-NoProfile", "-NonInteractive", "-Command"]
    assert argv[4].startswith("Get-Item 'a b'")


@posix
@pytest.mark.parametrize(("shell", "used"), [("/bin/sh", "/bin/sh"), ("/no/such/bash", "/bin/sh")])
def test_trap_23_posix_shells(shell: str, used: str) -> None:
    """A shell gets the command by -c; where the configured one is missing, as bash on Alpine, `sh` does."""
    assert shell_line("echo 'a b'\necho c", shell) == [used, "-c", "echo 'a b'\necho c"]


def test_trap_23_cmd_line_breaks() -> None:
    """cmd.exe would run the first line only and say nothing of the others: that is refused."""
    with pytest.raises(Unsupported):
        shell_line("echo one\necho two", "cmd.exe")


@posix
def test_trap_24_argv(play: Play) -> None:
    """A list of words is a command, and no shell reads it."""
    project = play(
        """
        @task
        def work(c):
            c.run(["printf", "%s|", "a b", "$HOME", "it's", ""])
        """
    )

    stock, ours = project.invoke("work")

    assert (stock.returncode, "TypeError" in stock.stderr) == (1, True)
    assert (ours.returncode, ours.stdout) == (0, "a b|$HOME|it's||")


@posix
def test_trap_24_folders(play: Play) -> None:
    """`c.cd` goes into any folder, whatever its name has in it, for lines and for lists of words."""
    project = play(
        """
        from pathlib import Path

        NAME = "a b'$(touch ran)"

        @task
        def work(c):
            Path(NAME, "inner").mkdir(parents=True)
            with c.cd(NAME), c.cd("inner"):
                for command in ("pwd", ["pwd"]):
                    print(Path(c.run(command, hide=True).stdout.strip()).relative_to(Path.cwd()))
        """
    )

    stock, ours = project.invoke("work")

    assert stock.returncode == 2  # the shell's: a quote that is not closed
    assert lines(ours) == ["a b'$(touch ran)/inner"] * 2
    assert not (project.ours.project / "ran").exists()


# --- start-up -------------------------------------------------------------------------------------------------------


def written(stage: Stage) -> list[str]:
    return [path.name.partition(".")[0] for path in stage.project.rglob("*.pyc")]


def test_trap_26_compiled_modules(play: Play) -> None:
    """A project's modules are kept compiled, which Invoke switches off."""
    project = play("import helpers\n\n@task\ndef work(c):\n    print('work')\n", helpers="")

    project.invoke("work")

    assert written(project.stock) == []
    assert written(project.ours) == ["helpers"]


def test_trap_26_unless_python_is_told_otherwise(play: Play) -> None:
    """Whoever wants no compiled files gets none."""
    env = {"PYTHONDONTWRITEBYTECODE": "1"}
    project = play("import helpers\n\n@task\ndef work(c):\n    print('work')\n", env, helpers="")

    _, ours = project.invoke("work")

    assert (ours.returncode, written(project.ours)) == (0, [])


# --- not among the twenty-seven ---------------------------------------------------------------------------------------


def test_a_project_without_the_executor_says_so(tmp_path: Path) -> None:
    """The engine's tasks under Invoke's own executor end with the line that is missing, not with a TypeError."""
    stage = Stage(tmp_path).write(OUR_HEAD + "@task\ndef work(c):\n    print('work')\n")

    done = stage.invoke("work")

    assert (done.returncode, done.stdout) == (2, "")
    assert "executor_class: aim_lib.engine.executor.GraphExecutor" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_task_is_a_function() -> None:
    """Called from Python it takes what its body takes, also what is named as an option of a run."""

    @task
    def build(c: Any, **more: Any) -> Any:
        return more

    assert build(Context(), json=True) == {"json": True}


ALONE = """
from invoke import Config
from aim_lib.engine.context import EngineContext
from aim_lib.engine.run import Run, set_current
from aim_lib.engine.runner import EngineRunner

def context():
    return EngineContext(Config(overrides={"runners": {"local": EngineRunner}}))
"""


@posix
def test_a_run_that_is_stopped_while_a_program_starts(tmp_path: Path) -> None:
    """By another thread, just after it was asked whether the program may start: the program is ended, too."""
    script = """
class Overtaken(Run):
    def may_start_programs(self):
        super().may_start_programs()
        self.is_stopping = True
        self.stop_children()

set_current(Overtaken())
context().run("sleep 2; touch survived")
"""
    stage = Stage(tmp_path).write(ALONE + script)

    done = stage.run(sys.executable, "tasks.py")

    assert done.stderr.splitlines()[-1] == "aim_lib.errors.Interrupted: the run is being stopped"
    assert not (stage.project / "survived").exists()


@posix
@pytest.mark.parametrize("command", ["echo said", ["echo", "said"], f"kill -INT $PPID; exec sleep {LONG_S}"])
def test_a_command_leaves_no_pipe_open(tmp_path: Path, command: str | list[str]) -> None:
    """Nor a process that nobody has waited for: whoever has warnings made errors sees none."""
    script = f"""
from contextlib import suppress
from aim_lib.signals import interrupt, signals_handled

with suppress(KeyboardInterrupt), signals_handled(interrupt):
    context().run({command!r})
"""
    stage = Stage(tmp_path).write(ALONE + script)

    done = stage.run(sys.executable, "-W", "always", "tasks.py")

    assert (done.returncode, done.stderr) == (0, "")


# --- the table ------------------------------------------------------------------------------------------------------


def rows() -> list[list[str]]:
    """The cells of the rows of the table."""
    found = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found]


def test_the_table_has_every_trap() -> None:
    """Each with a test, or with the reason why there is none."""
    numbers = [int(cells[0]) for cells in rows()]
    shown = [bool(re.search(r"test_trap_\d\d|does not apply: \w", cells[-1])) for cells in rows()]

    assert numbers == list(range(1, 28))
    assert [number for number, is_shown in zip(numbers, shown, strict=True) if not is_shown] == []


def test_the_table_names_the_tests() -> None:
    """Every test it names is here, with the number of its row, and every test of a trap is named."""
    named = {(int(cells[0]), name) for cells in rows() for name in re.findall(r"test_trap_\w+", cells[-1])}
    here = {(int(name.split("_")[2]), name) for name in globals() if name.startswith("test_trap_")}

    assert named == here
