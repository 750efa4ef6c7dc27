"""What is about to be committed: each staged file as the index has it, and the file it replaces. Changes nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import CommandFailed, MissingProgram
from .host import Host
from .leak_files import MOST_BYTES
from .pipes import close_quietly
from .proc import spawn

if TYPE_CHECKING:
    import subprocess

_SUBMODULE = b"160000"


@dataclass(frozen=True, slots=True)
class Staged:
    """A staged file: its path in the repository, its new bytes, those it had before (b"" when it is new)."""

    path: str
    data: bytes = field(repr=False)
    before: bytes = field(repr=False)


def read_staged(host: Host, too_large: list[str]) -> Iterator[Staged]:
    """Every file added, changed, or renamed in the index of the repository of `host.cwd`, in order of their paths.

    Paths of files larger than can be searched go to `too_large`. The bytes come as they are: `Runner` would take
    known secrets out of them. Raises MissingProgram without Git, CommandFailed outside of a repository.
    """
    # Renames as additions: what a file was called does not matter. Object ids, so that no path is ever quoted.
    _output(("git", "rev-parse", "--git-dir"), host)  # outside of one, `git diff` means something else
    argv = ("git", "diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--diff-filter=ACMR")
    fields = _output(argv, host).split(b"\0")[:-1]
    with _Objects(host) as objects:
        for line, path in zip(fields[::2], fields[1::2], strict=True):
            _, mode, old, new, _ = line.split()
            if mode == _SUBMODULE:
                continue
            name = path.decode("utf-8", "surrogateescape")
            data = objects.read(new)
            if data is None:
                too_large.append(name)
                continue
            yield Staged(name, data, (objects.read(old) or b"") if old.strip(b"0") else b"")


def hooks_folder(host: Host) -> Path:
    """Where Git looks for the hooks of the repository of `host.cwd`. Raises as `read_staged`."""
    argv = ("git", "rev-parse", "--git-path", "hooks")
    return host.cwd / _output(argv, host).rstrip(b"\r\n").decode("utf-8", "surrogateescape")


def _output(argv: Sequence[str], host: Host) -> bytes:
    with _git(argv, host) as git:
        out, err = git.communicate()
    if git.returncode:
        words = err.decode("utf-8", "replace").strip().splitlines() or [f"exit code {git.returncode}"]
        raise CommandFailed(
            f"{' '.join(argv[:2])} does not work in {host.cwd}: {words[0]}",
            details=words[1:4],
            remedy="run this in a Git repository: git init",
        )
    return out


class _Objects:
    """One `git cat-file --batch`, asked for one object at a time."""

    def __init__(self, host: Host) -> None:
        self._stack = contextlib.ExitStack()
        self._host = host

    def __enter__(self) -> _Objects:
        self._git = self._stack.enter_context(_git(("git", "cat-file", "--batch"), self._host))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self, name: bytes) -> bytes | None:
        """The bytes of an object, None when they are too many. Raises CommandFailed when Git has no such object."""
        asked, said = self._git.stdin, self._git.stdout
        if asked is None or said is None:  # they are pipes: only the types say otherwise
            raise CommandFailed("git cat-file was started without pipes")
        asked.write(name + b"\n")
        asked.flush()
        words = said.readline().split()
        if len(words) != 3:
            raise CommandFailed(f"git has no object {name.decode()}", remedy="git fsck")
        size = int(words[2])
        data = said.read(min(size, MOST_BYTES + 1))
        left = size + 1 - len(data)  # the line ends after it
        while left > 0:
            left -= len(said.read(min(left, MOST_BYTES))) or left
        return data if size <= MOST_BYTES else None


@contextlib.contextmanager
def _git(argv: Sequence[str], host: Host) -> Iterator[subprocess.Popen[bytes]]:
    # In a partial clone Git would fetch what it does not have. In our group: Ctrl-C reaches it too.
    env = {**host.env, "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        git = spawn(argv, env=env, cwd=host.cwd, has_stdin=True, has_own_group=False)
    except MissingProgram as error:
        raise MissingProgram("git is not on PATH", remedy="install Git, or put its folder on PATH") from error
    try:
        yield git
    finally:
        for pipe in (git.stdin, git.stdout, git.stderr):  # then it has nothing more to do
            close_quietly(pipe)
        git.kill()
        git.wait()
