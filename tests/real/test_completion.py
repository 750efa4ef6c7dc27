"""Tab in real shells: bash and zsh on a terminal, fish by its own `complete -C`."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import aim_lib
from aim_lib.engine import completion

LIBRARY = Path(aim_lib.__file__).parents[1]
PATIENCE_S = 30
TASKS = """
from aim_lib.engine import namespace, task

@task(help={"target": "what to build"})
def build(c, target="debug"):
    "Build it."

ns = namespace(__name__)
"""
# The programs are functions that say which words they were given: what the shell made of a line is seen behind it.
SHOW = "{}() {{ printf '=''>'; printf '<%s>' \"$@\"; printf '=\\n'; }}\n"
CASES = [
    ("aim tasks pl", ["tasks", "plan"]),
    ("aim tasks.pl", ["tasks.plan"]),
    ("aim tasks plan secrets.en", ["tasks", "plan", "secrets.ensure"]),
    ("aim --dry-r", ["--dry-run"]),
    ("aim status --output=gr", ["status", "--output=group"]),
    ("aim status --output pre", ["status", "--output", "prefix"]),
    ("aim tasks completion --shell fi", ["tasks", "completion", "--shell", "fish"]),
    ("aim status --report not", ["status", "--report", "notes here.txt"]),
    ("invoke bui", ["build"]),
    ("inv build --targ", ["build", "--target"]),
    ("inv build tasks.exp", ["build", "tasks.explain"]),
    ("inv -r in\\ si", ["-r", "in side"]),
    ("inv -r 'in side' els", ["-r", "in side", "elsewhere"]),
]
pytestmark = [pytest.mark.real, pytest.mark.skipif(os.name != "posix", reason="these shells and terminals are POSIX's")]


@dataclass(slots=True)
class Terminal:
    """An interactive shell on a terminal of its own."""

    shell: subprocess.Popen[bytes]
    screen: int
    seen: str = ""
    read_to: int = field(default=0)

    def type(self, text: str) -> None:
        os.write(self.screen, text.encode())

    def wait_for(self, pattern: str) -> re.Match[str]:
        """What is shown next that matches."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = re.compile(pattern).search(self.seen, self.read_to)
            if found:
                self.read_to = found.end()
                return found
            if select.select([self.screen], [], [], 0.2)[0]:
                self.seen += os.read(self.screen, 65536).decode(errors="replace")
        raise AssertionError(f"{pattern!r} was not shown; there is: {self.seen[self.read_to :]!r}")

    def complete(self, line: str) -> list[str]:
        """The words that the program is given after Tab and Return; zsh takes the slash behind a folder away again."""
        self.type(f"{line}\t\n")
        given = re.findall("<(.*?)>", self.wait_for("=>(.*)=\r?\n")[1])
        return [word.removesuffix("/") for word in given]


def env_for(home: Path) -> dict[str, str]:
    """A home that is new, for shells that read nothing at their start."""
    return {
        "HOME": str(home),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "PYTHONPATH": str(LIBRARY),
        "AIM_CACHE_DIR": str(home / "it's a cache"),
        "TERM": "dumb",
        "LANG": "C.UTF-8",
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a project in it and another one below that, whose folder has a name with a blank."""
    made = tmp_path_factory.mktemp("home")
    (made / "project" / "in side").mkdir(parents=True)
    (made / "project" / "tasks.py").write_text(TASKS, encoding="utf-8")
    (made / "project" / "notes here.txt").touch()
    (made / "project" / "in side" / "tasks.py").write_text(TASKS.replace("build", "elsewhere"), encoding="utf-8")
    return made


def scripts(shell: str, home: Path) -> str:
    """What `aim` prints for a shell, and the same for `invoke`."""
    cache = str(home / "it's a cache")
    paths = (sys.executable, str(Path(completion.__file__).with_name("complete.py")), cache)
    return "".join(
        completion.fill(shell, names, (*paths, source)) for names, source in (completion.AIM, completion.INVOKE)
    )


def program(shell: str) -> str:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not on this machine")
    return found


def start(home: Path, script: str, *argv: str) -> Terminal:
    """A shell on a terminal that has read the script and stands in the project."""
    import fcntl
    import pty
    import struct
    import termios

    (home / "start").write_text(
        script + "".join(SHOW.format(name) for name in ("aim", "invoke", "inv")), encoding="utf-8"
    )
    screen, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    shell = subprocess.Popen(
        argv,
        env=env_for(home),
        cwd=home / "project",
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
    )
    os.close(inside)
    terminal = Terminal(shell, screen)
    terminal.type(". ../start; printf 're''ady\\n'\n")
    terminal.wait_for("ready\r?\n")
    return terminal


def end(terminal: Terminal) -> None:
    terminal.shell.kill()
    terminal.shell.wait()
    os.close(terminal.screen)


@pytest.fixture(scope="module")
def bash(home: Path) -> Iterator[Terminal]:
    terminal = start(home, scripts("bash", home), program("bash"), "--norc", "--noprofile", "-i")
    yield terminal
    end(terminal)


@pytest.fixture(scope="module")
def zsh(home: Path) -> Iterator[Terminal]:
    terminal = start(home, scripts("zsh", home), program("zsh"), "-f", "-i")
    yield terminal
    end(terminal)


@pytest.mark.parametrize(("line", "words"), CASES)
def test_bash_completes(bash: Terminal, line: str, words: list[str]) -> None:
    """As readline calls it."""
    given = bash.complete(line)

    assert given == words


@pytest.mark.parametrize(("line", "words"), CASES)
def test_zsh_completes(zsh: Terminal, line: str, words: list[str]) -> None:
    """Without a start file: the script brings zsh's completion up by itself."""
    given = zsh.complete(line)

    assert given == words


def test_zsh_shows_what_each_does(zsh: Terminal) -> None:
    """Beside it, in the list that Tab shows."""
    zsh.type("aim tasks \t")

    zsh.wait_for(r"plan +-- What running a task would run and skip, and why; runs nothing")
    zsh.type("\x15")


def test_zsh_loads_it_as_a_file_of_completions(home: Path) -> None:
    """In a folder of `fpath` under the name that zsh looks for; the first Tab loads it."""
    folder = home / "functions"
    folder.mkdir()
    (folder / "_aim").write_text(scripts("zsh", home).partition("#compdef invoke")[0], encoding="utf-8")
    begin = f"fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D\n"
    terminal = start(home, begin, program("zsh"), "-f", "-i")

    given = [terminal.complete("aim tasks pl") for _ in range(2)]

    end(terminal)
    assert given == [["tasks", "plan"]] * 2


def offered(home: Path, line: str) -> dict[str, str]:
    """What fish offers for a line, and what it says of each."""
    (home / "start.fish").write_text(scripts("fish", home), encoding="utf-8")
    asked = "source ../start.fish; complete -C $argv[1]"
    command = [program("fish"), "--no-config", "-c", asked, line]
    ended = subprocess.run(command, env=env_for(home), cwd=home / "project", capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    lines = [shown.partition("\t") for shown in ended.stdout.splitlines()]
    return {value: text for value, _, text in lines}


@pytest.mark.parametrize(("line", "words"), CASES)
def test_fish_completes(home: Path, line: str, words: list[str]) -> None:
    """The same as the others."""
    found = offered(home, line)

    assert [word.removesuffix("/") for word in found] == [words[-1]]


def test_fish_shows_what_each_does(home: Path) -> None:
    """Beside it."""
    found = offered(home, "inv ")

    assert found["build"] == "Build it."
    assert offered(home, "inv build --tar") == {"--target": "what to build"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("text", ["", 'it\'s "$HOME" `ls` \\ & ; é', "a\nb\t", "\udcff\u2019", "-n", "!!", "~", "\\"])
def test_a_quoted_path_is_read_as_it_was(shell: str, text: str) -> None:
    """Whatever it holds."""
    command = [program(shell), "-c", f"printf %s {completion.quote(text, shell)}"]
    ended = subprocess.run(command, capture_output=True, check=True)

    assert os.fsdecode(ended.stdout) == text
