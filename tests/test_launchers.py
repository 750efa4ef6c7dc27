"""Launchers: every argument, the exit code and the signals are the target's; what cannot be passed on is refused."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aim_lib.errors import Unsupported
from aim_lib.launchers import Launcher, marked, read, text_of

# What the target was given, each behind a NUL, and its code.
ECHO = 'for word in "$@"; do printf "%s\\0" "$word"; done; exit 3'
NASTY = (
    b"two words",
    b"",
    b"\"double\" and 'single'",
    b"100% %PATH% %%",
    b"!important! hey!",
    b"a^b ^^",
    b"$(touch gone) `id` $HOME ${IFS}",
    b"C:\\dir\\ back\\\\slash\\",
    b"line one\nline two\n",
    b"\ttab; & | < > ( ) * ? [a] ~ # =",
    b"-n",
    b"--",
    "déjà 中 😀".encode(),
    b"not \xff\xfe utf-8",
)
SHELLS = [shell for shell in ("/bin/sh", "/usr/bin/dash", "/usr/bin/bash", "/usr/bin/zsh") if Path(shell).exists()]


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def launcher(folder: Path, target: Path, shell: str = "/bin/sh", **more: object) -> Path:
    """The launcher `tool` in a folder, run by `shell`."""
    made = Launcher(command="tool", target=str(target), **more)  # type: ignore[arg-type]
    text = text_of(made, str(folder), is_windows=False)
    path = folder / "launchers" / "tool"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("#!/bin/sh", f"#!{shell}", 1), encoding="utf-8")
    path.chmod(0o755)
    return path


def started(path: Path, *words: bytes, env: dict[str, str] | None = None) -> tuple[int, list[bytes]]:
    done = subprocess.run([os.fsencode(path), *words], env=env or {}, capture_output=True, check=False)
    return done.returncode, done.stdout.split(b"\0")[:-1]


# --- POSIX ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SHELLS)
def test_code_and_arguments_are_intact(shell: str, tmp_path: Path) -> None:
    """A tool that exits 3 gets every argument byte for byte, whatever shell is /bin/sh."""
    tool = program(tmp_path / "tools" / "tool", ECHO)

    assert started(launcher(tmp_path, tool, shell), *NASTY) == (3, list(NASTY))


def test_no_arguments_are_none(tmp_path: Path) -> None:
    """Not one that is empty."""
    tool = program(tmp_path / "tools" / "tool", "exit $#")

    assert started(launcher(tmp_path, tool)) == (0, [])


@pytest.mark.parametrize(
    "name", ["two words", "it's", 'a "b"', "new\nline", "$(touch gone)", "a%b!c^d", "*", "-n", "é"]
)
def test_the_path_of_the_target_may_be_anything(name: str, tmp_path: Path) -> None:
    """Neither the shell nor the mark takes a part of it for its own."""
    tool = program(tmp_path / name / "tool", ECHO)
    path = launcher(tmp_path, tool)

    assert (started(path, b"a b"), read(str(path))) == ((3, [b"a b"]), (str(tool), ""))


def test_words_of_the_environment_change_nothing(tmp_path: Path) -> None:
    """IFS, ENV, CDPATH and an exported function of the name `exec` are no traps."""
    tool = program(tmp_path / "tools" / "tool", ECHO)
    env = {"IFS": "abcdefgh/", "ENV": "/nowhere", "CDPATH": "/", "BASH_FUNC_exec%%": "() { exit 9; }"}

    assert started(launcher(tmp_path, tool), b"a b", env=env) == (3, [b"a b"])


def test_variables_and_words_of_its_own_come_first(tmp_path: Path) -> None:
    """For this target alone, quoted like the rest."""
    tool = program(tmp_path / "tools" / "tool", f'printf "%s\\0" "$STYLE"\n{ECHO}')
    path = launcher(tmp_path, tool, words=("--config", "my file"), env=(("STYLE", "it's $HOME"),))

    assert started(path, b"x") == (3, [b"it's $HOME", b"--config", b"my file", b"x"])


def test_the_program_it_goes_through_gets_the_target(tmp_path: Path) -> None:
    """As words of its own, in order."""
    through = program(tmp_path / "aim", ECHO)
    path = launcher(tmp_path, tmp_path / "tool", through=(str(through), "secrets", "run", "--"))

    assert started(path, b"x") == (3, [b"secrets", b"run", b"--", os.fsencode(tmp_path / "tool"), b"x"])


def test_the_target_takes_the_place_of_the_launcher(tmp_path: Path) -> None:
    """Its process is the one that was started: nothing stands between it and a signal or the terminal."""
    tool = program(tmp_path / "tools" / "tool", "echo $$; read line; kill -INT $$")
    process = subprocess.Popen([launcher(tmp_path, tool)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    said, _ = process.communicate(b"go\n")

    assert (int(said), process.returncode) == (process.pid, -signal.SIGINT)


def test_a_path_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    """A launcher is text; the reason names the path."""
    made = Launcher(command="tool", target=os.fsdecode(b"/tools/\xff/tool"))

    with pytest.raises(Unsupported, match=r"'/tools/\\udcff/tool' cannot stand in a launcher: it is no UTF-8"):
        text_of(made, str(tmp_path), is_windows=False)


# --- what it says of itself -------------------------------------------------------------------------------------


def test_a_link_to_a_launcher_is_none(tmp_path: Path) -> None:
    """Somebody else made it."""
    path = launcher(tmp_path, tmp_path / "tool")
    (tmp_path / "link").symlink_to(path)

    assert (read(str(path)) is not None, read(str(tmp_path / "link"))) == (True, None)


@pytest.mark.parametrize(
    "content",
    [b"", b"#!/bin/sh\nexec x\n", b"#!/bin/sh\n# aim launcher {]\n", b"#!/bin/sh\n# aim launcher {}\n", b"\xff\xfe"],
)
def test_what_has_no_whole_mark_is_not_ours(content: bytes) -> None:
    """A mark that cannot be read is none."""
    assert marked(content) is None


# --- Windows ----------------------------------------------------------------------------------------------------


def batch(target: str, folder: str = r"C:\Users\ada\wrappers", **more: object) -> list[str]:
    made = Launcher(command="ruff", target=target, by=r"C:\p\aim.toml", **more)  # type: ignore[arg-type]
    text = text_of(made, folder, is_windows=True)
    assert text.replace("\r\n", "").isprintable()
    return text.split("\r\n")


def test_a_batch_file_is_as_it_should_be() -> None:
    """Its last line is the program, so that its exit code is the program's."""
    assert batch(r"C:\Users\ada\.local\bin\ruff.exe") == [
        r'@rem aim launcher {"target": "C:\\Users\\ada\\.local\\bin\\ruff.exe", "by": "C:\\p\\aim.toml"}',
        "@rem Made by `aim wrappers rebuild`; `aim wrappers clean` removes it. What is written here by hand is lost.",
        "@setlocal EnableExtensions DisableDelayedExpansion",
        r'@"C:\Users\ada\.local\bin\ruff.exe" %*',
        "",
    ]


def test_what_cmd_would_read_is_quoted() -> None:
    """Percent signs are doubled, also in a value; nothing else means anything in quotes."""
    lines = batch(r"C:\100% & (x)\^!\ruff.cmd", words=("--dir", "C:\\x\\"), env=(("A", "50% & more"),))

    assert lines[3:] == ['@set "A=50%% & more"', r'@"C:\100%% & (x)\^!\ruff.cmd" "--dir" "C:\x\\" %*', ""]


def test_the_mark_of_a_batch_file_has_nothing_that_cmd_reads() -> None:
    """Not even in a remark: `%~` would be a mistake there."""
    target = r"C:\100%~ & | < > ^!\ruff.exe"
    mark = batch(target)[0]

    assert set("%&|<>^!").isdisjoint(mark)
    assert marked(mark.encode()) == (target, r"C:\p\aim.toml")


def test_a_path_beside_the_launcher_need_not_be_ascii() -> None:
    """cmd.exe reads the file in a code page that nobody knows: the way there from the launcher's folder is plain."""
    lines = batch("C:\\Users\\José\\.local\\bin\\ruff.exe", "C:\\Users\\José\\aim\\wrappers")

    assert lines[3:] == [
        "@call :folder",
        "@goto start",
        ":folder",
        '@set "aim_folder=%~dp0"',
        "@exit /b 0",
        ":start",
        r'@"%aim_folder%..\..\.local\bin\ruff.exe" %*',
        "",
    ]


@pytest.mark.parametrize(
    ("target", "more", "why"),
    [
        ("D:\\José\\ruff.exe", {}, "code page of its console"),
        (r"C:\ruff.exe", {"words": ('say "hi"',)}, "it has '\"'"),
        (r"C:\ruff.exe", {"words": ("two\nlines",)}, r"it has '\\n'"),
        (r"C:\ruff.exe", {"env": (("A", 'x" & calc'),)}, "it has '\"'"),
    ],
)
def test_what_a_batch_file_cannot_pass_on_is_refused(target: str, more: dict[str, Any], why: str) -> None:
    """With the reason."""
    with pytest.raises(Unsupported, match=f"cannot stand in a batch file: .*{why}"):
        batch(target, **more)
